/**
 * An external decision point over HTTP (AuthZEN Authorization API 1.0, § 10.1): asked before every call, answer and handover, and it can
 * only narrow.
 *
 * It fails closed: an error, a status other than 200, an answer that is late, too long or not plainly `"decision": true` is no. Nothing is
 * kept from one question to the next, so what it withdraws is withdrawn. It is told vendor, purpose, campaign and agent, never a token or
 * a customer. Where connections may go: http/outbound.ts.
 * @see https://openid.net/specs/authorization-api-1_0.html
 * @module
 */
import type { lookup } from 'node:dns';
import type { DecisionPoint } from '@numbra/bank';
import { permits } from '@numbra/policy';
import { type Dispatcher, request } from 'undici';
import { fail } from '../errors.js';
import { createOutbound, type Network } from '../http/outbound.js';

export interface DecisionPointOptions {
  /** The evaluation endpoint: `https://…/access/v1/evaluation`, or `http://` on loopback; no user, query or fragment. */
  readonly url: string;
  /** Sent as a bearer token, where the decision point wants one. */
  readonly token?: string;
  /** Networks that it may lie in. `public` by default; loopback for an http URL. */
  readonly networks?: readonly Network[];
  /** For one question, connection included; 1,000 by default. The act waits for it. */
  readonly timeoutMs?: number;
  /** Told of every question that got no answer, and so was answered no. */
  readonly onError?: (error: unknown) => void;
  /** For tests: the resolver. */
  readonly lookup?: typeof lookup;
}

export interface HttpDecisionPoint extends DecisionPoint {
  close(): Promise<void>;
}

const ANSWER_LIMIT_BYTES = 64 << 10;
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws `ERR_DECISION_POINT_URL`: nothing was sent */
export function createDecisionPoint(options: DecisionPointOptions): HttpDecisionPoint {
  const url = parseUrl(options.url);
  const { token, timeoutMs = 1_000, onError = () => {} } = options;
  const dispatcher = createOutbound({
    networks: new Set<Network>(options.networks ?? [url.protocol === 'http:' ? 'loopback' : 'public']),
    connectTimeoutMs: timeoutMs,
    refused: () => fail('ERR_DECISION_POINT_SILENT'),
    ...(options.lookup && { lookup: options.lookup }),
  });
  return {
    async permits(evaluation) {
      try {
        const answer = await request(url.href, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(evaluation),
          dispatcher,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const text = await readLimited(answer);
        if (answer.statusCode !== 200 || text === undefined) throw fail('ERR_DECISION_POINT_SILENT');
        return permits(JSON.parse(text));
      } catch (error) {
        onError(error);
        return false;
      }
    },
    close: () => dispatcher.destroy(),
  };
}

async function readLimited({ body }: Dispatcher.ResponseData): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > ANSWER_LIMIT_BYTES) {
      body.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
  const plain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === undefined || !secure || !plain) throw fail('ERR_DECISION_POINT_URL');
  return url;
}
