/**
 * Problem details (RFC 9457): every error answer of the gateway except OAuth's own. `type` is the contract; title and
 * detail are fixed texts, so that no answer can carry an input value or tell two causes apart that are one problem.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @module
 */
import type { FastifyReply } from 'fastify';
import { problems } from './table.js';

const BASE = 'https://numbra.dev/problems/';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export type ProblemCode = keyof typeof problems;

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export interface Problem {
  readonly status: number;
  readonly body: string;
}

/**
 * The whole answer of a problem, made once: equal problems are equal bytes.
 *
 * @param code - `token-invalid` …
 */
const prepared: ReadonlyMap<string, Problem> = new Map(
  Object.entries(problems).map(([code, { status, title, detail }]) => [
    code,
    { status, body: JSON.stringify({ type: `${BASE}${code}`, title, status, detail } satisfies ProblemDocument) },
  ]),
);

export function problemOf(code: ProblemCode): Problem {
  const problem = prepared.get(code);
  if (problem === undefined) throw new RangeError('no such problem'); // unreachable: every code stands in the table
  return problem;
}

/** A problem inside another answer. */
export function problemDocument(code: ProblemCode): ProblemDocument {
  return JSON.parse(problemOf(code).body) as ProblemDocument;
}

/** Whether a code is one of the table: what the bank's side calls a refusal, the vendor finds here. */
export function isProblemCode(code: string): code is ProblemCode {
  return prepared.has(code);
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, code: ProblemCode): FastifyReply {
  const { status, body } = problemOf(code);
  if (status === 503) reply.header('retry-after', '2');
  return reply.code(status).header('content-type', PROBLEM_MEDIA_TYPE).serializer(String).send(body);
}
