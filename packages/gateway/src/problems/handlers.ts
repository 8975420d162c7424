/**
 * Everything that ends in an error becomes a problem here: our own, the framework's, the parser's, the unexpected.
 * @module
 */
import type { Socket } from 'node:net';
import { isNumbraError } from '@numbra/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, problemOf, sendProblem } from './problem.js';

/** Ends a request with a problem. Thrown where the code that notices is not the code that answers. */
export class ProblemError extends Error {
  readonly problem: ProblemCode;

  constructor(problem: ProblemCode) {
    super(problem);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** https://fastify.dev/docs/latest/Reference/Errors/: those that a client can cause. */
const FRAMEWORK: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_BAD_URL: 'request-malformed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request-too-large',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request-malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request-malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'request-malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
  FST_ERR_ASYNC_CONSTRAINT: 'not-found',
  FST_ERR_VALIDATION: 'request-invalid',
};

/** Which problem an error is. What nobody expected is `internal`, and the log has the rest. */
export function problemFor(error: unknown): ProblemCode {
  if (error instanceof ProblemError) return error.problem;
  const { code, validation, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as Partial<FastifyError>;
  if (validation !== undefined) return 'request-invalid';
  const known = typeof code === 'string' ? FRAMEWORK[code] : undefined;
  if (known !== undefined) return known;
  if (isNumbraError(error)) {
    const { status } = error as { readonly status?: number };
    return status === 503 ? 'unavailable' : status === 400 ? 'request-invalid' : 'internal';
  }
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? 'request-malformed' : 'internal';
}

export function useProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const problem = problemFor(error);
    if (problem === 'internal' || problem === 'unavailable') request.log.error({ err: error }, problem);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'));
}

/** What every answer has. */
export function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
}

/** For what fails before a route is chosen, such as an address with broken escapes. */
export function answerFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  setCommonHeaders(request, reply);
  void sendProblem(reply, problemFor(error));
}

/** For what never becomes a request: Node's parser gave up, or the client was too slow. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = problemOf(CLIENT[error.code ?? ''] ?? 'request-malformed');
  const head = [
    `HTTP/1.1 ${status} ${REASON[status] ?? 'Bad Request'}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const CLIENT: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const REASON: Readonly<Record<number, string>> = { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };
