/**
 * Sends one request again and again until an answer settles it: bounded, each time with a fresh proof, and only what may be
 * repeated (a read, a token request, or a write with its idempotency key).
 * @module
 */
import type { Answer, Verdict } from './answers.js';
import { VendorClientError } from './errors.js';

/** One attempt's request. */
export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Says what follows from an answer. */
export type Judge<T> = (answer: Answer) => Verdict<T>;

export interface Transport {
  readonly fetch: typeof globalThis.fetch;
  /** For one attempt. */
  readonly timeoutSeconds: number;
  /** How often one request is sent at most. */
  readonly attempts: number;
  /** A longer wait than this is not waited for. */
  readonly longestWaitSeconds: number;
  readonly sleep: (seconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** What the caller wants to know meanwhile. */
export interface Reactions {
  readonly signal?: AbortSignal | undefined;
  readonly renewGrant?: () => void;
  readonly keepNonce?: (nonce: string) => void;
}

/** A nonce and a grant are each renewed at once and once only: a server that asks twice is broken. */
export async function settle<T>(
  transport: Transport,
  request: () => Promise<Outgoing>,
  judge: Judge<T>,
  { signal, renewGrant, keepNonce }: Reactions,
): Promise<T> {
  let renewedNonce = false;
  let renewedGrant = false;
  for (let attempt = 1; ; ) {
    const verdict = await send(transport, await request(), judge, keepNonce, signal);
    switch (verdict.next) {
      case 'done':
        return verdict.value;
      case 'nonce':
        if (renewedNonce) throw new VendorClientError('ERR_CLIENT_GRANT_REFUSED', { problem: 'use_dpop_nonce' });
        renewedNonce = true;
        break;
      case 'grant':
        if (renewedGrant || !renewGrant) throw verdict.error;
        renewedGrant = true;
        renewGrant();
        break;
      case 'wait': {
        const seconds = verdict.seconds ?? backOff(attempt);
        attempt += 1;
        if (attempt > transport.attempts || seconds > transport.longestWaitSeconds) throw verdict.error;
        await transport.sleep(seconds, signal);
        break;
      }
      case 'fail':
        throw verdict.error;
      default:
        return verdict satisfies never;
    }
  }
}

async function send<T>(
  { fetch, timeoutSeconds }: Transport,
  { url, ...init }: Outgoing,
  judge: Judge<T>,
  keepNonce: Reactions['keepNonce'],
  signal: AbortSignal | undefined,
): Promise<Verdict<T>> {
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    // Followed, a redirect would carry grant and proof to an address that nobody configured.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    const answer = { status: response.status, headers: response.headers, body: await response.text() };
    const nonce = response.headers.get('dpop-nonce');
    if (nonce !== null) keepNonce?.(nonce);
    return judge(answer);
  } catch (cause) {
    signal?.throwIfAborted();
    return { next: 'wait', seconds: undefined, error: new VendorClientError('ERR_CLIENT_NETWORK', {}, cause) };
  }
}

/** 0.2, 0.4, 0.8 … seconds, each shortened by up to a half at random, so that clients cut off together do not return together. */
export function backOff(attempt: number): number {
  return 0.1 * 2 ** attempt * (1 - Math.random() / 2);
}

export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, seconds * 1000);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
