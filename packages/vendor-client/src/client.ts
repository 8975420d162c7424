/**
 * The vendor's client: places calls by dial token. It keeps grants, makes a fresh proof for each request and repeats
 * safely. It never sees a phone number: there is none in what it sends or gets.
 * @module
 */
import { type CallResult, type CallStatus, judgeGet, judgePlace } from './answers.js';
import { VendorClientError } from './errors.js';
import type { VendorKey } from './key.js';
import { isAddress } from './metadata.js';
import { createSession, type HeldGrant } from './session.js';
import { type Judge, type Outgoing, settle, sleep, type Transport } from './transport.js';

export interface VendorClientOptions {
  /** As the bank spells it: https, or http on this machine. */
  readonly issuer: string;
  /** The vendor's name at the bank. */
  readonly clientId: string;
  readonly key: VendorKey;
  /** For every call that names none. */
  readonly campaign?: string;
  /** The resolver's URL; the bank's metadata names it otherwise. */
  readonly resource?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** For one attempt; 30 by default. */
  readonly timeoutSeconds?: number;
  /** How often one request is sent at most; 4 by default. */
  readonly attempts?: number;
  /** A `Retry-After` above this is not waited for; 30 by default. */
  readonly longestWaitSeconds?: number;
}

export interface CallOptions {
  readonly campaign?: string;
  readonly signal?: AbortSignal;
}

export interface PlaceOptions extends CallOptions {
  /** One for each call, kept with it: the same key never places a second one. 1 to 255 visible ASCII characters. */
  readonly idempotencyKey: string;
  /** The vendor's pseudonym for the person who asks. */
  readonly agent?: string;
  /** The customer's reference from the list's same row; the bank then checks that both belong together. */
  readonly reference?: string;
}

export interface VendorClient {
  readonly calls: {
    /**
     * Places a call.
     *
     * @returns what became of it; a refusal is an answer, with a code
     * @throws `ERR_CLIENT_NETWORK`, `ERR_CLIENT_UNAVAILABLE`, `ERR_CLIENT_IN_PROGRESS`: repeat with the same idempotency key ·
     *   `ERR_CLIENT_IDEMPOTENCY_KEY_REUSED` · `ERR_CLIENT_GRANT_REFUSED` · `ERR_CLIENT_OPTION` · `ERR_CLIENT_REQUEST` ·
     *   `ERR_CLIENT_ANSWER` · `ERR_CLIENT_KEY` · `ERR_CLIENT_METADATA`
     */
    place(dialToken: string, options: PlaceOptions): Promise<CallResult>;
    /** Looks a call up. @throws `ERR_CLIENT_NOT_FOUND`, and as `place` */
    get(callId: string, options?: CallOptions): Promise<CallStatus>;
  };
}

/**
 * Makes a client for one vendor at one bank. Nothing is sent before the first call.
 *
 * @throws `ERR_CLIENT_OPTION`: `issuer` or `resource` is neither https nor on this machine, or `clientId` is missing
 */
export function createVendorClient(options: VendorClientOptions): VendorClient {
  const { issuer, clientId, key, resource, clock = Date.now } = options;
  check(isAddress(issuer), 'issuer');
  check(resource === undefined || isAddress(resource), 'resource');
  check(isText(clientId), 'clientId');

  const transport: Transport = {
    fetch: options.fetch ?? globalThis.fetch,
    timeoutSeconds: options.timeoutSeconds ?? 30,
    attempts: options.attempts ?? 4,
    longestWaitSeconds: options.longestWaitSeconds ?? 30,
    sleep,
  };
  const session = createSession({ issuer, clientId, key, resource, clock, transport });

  async function call<T>(
    request: { method: 'GET' | 'POST'; path: string; headers?: Record<string, string>; body?: string },
    judge: Judge<T>,
    { campaign = options.campaign, signal }: CallOptions,
  ): Promise<T> {
    check(isText(campaign), 'campaign');
    const { method, path, headers, ...body } = request;
    const url = (await session.endpoints()).resolver + path;
    let grant: HeldGrant | undefined;
    const attempt = async (): Promise<Outgoing> => {
      grant = await session.grant(campaign);
      const dpop = await session.proof(method, url, grant);
      return {
        method,
        url,
        ...body,
        headers: { ...headers, accept: 'application/json', authorization: `DPoP ${grant.accessToken}`, dpop },
      };
    };
    return settle(transport, attempt, judge, { signal, keepNonce: session.keepNonce, renewGrant: () => session.drop(campaign, grant) });
  }

  return {
    calls: {
      async place(dialToken, { idempotencyKey, agent, reference, ...rest }) {
        check(isText(dialToken), 'dialToken');
        check(isText(idempotencyKey) && /^[\x21-\x7e]{1,255}$/.test(idempotencyKey), 'idempotencyKey');
        const body = JSON.stringify({ dial_token: dialToken, reference, agent });
        const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
        return call({ method: 'POST', path: '/v1/calls', headers, body }, judgePlace, rest);
      },
      async get(callId, rest = {}) {
        check(isText(callId) && /^[A-Za-z0-9_-]{1,128}$/.test(callId), 'callId');
        return call({ method: 'GET', path: `/v1/calls/${callId}` }, judgeGet, rest);
      },
    },
  };
}

function check(holds: boolean, field: string): asserts holds {
  if (!holds) throw new VendorClientError('ERR_CLIENT_OPTION', { field });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
