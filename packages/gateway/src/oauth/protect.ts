/**
 * Guards a route: authentication before the body is read, the proof recorded after it was found right.
 * @module
 */
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler, preHandlerAsyncHookHandler } from 'fastify';
import { sendProblem } from '../problems/problem.js';
import type { AnyGrant, Authenticated, Authenticator, Unauthenticated } from './authenticate.js';

const callers = new WeakMap<FastifyRequest, Authenticated>();

/** The grant of a request that passed `protect`. */
export function grantOf(request: FastifyRequest): AnyGrant {
  const caller = callers.get(request);
  if (caller === undefined) throw new TypeError('the route is not protected'); // a defect of the route's definition
  return caller.grant;
}

/** Hooks for a route that needs a grant. */
export function protect(authenticator: Authenticator): {
  readonly onRequest: onRequestAsyncHookHandler;
  readonly preHandler: preHandlerAsyncHookHandler;
} {
  return {
    async onRequest(request, reply) {
      const caller = await authenticator.authenticate(request);
      if (caller.outcome === 'unauthenticated') return refuse(authenticator, reply, caller);
      callers.set(request, caller);
    },
    async preHandler(request, reply) {
      const caller = callers.get(request);
      const refusal = caller && (await authenticator.recordUse(caller));
      if (refusal !== undefined) return refuse(authenticator, reply, refusal);
    },
  };
}

/** Answers 401 with the challenge. */
export async function refuse(authenticator: Authenticator, reply: FastifyReply, refusal: Unauthenticated): Promise<FastifyReply> {
  await authenticator.challenge(reply, refusal);
  return sendProblem(reply, refusal.problem);
}
