/**
 * Status lists over HTTP (draft-ietf-oauth-status-list § 8): whoever verifies grants without asking for each fetches a list
 * every few seconds. Anyone may: it says of places, not of whom, whether a grant was revoked.
 * @module
 */
import { type Bank, STATUS_TTL_SECONDS } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Type } from 'typebox';
import type { AddressBook } from '../addresses.js';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref } from '../schemas.js';

const StatusParams = Type.Object({ list: Type.String({ pattern: '^(?:0|[1-9][0-9]{0,8})$' }) }, { additionalProperties: false });

/** Anyone may ask, and a list is built from the store and signed: once a second is enough. */
const KEPT_MS = 1_000;
const KEPT_LISTS = 16;

export function statusRoute(app: FastifyInstance, { bank, addresses }: { readonly bank: Bank; readonly addresses: AddressBook }): void {
  const made = new LRUCache<number, Promise<string | undefined>>({ max: KEPT_LISTS, ttl: KEPT_MS });
  app.get<{ Params: { list: string } }>(
    '/status/:list',
    {
      schema: {
        tags: ['metadata'],
        summary: 'Which grants were revoked',
        description: 'A status list token, application/statuslist+jwt.',
        params: StatusParams,
        querystring: NoQuerySchema,
        response: { 200: { type: 'string' }, '4xx': ref(ProblemSchema), '5xx': ref(ProblemSchema) },
      },
    },
    async (request, reply) => {
      const list = Number(request.params.list);
      let token = made.get(list);
      if (token === undefined) {
        token = bank.grants.statusList(addresses.current.issuer, list);
        token.catch(() => made.delete(list));
        made.set(list, token);
      }
      const text = await token;
      if (text === undefined) return sendProblem(reply, 'not-found');
      reply.header('cache-control', `public, max-age=${STATUS_TTL_SECONDS}`);
      return reply.header('content-type', 'application/statuslist+jwt').serializer(String).send(text);
    },
  );
}
