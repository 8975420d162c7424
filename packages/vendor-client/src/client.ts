/**
 * The vendor's client: places calls by dial token. It keeps grants, makes a fresh proof for each request and repeats
 * safely. It never sees a phone number: there is none in what it sends or gets.
 * @module
 */

import { type Acts, actsOver } from './acts.js';
import { type CallResult, type CallStatus, judgeGet, judgePlace } from './answers.js';
import { readKey, signDetached, type VendorKey } from './key.js';
import { isAddress } from './metadata.js';
import {
  type BatchResult,
  type CallEvent,
  type HangUp,
  judgeBatch,
  judgeEvents,
  judgeHangUp,
  judgeList,
  judgeTaken,
  type Outcome,
} from './more-answers.js';
import { type Action, type Call, type CallOptions, check, isText, json, keyed, type RequestOf, type WriteOptions } from './request.js';
import { type Agent, agentSigner, createSession, type HeldGrant, type Session } from './session.js';
import { type Outgoing, settle, sleep, type Transport } from './transport.js';
import type { AnswerKey } from './verify-answer.js';

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
  /** Keys that the bank shares with this vendor, where its policy makes answers as MACs. */
  readonly answerKeys?: readonly AnswerKey[];
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

export interface PlaceOptions extends CallOptions {
  /** One for each call, kept with it: the same key never places a second one. 1 to 255 visible ASCII characters. */
  readonly idempotencyKey: string;
  /** The vendor's pseudonym for the person who asks. */
  readonly agent?: string;
  /** The customer's reference from the list's same row; the bank then checks that both belong together. */
  readonly reference?: string;
}

/** An order of a batch. */
export interface BatchedOrder {
  readonly dialToken: string;
  readonly reference?: string;
  readonly agent?: string;
  /** Derived from the batch's key and the place in the batch if absent. */
  readonly idempotencyKey?: string;
}

/** Cells of a row of the list, by column: `reference`, `dial_token`, `masked_phone` and bands. */
export type ListRow = Readonly<Record<string, string>>;

export interface ListOptions extends CallOptions {
  /** `YYYY-MM-DD`: only rows that were delivered first on this day or later, by the calendar of the campaign. All by default. */
  readonly since?: string;
}

export interface VendorClient extends Acts {
  /**
   * The same client for one person: its grants name the agent, are bound to a key of the agent's own, last two minutes at most and can be
   * revoked one by one.
   *
   * @throws `ERR_CLIENT_OPTION`: the agent has no name
   */
  forAgent(agent: Agent): VendorClient;
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
    /** Waits until a call is over, however long it lasts. @throws as `get` */
    events(callId: string, options?: CallOptions): Promise<CallEvent>;
    /** Hangs up; nothing comes back of budget or caps. @throws as `get` */
    hangUp(callId: string, options: WriteOptions): Promise<HangUp>;
    /**
     * Says what came of a call. `opted-out` takes effect at once: nobody calls the customer again for at least six months.
     *
     * @throws `ERR_CLIENT_REQUEST` with problem `note-refused`: the note reads as if it held a number; and as `get`
     */
    outcome(callId: string, outcome: Outcome, options: WriteOptions & { readonly note?: string }): Promise<void>;
    /** Places up to 500 calls. @returns a result for each, in their order. @throws as `place` */
    batch(orders: readonly BatchedOrder[], options: WriteOptions): Promise<BatchResult[]>;
  };
  /** Reads the list, page by page. @throws `ERR_CLIENT_OPTION`: `since` is no day; and as `calls.get` */
  list(options?: ListOptions): AsyncGenerator<ListRow>;
  /**
   * Countersigns the manifest of an export: from then on neither side can say that it was another list.
   *
   * @param manifest - the text exactly as the bank sent it
   * @throws `ERR_CLIENT_REQUEST` with problem `countersignature-invalid`, and as `calls.get`
   */
  countersign(exportId: string, manifest: string, options: WriteOptions): Promise<void>;
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
  const common = { issuer, clientId, key, resource, clock, transport };
  const vendor = sessionsOf((action) => createSession({ ...common, actions: [action] }));
  const forAgent = (agent: Agent): VendorClient => {
    check(isText(agent.name), 'agent');
    const [{ name }, signer] = [agent, agentSigner(agent)];
    const own = sessionsOf((action) => createSession({ ...common, actions: [action], agent: { name, signer, vendor: vendor(action) } }));
    return clientOver(options, transport, own, forAgent);
  };
  return clientOver(options, transport, vendor, forAgent);
}

/** One a kind of act: a grant that places calls reads no list, and whoever steals one has not the other. */
type Sessions = (action: Action) => Session;

