/**
 * Calls over HTTP: a vendor orders one by dial token, and looks its own up. Everything is decided in the bank; here answers
 * become HTTP. Refusals are problems whose bytes depend on the code alone.
 * @module
 */
import type { CallAnswer, Calls } from '@numbra/bank';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { type Authenticator, allows, GRANT_INVALID } from '../oauth/authenticate.js';
import { grantOf, protect, refuse } from '../oauth/protect.js';
import { isProblemCode, sendProblem } from '../problems/problem.js';
import { type CallRequestBody, CallRequestSchema, CallSchema, CallViewSchema, NoQuerySchema, ProblemSchema, ref } from '../schemas.js';

export interface CallRouteOptions {
  readonly calls: Calls;
  readonly authenticator: Authenticator;
}

export const CALLS_PATH = '/v1/calls';

const PlaceHeaders = Type.Object(
  {
    'idempotency-key': Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$', description: 'One for each call; repeats get the first answer.' }),
  },
  { additionalProperties: true },
);
const CallParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false });

const problem = ref(ProblemSchema);
const security = [{ grant: [], proof: [] }];

export function callRoutes(app: FastifyInstance, { calls, authenticator }: CallRouteOptions): void {
  const guard = protect(authenticator);
  const tags = ['calls'];

  app.post<{ Body: CallRequestBody; Headers: Static<typeof PlaceHeaders> }>(
    CALLS_PATH,
    {
      ...guard,
      schema: {
        tags,
        security,
        summary: 'Place a call',
        headers: PlaceHeaders,
        querystring: NoQuerySchema,
        body: ref(CallRequestSchema),
        response: { 201: ref(CallSchema), '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const { dial_token: dialToken, reference, agent } = request.body;
      const answer = await calls.place({
        grant,
        dialToken,
        ...(reference !== undefined && { reference }),
        ...(agent !== undefined && { agent }),
        idempotencyKey: request.headers['idempotency-key'],
        requestId: request.id,
      });
      if (answer.outcome === 'revoked') authenticator.forget(grant);
      return send(authenticator, reply, answer);
    },
  );

  app.get<{ Params: Static<typeof CallParams> }>(
    `${CALLS_PATH}/:id`,
    {
      ...guard,
      schema: {
        tags,
        security,
        summary: 'Look up a call of your own',
        params: CallParams,
        querystring: NoQuerySchema,
        response: { 200: ref(CallViewSchema), '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const view = await calls.get(request.params.id, grant.clientId);
      return view === undefined ? sendProblem(reply, 'not-found') : reply.send(view);
    },
  );
}

/** What the bank answered, as HTTP. */
async function send(authenticator: Authenticator, reply: FastifyReply, answer: CallAnswer): Promise<FastifyReply> {
  switch (answer.outcome) {
    case 'called':
      return reply.code(201).header('location', `${CALLS_PATH}/${answer.body.call_id}`).send(answer.body);
    case 'refused':
      return sendProblem(reply, isProblemCode(answer.code) ? answer.code : 'internal');
    case 'conflict':
      reply.header('retry-after', '1');
      return sendProblem(reply, 'idempotency-key-in-use');
    case 'mismatch':
      return sendProblem(reply, 'idempotency-key-reused');
    case 'revoked':
      return refuse(authenticator, reply, GRANT_INVALID);
    default:
      return answer satisfies never;
  }
}
