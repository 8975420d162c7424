/**
 * Calls over HTTP: a vendor orders one by dial token, looks its own up, hears of its end, hangs it up and says what came of it.
 * Everything is decided in the bank; here answers become HTTP. Another vendor's call and one that never was are answered alike.
 * @module
 */
import { type Calls, callOutcomes } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { type Authenticator, allows } from '../oauth/authenticate.js';
import { grantOf, protect } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import {
  CallIdParams,
  type CallOutcomeBody,
  CallOutcomeSchema,
  type CallRequestBody,
  CallRequestSchema,
  CallSchema,
  CallViewSchema,
  HangUpSchema,
  NoQuerySchema,
  OutcomeRecordedSchema,
  ProblemSchema,
  ref,
  WriteHeaders,
} from '../schemas.js';
import { CALLS_PATH, CallAnswers } from './answers.js';
import { batchRoute } from './batch.js';
import { eventsRoute } from './events.js';
import { limitRequests, type RequestMeter } from './requests.js';

export interface CallRouteOptions {
  readonly calls: Calls;
  readonly authenticator: Authenticator;
  readonly meter: RequestMeter;
  readonly clock: () => number;
}

const problem = ref(ProblemSchema);
const errors = { '4xx': problem, '5xx': problem } as const;

type Params = Static<typeof CallIdParams>;
type Headers = Static<typeof WriteHeaders>;

export function callRoutes(app: FastifyInstance, options: CallRouteOptions): void {
  const { calls, authenticator, meter, clock } = options;
  const { onRequest, preHandler } = protect(authenticator);
  const guard = { onRequest: [onRequest, limitRequests(meter)], preHandler };
  const answers = new CallAnswers(authenticator, clock);
  const about = { tags: ['calls'], security: [{ grant: [], proof: [] }], querystring: NoQuerySchema };

  app.post<{ Body: CallRequestBody; Headers: Headers }>(
    CALLS_PATH,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Place a call',
        headers: WriteHeaders,
        body: ref(CallRequestSchema),
        response: { 201: ref(CallSchema), ...errors },
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
      return answers.send(reply, grant, answer);
    },
  );

  app.get<{ Params: Params }>(
    `${CALLS_PATH}/:id`,
    {
      ...guard,
      schema: { ...about, summary: 'Look up a call of your own', params: CallIdParams, response: { 200: ref(CallViewSchema), ...errors } },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const view = await calls.get(request.params.id, grant.clientId);
      return view === undefined ? sendProblem(reply, 'not-found') : reply.send(view);
    },
  );

  app.delete<{ Params: Params; Headers: Headers }>(
    `${CALLS_PATH}/:id`,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Hang up a call of your own',
        description: 'Nothing comes back of budget or caps. The end itself is told as every end is.',
        headers: WriteHeaders,
        params: CallIdParams,
        response: { 200: ref(HangUpSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const answer = await calls.hangUp({ grant, callId: request.params.id, idempotencyKey: request.headers['idempotency-key'] });
      switch (answer.outcome) {
        case 'hung-up':
          return reply.send(answer.body);
        case 'not-found':
          return sendProblem(reply, 'not-found');
        case 'unsupported':
          return sendProblem(reply, 'hang-up-unsupported');
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );

  app.post<{ Params: Params; Headers: Headers; Body: CallOutcomeBody }>(
    `${CALLS_PATH}/:id/outcome`,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Say what came of a call',
        description: `One of ${callOutcomes.join(', ')}. opted-out takes effect at once: nobody calls the customer again for at least six months.`,
        headers: WriteHeaders,
        params: CallIdParams,
        body: ref(CallOutcomeSchema),
        response: { 200: ref(OutcomeRecordedSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const { outcome, note } = request.body;
      const answer = await calls.recordOutcome({
        grant,
        callId: request.params.id,
        outcome,
        ...(note !== undefined && { note }),
        idempotencyKey: request.headers['idempotency-key'],
      });
      switch (answer.outcome) {
        case 'recorded':
          return reply.send(answer.body);
        case 'not-found':
          return sendProblem(reply, 'not-found');
        case 'note-refused':
          return sendProblem(reply, 'note-refused');
        case 'too-many':
          return sendProblem(reply, 'outcomes-used');
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );

  batchRoute(app, { ...options, guard, answers });
  eventsRoute(app, { ...options, guard });
}
