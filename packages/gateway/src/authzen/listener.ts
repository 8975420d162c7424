/**
 * Evaluations for the bank's own systems: a listener of its own on loopback, never the public address, since its answers name the exact
 * rule. Who may ask is who is on this machine; a system elsewhere comes through something that knows who it is.
 *
 * ```
 * POST /access/v1/evaluation     application/json     {"decision":true,"context":{…}}
 * POST /access/v1/evaluations                         {"evaluations":[…]}
 * ```
 * @see https://openid.net/specs/authorization-api-1_0.html
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Bank } from '@numbra/bank';
import { isNumbraError } from '@numbra/core';
import { fail } from '../errors.js';

export interface EvaluationsAddress {
  /** `127.0.0.1` by default; loopback only. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
const PATHS: ReadonlySet<string> = new Set(['/access/v1/evaluation', '/access/v1/evaluations']);
const REQUEST_MS = 10_000;
const BODY_LIMIT_BYTES = 256 << 10;

/** @throws `ERR_EVALUATIONS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
export async function listenEvaluations(
  { host = '127.0.0.1', port }: EvaluationsAddress,
  bank: Pick<Bank, 'evaluations'>,
  onError: (error: unknown) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (!LOOPBACK.has(host)) throw fail('ERR_EVALUATIONS_ADDRESS');
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    answer(request, response, bank).catch((error: unknown) => {
      onError(error);
      // No answer is no: who asks must take anything but 200 as a refusal.
      send(response, 503);
    });
  });
  await listen(server, host, port);
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, bank: Pick<Bank, 'evaluations'>): Promise<void> {
  // A page in a browser on this machine must not ask: not under a name that it made lead here, nor with a form's media type.
  if (!isOwnHost(request.headers.host)) return send(response, 421);
  const id = request.headers['x-request-id'];
  if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) response.setHeader('x-request-id', id);
  if (request.method !== 'POST' || !PATHS.has(request.url ?? '')) return send(response, 404);
  if (!/^application\/json(?:;\s*charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) return send(response, 415);
  const text = await readBody(request);
  if (text === undefined) return send(response, 413);
  try {
    send(response, 200, JSON.stringify(await bank.evaluations.answer(JSON.parse(text), { audience: 'bank' })));
  } catch (error) {
    const malformed = error instanceof SyntaxError || (isNumbraError(error) && error.code === 'ERR_AUTHZEN_MALFORMED');
    if (!malformed) throw error;
    send(response, 400);
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isOwnHost(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?$/.test(host);
}

function send(response: ServerResponse, status: number, body = ''): void {
  if (response.headersSent) return void response.end();
  const type = body === '' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body);
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(fail(cause.code === 'EADDRINUSE' ? 'ERR_GATEWAY_PORT_BUSY' : 'ERR_EVALUATIONS_ADDRESS', {}, { cause })),
    );
    server.listen(port, host, resolve);
  });
