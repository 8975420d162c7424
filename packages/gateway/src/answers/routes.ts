/**
 * Answers over HTTP: a vendor asks a question of the policy about a reference, and gets yes or no with the bank's signature. What is wrong
 * with reference, question or customer is one problem.
 * @module
 */
import type { Bank, DecisionPoint } from '@numbra/bank';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { CallAnswers } from '../calls/answers.js';
import type { Guard } from '../calls/batch.js';
import { allows } from '../oauth/authenticate.js';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import { AnswerSchema, NoQuerySchema, ProblemSchema, QuestionSchema, ref, WriteHeaders } from '../schemas.js';

export interface AnswerRouteOptions {
  readonly bank: Pick<Bank, 'answers'>;
  readonly guard: Guard;
  readonly answers: CallAnswers;
  readonly decisionPoint?: DecisionPoint;
}

export function answerRoutes(app: FastifyInstance, { bank, guard, answers, decisionPoint }: AnswerRouteOptions): void {
  const problem = ref(ProblemSchema);
  app.post<{ Body: Static<typeof QuestionSchema>; Headers: Static<typeof WriteHeaders> }>(
    '/v1/answers',
    {
      ...guard,
      schema: {
        tags: ['answers'],
        security: [{ grant: [], proof: [] }],
        summary: 'Ask a question about a customer',
        description:
          'Yes or no instead of the attribute. The first answer to a question about a reference is repeated for 90 days, and takes one of the budget.',
        headers: WriteHeaders,
        querystring: NoQuerySchema,
        body: ref(QuestionSchema),
        response: { 200: ref(AnswerSchema), '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'answer')) return sendProblem(reply, 'action-not-granted');
      const { reference, question } = request.body;
      const order = { grant, reference, question, issuer: grant.issuer, requestId: request.id };
      const answer = await bank.answers.ask({ ...order, idempotencyKey: request.headers['idempotency-key'] }, decisionPoint);
      switch (answer.outcome) {
        case 'answered':
          return reply.send(answer.body);
        case 'refused':
          return answers.sendRefused(reply, grant, answer.code);
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );
}
