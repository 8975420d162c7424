/**
 * Handovers over HTTP: a vendor begins one for a reference and a recipient, relays the code that the customer read out, and looks at its
 * state. It is told an id and a state, and no field.
 * @module
 */
import type { Bank, DecisionPoint, MessageCarrier } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { CallAnswers } from '../calls/answers.js';
import type { Guard } from '../calls/batch.js';
import { allows } from '../oauth/authenticate.js';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import {
  ConfirmationSchema,
  HandoverIdParams,
  HandoverRequestSchema,
  HandoverSchema,
  NoQuerySchema,
  ProblemSchema,
  ref,
  WriteHeaders,
} from '../schemas.js';

export interface HandoverRouteOptions {
  readonly bank: Pick<Bank, 'handovers'>;
  readonly guard: Guard;
  readonly answers: CallAnswers;
  readonly messages?: MessageCarrier;
  readonly decisionPoint?: DecisionPoint;
}

const PATH = '/v1/handovers';

type Params = Static<typeof HandoverIdParams>;
type Headers = Static<typeof WriteHeaders>;

export function handoverRoutes(app: FastifyInstance, { bank, guard, answers, messages, decisionPoint }: HandoverRouteOptions): void {
  const problem = ref(ProblemSchema);
  const errors = { '4xx': problem, '5xx': problem } as const;
  const about = { tags: ['handovers'], security: [{ grant: [], proof: [] }], querystring: NoQuerySchema };

  app.post<{ Body: Static<typeof HandoverRequestSchema>; Headers: Headers }>(
    PATH,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Hand a customer over to a recipient',
        description:
          'The bank sends the customer a code, which the customer reads out, or the bank holds the consent already. A new one takes the place of one that is being confirmed.',
        headers: WriteHeaders,
        body: ref(HandoverRequestSchema),
        response: { 201: ref(HandoverSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'handover')) return sendProblem(reply, 'action-not-granted');
      const { reference, recipient } = request.body;
      const order = { grant, reference, recipient, issuer: grant.issuer, requestId: request.id };
      const idempotencyKey = request.headers['idempotency-key'];
      const answer = await bank.handovers.start({ ...order, idempotencyKey }, messages, decisionPoint);
      switch (answer.outcome) {
        case 'started':
          return reply.code(201).header('location', `${PATH}/${answer.body.handover_id}`).send(answer.body);
        case 'refused':
          return answers.sendRefused(reply, grant, answer.code);
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );

  app.get<{ Params: Params }>(
    `${PATH}/:id`,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Look up a handover of your own',
        params: HandoverIdParams,
        response: { 200: ref(HandoverSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'handover')) return sendProblem(reply, 'action-not-granted');
      const whose = { vendor: grant.clientId, campaign: grant.campaign.campaign };
      const body = await bank.handovers.get(request.params.id, whose);
      return body === undefined ? sendProblem(reply, 'not-found') : reply.send(body);
    },
  );

  app.post<{ Params: Params; Body: Static<typeof ConfirmationSchema>; Headers: Headers }>(
    `${PATH}/:id/confirmation`,
    {
      ...guard,
      schema: {
        ...about,
        summary: 'Relay the code that the customer read out',
        description: 'Three wrong codes, or ten minutes, end a handover.',
        headers: WriteHeaders,
        params: HandoverIdParams,
        body: ref(ConfirmationSchema),
        response: { 200: ref(HandoverSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'handover')) return sendProblem(reply, 'action-not-granted');
      const order = { grant, handoverId: request.params.id, code: request.body.code, issuer: grant.issuer, requestId: request.id };
      const answer = await bank.handovers.confirm({ ...order, idempotencyKey: request.headers['idempotency-key'] });
      switch (answer.outcome) {
        case 'confirmed':
          return reply.send(answer.body);
        case 'refused':
          return answers.sendRefused(reply, grant, answer.code);
        case 'not-found':
          return sendProblem(reply, 'not-found');
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );
}
