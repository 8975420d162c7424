/**
 * The bank's answers as HTTP: codes become problems whose bytes depend on the code alone. `Retry-After` stands where waiting helps, for
 * the vendor's own limits, and never where a customer is meant: it would tell when.
 * @module
 */
import type { CallAnswer, NotWritten } from '@numbra/bank';
import type { Grant } from '@numbra/grants';
import { nextLocalMidnight } from '@numbra/policy';
import type { FastifyReply } from 'fastify';
import { type Authenticator, GRANT_INVALID } from '../oauth/authenticate.js';
import { refuse } from '../oauth/protect.js';
import { isProblemCode, type ProblemCode, sendProblem } from '../problems/problem.js';

export const CALLS_PATH = '/v1/calls';

/** Seconds after which asking again makes sense. A slot comes free when a call ends; an agent's hour slides. */
const RETRY_SECONDS: Readonly<Record<string, number>> = { 'concurrency-limit': 10, 'agent-limit': 60 };

export class CallAnswers {
  readonly #authenticator: Authenticator;
  readonly #clock: () => number;

  constructor(authenticator: Authenticator, clock: () => number) {
    this.#authenticator = authenticator;
    this.#clock = clock;
  }

  async send(reply: FastifyReply, grant: Grant, answer: CallAnswer): Promise<FastifyReply> {
    switch (answer.outcome) {
      case 'called':
        return reply.code(201).header('location', `${CALLS_PATH}/${answer.body.call_id}`).send(answer.body);
      case 'refused':
        return this.sendRefused(reply, grant, answer.code);
      default:
        return this.sendNotWritten(reply, grant, answer);
    }
  }

  sendRefused(reply: FastifyReply, grant: Grant, code: string): FastifyReply {
    const seconds = this.#retryAfter(code, grant);
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    return sendProblem(reply, refusalProblem(code));
  }

  async sendNotWritten(reply: FastifyReply, grant: Grant, answer: NotWritten): Promise<FastifyReply> {
    switch (answer.outcome) {
      case 'conflict':
        reply.header('retry-after', '1');
        return sendProblem(reply, 'idempotency-key-in-use');
      case 'mismatch':
        return sendProblem(reply, 'idempotency-key-reused');
      case 'revoked':
        this.#authenticator.forget(grant);
        return refuse(this.#authenticator, reply, GRANT_INVALID);
      default:
        return answer satisfies never;
    }
  }

  #retryAfter(code: string, grant: Grant): number | undefined {
    if (code !== 'probing-limit') return RETRY_SECONDS[code];
    const now = this.#clock();
    return Math.max(1, Math.ceil((nextLocalMidnight(grant.campaign.window.tz, now) - now) / 1_000));
  }
}

/** The problem of a refusal: each has one. */
export function refusalProblem(code: string): ProblemCode {
  return isProblemCode(code) ? code : 'internal';
}

/** The problem of an answer that is no call; `undefined` for a call. */
export function problemOfAnswer(answer: CallAnswer): ProblemCode | undefined {
  switch (answer.outcome) {
    case 'called':
      return undefined;
    case 'refused':
      return refusalProblem(answer.code);
    case 'conflict':
      return 'idempotency-key-in-use';
    case 'mismatch':
      return 'idempotency-key-reused';
    case 'revoked':
      return 'grant-invalid';
    default:
      return answer satisfies never;
  }
}
