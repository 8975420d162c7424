/**
 * Error answers of OAuth endpoints: RFC 6749 § 5.2 JSON, not problem details. What they say is fixed text.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { oauthErrorOf } from '@numbra/grants';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemFor } from '../problems/handlers.js';
import { problemOf } from '../problems/problem.js';

/** Ends a token request. */
export class OAuthRefusal extends Error {
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.name = 'OAuthRefusal';
    this.error = error;
  }
}

/** RFC 6749 § 5.2: a client that could not be authenticated gets 401, everything else 400. */
const STATUS: Readonly<Record<string, number>> = { invalid_client: 401, server_error: 500, temporarily_unavailable: 503 };

export function sendOAuthError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, description } = refusalOf(error, request);
  const status = STATUS[code] ?? 400;
  if (status === 503) reply.header('retry-after', '2');
  return reply.code(status).type('application/json').send({ error: code, error_description: description });
}

function refusalOf(error: unknown, request: FastifyRequest): { code: string; description: string } {
  if (error instanceof OAuthRefusal) return { code: error.error, description: error.message };
  const oauth = isNumbraError(error) ? oauthErrorOf(error.code) : undefined;
  if (oauth !== undefined && oauth !== 'server_error') return { code: oauth, description: (error as Error).message };
  const problem = problemFor(error);
  if (problem === 'internal' || problem === 'unavailable') {
    request.log.error({ err: error }, problem);
    return { code: problem === 'internal' ? 'server_error' : 'temporarily_unavailable', description: titleOf(problem) };
  }
  return { code: 'invalid_request', description: titleOf(problem) };
}

const titleOf = (problem: Parameters<typeof problemOf>[0]): string => (JSON.parse(problemOf(problem).body) as { title: string }).title;
