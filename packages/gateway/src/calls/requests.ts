/**
 * How many requests a client may send to the resolver, and the headers that tell it (RateLimit and RateLimit-Policy). It protects this
 * process and nothing else: what must hold exactly, over several gateways, is counted in the bank.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 * @module
 */
import type { onRequestAsyncHookHandler } from 'fastify';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';

export interface RequestLimit {
  /** Requests of one client in a window; 30,000 by default. */
  readonly requests: number;
  /** 10 by default. */
  readonly windowSeconds: number;
}

const LIMIT: RequestLimit = { requests: 30_000, windowSeconds: 10 };

export interface Taken {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Counts the requests of each client in windows of a fixed length. */
export class RequestMeter {
  readonly limit: RequestLimit;
  readonly #clock: () => number;
  readonly #counts = new Map<string, number>();
  #window = 0;

  constructor(limit: Partial<RequestLimit> = {}, clock: () => number = Date.now) {
    this.limit = { ...LIMIT, ...limit };
    this.#clock = clock;
  }

  take(client: string): Taken {
    const { requests, windowSeconds } = this.limit;
    const seconds = this.#clock() / 1_000;
    const window = Math.floor(seconds / windowSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    const count = (this.#counts.get(client) ?? 0) + 1;
    this.#counts.set(client, count);
    const resetSeconds = Math.max(1, Math.ceil((window + 1) * windowSeconds - seconds));
    return { allowed: count <= requests, remaining: Math.max(0, requests - count), resetSeconds };
  }
}

/** A hook behind `protect`: counts the request, tells what is left, and refuses what is too much. */
export function limitRequests(meter: RequestMeter): onRequestAsyncHookHandler {
  const policy = `"requests";q=${meter.limit.requests};w=${meter.limit.windowSeconds}`;
  return async (request, reply) => {
    const grant = grantOf(request);
    const { allowed, remaining, resetSeconds } = meter.take('clientId' in grant ? String(grant.clientId) : '');
    reply.header('ratelimit-policy', policy).header('ratelimit', `"requests";r=${remaining};t=${resetSeconds}`);
    if (allowed) return;
    reply.header('retry-after', String(resetSeconds));
    return sendProblem(reply, 'request-rate');
  };
}