function sessionsOf(make: Sessions): Sessions {
  const made = new Map<Action, Session>();
  return (action) => {
    const session = made.get(action) ?? make(action);
    made.set(action, session);
    return session;
  };
}

function clientOver(
  options: VendorClientOptions,
  transport: Transport,
  sessions: Sessions,
  forAgent: VendorClient['forAgent'],
): VendorClient {
  const { key } = options;
  const call: Call = async (request, judge, { campaign = options.campaign, signal }, { action = 'dial', ...patience } = {}) => {
    check(isText(campaign), 'campaign');
    const session = sessions(action);
    const { method, path, query = '', headers, ...body } = request;
    const url = (await session.endpoints()).resolver + path;
    let grant: HeldGrant | undefined;
    const attempt = async (): Promise<Outgoing> => {
      grant = await session.grant(campaign);
      const dpop = await session.proof(method, url, grant);
      return {
        method,
        url: url + query, // the proof is for the address without it
        ...body,
        headers: { accept: 'application/json', ...headers, authorization: `DPoP ${grant.accessToken}`, dpop },
      };
    };
    return settle({ ...transport, ...patience }, attempt, judge, {
      signal,
      keepNonce: session.keepNonce,
      renewGrant: () => session.drop(campaign, grant),
    });
  };

  return {
    forAgent,
    ...actsOver(call, { ...options, transport, endpoints: () => sessions('answer').endpoints() }),
    calls: {
      async place(dialToken, { idempotencyKey, agent, reference, ...rest }) {
        check(isText(dialToken), 'dialToken');
        const order = json({ dial_token: dialToken, reference, agent }, idempotencyKey);
        return call({ method: 'POST', path: '/v1/calls', ...order }, judgePlace, rest);
      },
      async get(callId, rest = {}) {
        return call({ method: 'GET', path: pathOf(callId) }, judgeGet, rest);
      },
      async events(callId, rest = {}) {
        const headers = { accept: 'text/event-stream' };
        return call({ method: 'GET', path: `${pathOf(callId)}/events`, headers }, judgeEvents, rest, UNTIL_ITS_END);
      },
      async hangUp(callId, { idempotencyKey, ...rest }) {
        return call({ method: 'DELETE', path: pathOf(callId), headers: keyed(idempotencyKey) }, judgeHangUp, rest);
      },
      async outcome(callId, outcome, { idempotencyKey, note, ...rest }) {
        check(isText(outcome), 'outcome');
        const path = `${pathOf(callId)}/outcome`;
        return call({ method: 'POST', path, ...json({ outcome, note }, idempotencyKey) }, judgeTaken, rest);
      },
      async batch(orders, { idempotencyKey, ...rest }) {
        check(orders.length >= 1 && orders.length <= MOST_BATCHED, 'orders');
        const calls = orders.map(({ dialToken, reference, agent, idempotencyKey: own }) => {
          check(isText(dialToken), 'dialToken');
          return { dial_token: dialToken, reference, agent, idempotency_key: own };
        });
        return call({ method: 'POST', path: '/v1/calls:batch', ...json({ calls }, idempotencyKey) }, judgeBatch, rest);
      },
    },
    async *list({ campaign = options.campaign, since, ...rest } = {}) {
      check(isText(campaign), 'campaign');
      check(since === undefined || (isText(since) && DAY.test(since)), 'since');
      const from = since === undefined ? '' : `&since=${since}`;
      for (let after = 0; ; ) {
        const path = `/v1/campaigns/${encodeURIComponent(campaign)}/list`;
        const request: RequestOf = { method: 'GET', path, query: `?after=${after}${from}` };
        const { columns, rows, next } = await call(request, judgeList, { ...rest, campaign }, { action: 'list' });
        for (const row of rows) yield Object.fromEntries(columns.map((column, i) => [column, row[i] ?? '']));
        if (next === undefined) return;
        after = next;
      }
    },
    async countersign(exportId, manifest, { idempotencyKey, ...rest }) {
      check(isText(exportId) && /^[A-Za-z0-9_-]{1,64}$/.test(exportId), 'exportId');
      const signature = await signDetached(await readKey(key), manifest);
      return call(
        { method: 'POST', path: `/v1/exports/${exportId}/countersignature`, ...json({ signature }, idempotencyKey) },
        judgeTaken,
        rest,
      );
    },
  };
}

const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** The resolver takes no more in one request. */
const MOST_BATCHED = 500;

/** A stream of events ends with the grant, 300 seconds at most, and is asked for again. */
const UNTIL_ITS_END = { timeoutSeconds: 330, attempts: 100 };

function pathOf(callId: string): string {
  check(isText(callId) && /^[A-Za-z0-9_-]{1,128}$/.test(callId), 'callId');
  return `/v1/calls/${callId}`;
}
