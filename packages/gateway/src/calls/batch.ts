/**
 * Many orders in one request: each is decided by itself and answered at its place, so some may be called and others refused. Each has an
 * idempotency key of its own, named or derived from the batch's, so a batch that was cut short is simply sent again.
 * @module
 */
import type { CallAnswer, Calls } from '@numbra/bank';
import type { Grant } from '@numbra/grants';
import type { FastifyInstance, onRequestAsyncHookHandler, preHandlerAsyncHookHandler } from 'fastify';
import type { Static } from 'typebox';
import { allows } from '../oauth/authenticate.js';
import { grantOf } from '../oauth/protect.js';
import { problemFor } from '../problems/handlers.js';
import { problemDocument, sendProblem } from '../problems/problem.js';
import {
  BatchAnswerSchema,
  type BatchBody,
  type BatchedCall,
  BatchHeaders,
  BatchSchema,
  NoQuerySchema,
  ProblemSchema,
  ref,
} from '../schemas.js';
import { CALLS_PATH, type CallAnswers, problemOfAnswer } from './answers.js';

/** Of one route: authentication, then the count of requests. */
export interface Guard {
  readonly onRequest: onRequestAsyncHookHandler[];
  readonly preHandler: preHandlerAsyncHookHandler;
}

export interface BatchRouteOptions {
  readonly calls: Calls;
  readonly guard: Guard;
  readonly answers: CallAnswers;
}

/** 500 orders with both tokens, an agent and a key each, and room. */
const BODY_LIMIT_BYTES = 512 << 10;

type Answered =
  | { readonly index: number; readonly status: number; readonly call: object }
  | { readonly index: number; readonly status: number; readonly problem: object };

export function batchRoute(app: FastifyInstance, { calls, guard, answers }: BatchRouteOptions): void {
  const problem = ref(ProblemSchema);
  app.post<{ Body: BatchBody; Headers: Static<typeof BatchHeaders> }>(
    `${CALLS_PATH}::batch`, // two colons are one in a path
    {
      ...guard,
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        tags: ['calls'],
        security: [{ grant: [], proof: [] }],
        summary: 'Place up to 500 calls',
        description: 'An answer for each index, as if each had been sent alone and in this order.',
        headers: BatchHeaders,
        querystring: NoQuerySchema,
        body: ref(BatchSchema),
        response: { 200: ref(BatchAnswerSchema), '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'dial')) return sendProblem(reply, 'action-not-granted');
      const key = request.headers['idempotency-key'];
      const orders = request.body.calls;
      const claimed = await calls.claimBatch({ grant, idempotencyKey: key }, orders.map(textOf));
      if (claimed === 'mismatch') return sendProblem(reply, 'idempotency-key-reused');
      if (claimed === 'revoked') return answers.sendNotWritten(reply, grant, { outcome: 'revoked', status: 401 });
      const answered = await Promise.all(
        // A blank stands in no header, so that no key of a vendor's own is ever a derived one.
        orders.map((order, index) =>
          place(calls, grant, order, order.idempotency_key ?? `${key} ${index}`, `${request.id}.${index}`, index),
        ),
      );
      return reply.send({ answers: answered });
    },
  );
}

/** Everything of an order that its answer may depend on. */
function textOf({ dial_token, reference, agent, idempotency_key }: BatchedCall): string {
  return JSON.stringify([dial_token, reference ?? null, agent ?? null, idempotency_key ?? null]);
}

async function place(calls: Calls, grant: Grant, order: BatchedCall, key: string, requestId: string, index: number): Promise<Answered> {
  const { dial_token: dialToken, reference, agent } = order;
  let answer: CallAnswer;
  try {
    answer = await calls.place({
      grant,
      dialToken,
      ...(reference !== undefined && { reference }),
      ...(agent !== undefined && { agent }),
      idempotencyKey: key,
      requestId,
    });
  } catch (error) {
    const document = problemDocument(problemFor(error));
    return { index, status: document.status, problem: document };
  }
  const code = problemOfAnswer(answer);
  if (code === undefined) return { index, status: answer.status, call: (answer as Extract<CallAnswer, { outcome: 'called' }>).body };
  const document = problemDocument(code);
  return { index, status: document.status, problem: document };
}
