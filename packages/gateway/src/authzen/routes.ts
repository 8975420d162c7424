/**
 * Evaluations over HTTP (AuthZEN Authorization API 1.0): a vendor's own systems ask whether the vendor may act for its campaign now, before
 * they set an agent to work. A grant asks about itself and nobody else; any other question is answered no, without a reason.
 *
 * The bank's own systems ask at a listener on loopback: see listener.ts.
 * @see https://openid.net/specs/authorization-api-1_0.html
 * @module
 */
import type { Bank, EvaluationAnswer } from '@numbra/bank';
import { isNumbraError } from '@numbra/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Guard } from '../calls/batch.js';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref } from '../schemas.js';

export interface EvaluationRouteOptions {
  readonly bank: Bank;
  readonly guard: Guard;
}

// Members that the specification does not name are allowed by it.
const open = { additionalProperties: true } as const;
const Entity = Type.Object({ type: Type.String(), id: Type.String() }, open);
const Body = Type.Object(
  {
    subject: Type.Optional(Entity),
    action: Type.Optional(Type.Object({ name: Type.String() }, open)),
    resource: Type.Optional(Entity),
    evaluations: Type.Optional(Type.Array(Type.Object({}, open), { maxItems: 100 })),
  },
  open,
);
const Answer = Type.Object({}, { ...open, description: '`decision`, or `evaluations` with one answer each.' });

export function evaluationRoutes(app: FastifyInstance, { bank, guard }: EvaluationRouteOptions): void {
  const problem = ref(ProblemSchema);
  const response = { 200: Answer, '4xx': problem, '5xx': problem };
  const common = { tags: ['evaluations'], security: [{ grant: [], proof: [] }], querystring: NoQuerySchema, body: Body, response };

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const grant = grantOf(request);
    if (!('campaign' in grant)) return sendProblem(reply, 'action-not-granted');
    const { campaign, actions } = grant.campaign;
    let answered: EvaluationAnswer;
    try {
      answered = await bank.evaluations.answer(request.body, { audience: 'vendor', vendor: grant.clientId, campaign, actions });
    } catch (error) {
      if (isNumbraError(error) && error.code === 'ERR_AUTHZEN_MALFORMED') return sendProblem(reply, 'request-invalid');
      throw error;
    }
    return reply.send(answered);
  }

  app.post(
    '/access/v1/evaluation',
    {
      ...guard,
      schema: {
        ...common,
        summary: 'Whether the vendor may act',
        description:
          'Yes says that policy, campaign, hours and budget allow it, not that a certain customer may be reached. Nothing is counted.',
      },
    },
    answer,
  );
  app.post(
    '/access/v1/evaluations',
    { ...guard, schema: { ...common, summary: 'The same for several acts', description: 'At most 100, under `evaluations`.' } },
    answer,
  );
}
