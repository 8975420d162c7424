/**
 * The gateway's log: what happened, never what was said. No bodies, no headers, no addresses as typed: the route's pattern
 * stands for the address, and an error is its code and where it was thrown. Raw values are `Sensitive` and print as such;
 * this is the second line.
 * @see https://getpino.io
 * @module
 */
import { isNumbraError } from '@numbra/core';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';

export interface LoggingOptions {
  /** `info` by default. */
  readonly level?: string;
  /** Where lines go; the process's output by default. */
  readonly destination?: DestinationStream;
}

export const serializers = {
  req: (request: FastifyRequest) => ({ id: request.id, method: request.method, route: request.routeOptions?.url ?? null }),
  res: (reply: FastifyReply) => ({ status: reply.statusCode }),
  err: describeError,
};

/** A foreign error's message may carry a value (a parser's, the database's), so only ours are written. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (typeof error !== 'object' || error === null) return { type: typeof error };
  const { name, code, stack, cause } = error as { name?: unknown; code?: unknown; stack?: unknown; cause?: unknown };
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => line.startsWith('    at ')) : [];
  return {
    type: typeof name === 'string' ? name : 'Error',
    ...(typeof code === 'string' && { code }),
    ...(isNumbraError(error) && { message: error.message }),
    ...(cause !== undefined && { cause: describeError(cause) }),
    stack: frames.slice(0, 12).join('\n'),
  };
}

export function createLogger(options: LoggingOptions = {}): Logger {
  const settings = { level: options.level ?? 'info', base: { name: 'numbra-gateway' }, serializers };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Every answer has one line: route, status, how long. */
export function logAnswer(log: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply): void {
  const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
  log.info({ req: request, res: reply, milliseconds }, 'answered');
}
