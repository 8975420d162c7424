/**
 * A witness: the second process, which a regulator or auditor runs. It cosigns a ledger's checkpoint only when it grew out of the last one
 * that it cosigned, so that nobody can be shown another ledger with its cosignature on it. It sees sizes and hashes, never an entry.
 *
 * ```
 * POST /add-checkpoint  → 200 cosignature lines · 409 the size it knows · 400, 403, 404, 422 as tlog-witness says
 * GET  /key             → NAME+ID+KEY
 * ```
 * The head is on disk before the cosignature leaves; requests about one ledger are judged one after the other.
 * @see https://c2sp.org/tlog-witness
 * @module
 */
import { hash } from 'node:crypto';
import { type Cosigner, cosignatureLine, sha256FromBinary } from '@numbra/ledger';
import { judgeCheckpoint, parseAddCheckpoint, type WitnessVerdict, witnessRefusals } from '@numbra/verify';
import Fastify, { type FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { fail } from '../errors.js';
import type { TlsOptions } from '../http/app.js';
import type { Heads, RememberedHead } from './heads.js';

export interface WitnessOptions {
  readonly cosigner: Cosigner;
  readonly heads: Heads;
  /** Keys of the ledgers that are watched, `NAME+ID+KEY`; several of one name while its key is being replaced. */
  readonly logKeys: readonly string[];
  readonly tls?: Pick<TlsOptions, 'key' | 'cert'>;
  readonly logger?: Logger;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

export interface Witness {
  readonly app: FastifyInstance;
  /** @throws `ERR_GATEWAY_PORT_BUSY`, `ERR_GATEWAY_ADDRESS` */
  listen(at: { readonly host?: string; readonly port: number }): Promise<{ readonly url: string }>;
  close(): Promise<void>;
}

const sha256 = sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'));
/** 63 hashes and a checkpoint with some signatures. */
const BODY_LIMIT_BYTES = 16 << 10;
const SIZE_TYPE = 'text/x.tlog.size';

/** Makes a witness; it listens when told to. The heads stay the caller's to close. */
export function createWitness(options: WitnessOptions): Witness {
  const { cosigner, heads, logKeys, tls, clock = Date.now, logger = pino({ enabled: false }) } = options;
  const https = tls && { key: asPem(tls.key), cert: asPem(tls.cert), minVersion: 'TLSv1.3' as const };
  const app: FastifyInstance = Fastify({ bodyLimit: BODY_LIMIT_BYTES, ...(https && { https }) });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: between the look at a head and its replacement nothing else happens. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  }

  async function judge(body: string): Promise<WitnessVerdict> {
    const request = parseAddCheckpoint(body);
    if (request === undefined) return { outcome: 'refused', code: 'malformed', ...witnessRefusals.malformed };
    const origin = request.note.slice(0, request.note.indexOf('\n'));
    const watched = logKeys.some((key) => key.startsWith(`${origin}+`));
    const last: RememberedHead | undefined = watched ? await heads.last(origin) : undefined;
    const verdict = judgeCheckpoint(request, () => last, { logKeys, sha256 });
    if (verdict.outcome === 'accepted') await heads.keep(origin, request.note);
    else if (verdict.code === 'forked' || verdict.code === 'inconsistent') {
      logger.error({ origin, code: verdict.code, size: last?.size }, 'refused: the ledger did not grow out of the one cosigned before');
      await heads.keepEvidence(verdict.code, body, last, clock());
    }
    return verdict;
  }

  app.post('/add-checkpoint', async (request, reply) => {
    const verdict = await inTurn(() => judge(typeof request.body === 'string' ? request.body : ''));
    if (verdict.outcome === 'accepted')
      return reply.type('text/plain; charset=utf-8').send(cosignatureLine(verdict.text, cosigner, Math.floor(clock() / 1_000)));
    const { status, size, sentence } = verdict;
    if (size !== undefined) return reply.code(status).type(SIZE_TYPE).send(`${size}\n`);
    return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`);
  });
  app.get('/key', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(`${cosigner.verifierKey}\n`));
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) logger.error({ err: error }, 'not cosigned');
    return reply
      .code(status)
      .type('text/plain; charset=utf-8')
      .send(status === 500 ? 'Something broke here; nothing was cosigned.\n' : 'Refused.\n');
  });

  return {
    app,
    async listen({ host = '127.0.0.1', port }) {
      try {
        await app.listen({ host, port });
      } catch (cause) {
        const busy = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
        throw fail(busy ? 'ERR_GATEWAY_PORT_BUSY' : 'ERR_GATEWAY_ADDRESS', {}, { cause });
      }
      const bound = app.server.address();
      const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
      return { url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${boundPort}` };
    },
    async close() {
      await app.close();
      await turn;
    },
  };
}

const asPem = (text: string | Uint8Array): string | Buffer => (typeof text === 'string' ? text : Buffer.from(text));
