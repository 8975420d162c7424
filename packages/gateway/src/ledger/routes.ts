/**
 * The ledger for everyone: the checkpoint and hash tiles under the paths of C2SP tlog-tiles. Entries say more than an
 * outsider may know, and their tiles need a grant with action `audit`, which no vendor can hold.
 * @see https://c2sp.org/tlog-tiles
 * @module
 */
import type { Bank } from '@numbra/bank';
import { bundleBytes, parseTilePath } from '@numbra/ledger';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Authenticator } from '../oauth/authenticate.js';
import { grantOf, protect } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref } from '../schemas.js';

export interface LedgerRouteOptions {
  readonly bank: Bank;
  readonly authenticator: Authenticator;
}

/** A tile with the width in its name never changes, so it may be kept for good. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

const TileParams = Type.Object({ '*': Type.String({ maxLength: 128 }) }, { additionalProperties: false });

export function ledgerRoutes(app: FastifyInstance, { bank, authenticator }: LedgerRouteOptions): void {
  const problem = ref(ProblemSchema);
  const tags = ['ledger'];

  app.get(
    '/ledger/checkpoint',
    {
      schema: {
        tags,
        summary: 'The newest public checkpoint',
        description: 'A C2SP signed note; a new one each minute.',
        querystring: NoQuerySchema,
        response: { 200: Type.String({ description: 'The signed note.' }), '5xx': problem },
      },
    },
    async (_request, reply) => {
      const note = await bank.ledger.publicCheckpoint();
      return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').serializer(String).send(note);
    },
  );

  app.get<{ Params: Static<typeof TileParams> }>(
    '/ledger/tile/*',
    {
      schema: {
        tags,
        summary: 'A hash tile',
        description: 'LEVEL/INDEX as in tile/0/x001/234, with .p/WIDTH for a partial one (C2SP tlog-tiles).',
        params: TileParams,
        querystring: NoQuerySchema,
        response: { 200: Type.String({ description: 'Hashes of 32 bytes each.' }), '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const name = parseTilePath(`tile/${request.params['*']}`);
      const data = name === undefined || name.level === 'entries' ? undefined : await bank.ledger.tile(name.level, name.n, name.width);
      if (data === undefined) return sendProblem(reply, 'not-found');
      return reply.header('cache-control', IMMUTABLE).type('application/octet-stream').send(Buffer.from(data));
    },
  );

  app.get<{ Params: Static<typeof TileParams> }>(
    '/ledger/tile/entries/*',
    {
      ...protect(authenticator),
      schema: {
        tags,
        security: [{ grant: [], proof: [] }],
        summary: 'A bundle of entries',
        description: "The entries themselves, for an auditor's grant only: every vendor's grant is refused.",
        params: TileParams,
        querystring: NoQuerySchema,
        response: {
          200: Type.String({ description: 'Each entry after its length in 16 bits, big-endian.' }),
          '4xx': problem,
          '5xx': problem,
        },
      },
    },
    async (request, reply) => {
      if ('campaign' in grantOf(request)) return sendProblem(reply, 'action-not-granted');
      const name = parseTilePath(`tile/entries/${request.params['*']}`);
      const entries = name && (await bank.ledger.bundle(name.n, name.width));
      if (entries === undefined) return sendProblem(reply, 'not-found');
      return reply
        .header('cache-control', 'private, no-store')
        .type('application/octet-stream')
        .send(Buffer.from(bundleBytes(entries.join('\n'))));
    },
  );
}
