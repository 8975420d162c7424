/**
 * Passes one request on to the resolver: with the campaign's grant and a fresh proof each time it is sent, and again where that
 * is safe. The answer comes back as the resolver gave it.
 * @module
 */
import { VendorClientError } from '../errors.js';
import type { Signer } from '../key.js';
import { agentSigner, createSession, type HeldGrant, type Session } from '../session.js';
import { backOff, sleep, type Transport } from '../transport.js';
import { ProgramError } from './errors.js';
import { createGrantShelf, GRANTS_KEPT, type GrantShelf } from './grant-shelf.js';
import type { Action } from './paths.js';
import { DeskProblem, type ProblemCode } from './problems.js';
import { judge } from './repeat.js';

export interface ForwarderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly key: Signer;
  readonly resource?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Until an answer begins; 30 by default. */
  readonly timeoutSeconds?: number;
  /** How often one request is sent at most; 4 by default. */
  readonly attempts?: number;
  /** A `Retry-After` above this is passed on instead of waited for; 10 by default. */
  readonly longestWaitSeconds?: number;
  /** Campaigns whose grants are kept. */
  readonly grantsKept?: number;
  /** People whose keys and grants are kept. */
  readonly agentsKept?: number;
}

/** One request of a desk. */
export interface DeskRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without query. */
  readonly path: string;
  readonly query: string;
  readonly campaign: string;
  readonly action: Action;
  /** The vendor's pseudonym for the person: the request then goes with a grant that names the agent. */
  readonly agent?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** The answer's body is passed on as it comes, once it is one that succeeds. */
  readonly streams: boolean;
}

/** The resolver's answer. */
export interface DeskAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
  /** How often the request was sent. */
  readonly sent: number;
}

export interface Forwarder {
  /** @throws {@link DeskProblem}: there is no answer to pass on; the signal's reason when the desk has left */
  forward(request: DeskRequest, signal: AbortSignal): Promise<DeskAnswer>;
  /** Asks for the bank's metadata: for a program that starts. @throws {@link DeskProblem} */
  greet(): Promise<void>;
  /** Campaigns whose grants are in memory. */
  readonly grantsHeld: number;
}

/** Before anything is written to the connection: nothing can have been done. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** A desk has some hundred seats at most, and a person works in one or two campaigns at a time. */
const AGENTS_KEPT = 256;
const CAMPAIGNS_OF_AGENT = 8;

interface Counter {
  readonly session: Session;
  readonly shelf: GrantShelf;
}
type Counters = Readonly<Record<Action, Counter>>;

/** The vendor's grants that agents' are made from stand on the shelf as well, so that they are bounded. */
function shelved({ session, shelf }: Counter): Session {
  return { ...session, grant: shelf.grant, drop: (campaign, grant) => grant && shelf.drop(campaign, grant) };
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { issuer, clientId, key, resource, clock = Date.now, grantsKept = GRANTS_KEPT, agentsKept = AGENTS_KEPT } = options;
  const transport: Transport = {
    fetch: options.fetch ?? globalThis.fetch,
    timeoutSeconds: options.timeoutSeconds ?? 30,
    attempts: options.attempts ?? 4,
    longestWaitSeconds: options.longestWaitSeconds ?? 10,
    sleep,
  };
  const common = { issuer, clientId, key, resource, clock, transport };
  // A grant for one action is all that a request needs, and all that it could lose.
  const counter = (action: Action, agent?: Parameters<typeof createSession>[0]['agent'], most: number = grantsKept): Counter => {
    const session = createSession({ ...common, actions: [action], ...(agent && { agent }) });
    return { session, shelf: createGrantShelf(session, most) };
  };
  const countersOf = (make: (action: Action) => Counter): Counters => ({
    dial: make('dial'),
    list: make('list'),
    answer: make('answer'),
    handover: make('handover'),
  });
  const own = countersOf((action) => counter(action));
  // In the order of use, as on the shelf. A person's key is made in memory, and is gone with the person's place here.
  const agents = new Map<string, Counters>();

  function countersFor(name: string | undefined): Counters {
    if (name === undefined) return own;
    const signer = agentSigner({ name });
    const make = (action: Action) => counter(action, { name, signer, vendor: shelved(own[action]) }, CAMPAIGNS_OF_AGENT);
    const counters = agents.get(name) ?? countersOf(make);
    agents.delete(name);
    agents.set(name, counters);
    for (const oldest of agents.keys()) {
      if (agents.size <= agentsKept) break;
      agents.delete(oldest);
    }
    return counters;
  }

  return {
    get grantsHeld() {
      const all = [own, ...agents.values()].flatMap((counters) => Object.values(counters));
      return all.reduce((sum, { shelf }) => sum + shelf.size, 0);
    },
    async greet() {
      await own.dial.session.endpoints().catch((error: unknown) => {
        throw problemOfError(error);
      });
    },
    async forward(request, signal) {
      const { session, shelf } = countersFor(request.agent)[request.action];
      const renewed = { nonce: false, grant: false };
      let perhapsDone = false;
      for (let attempt = 1, sent = 1; ; sent += 1) {
        signal.throwIfAborted();
        const { url, grant, headers } = await credentials(session, shelf.grant, request).catch((error: unknown) => {
          throw perhapsDone ? new DeskProblem('desk-answer-lost', error) : problemOfError(error);
        });
        const answer = await send(transport, url, { ...request, headers }, signal).catch((cause: unknown) => {
          signal.throwIfAborted();
          return cause as Error;
        });
        if (!(answer instanceof Error) && answer.headers.get('dpop-nonce') !== null)
          session.keepNonce(answer.headers.get('dpop-nonce') ?? '');
        const next = answer instanceof Error ? ({ next: 'wait' } as const) : judge({ ...answer, body: textOf(answer.body) });
        switch (next.next) {
          case 'nonce':
          case 'grant':
            // Twice would be a bank that asks for ever.
            if (answer instanceof Error || renewed[next.next]) return { ...(answer as Arrived), sent };
            renewed[next.next] = true;
            if (next.next === 'grant') shelf.drop(request.campaign, grant);
            break;
          case 'wait': {
            if (answer instanceof Error) perhapsDone ||= !wasNeverSent(answer);
            const seconds = ('seconds' in next ? next.seconds : undefined) ?? backOff(attempt);
            attempt += 1;
            if (attempt > transport.attempts || seconds > transport.longestWaitSeconds) {
              if (answer instanceof Error) throw new DeskProblem(perhapsDone ? 'desk-answer-lost' : 'desk-bank-unavailable', answer);
              return { ...answer, sent };
            }
            await transport.sleep(seconds, signal);
            break;
          }
          case 'pass':
            // Followed by the desk, a redirect would carry its secret away; no bank of ours sends one.
            if (answer instanceof Error || answer.status < 200 || (answer.status >= 300 && answer.status < 400))
              throw new DeskProblem('desk-bank-unsuitable');
            return { ...answer, sent };
          default:
            return next satisfies never;
        }
      }
    },
  };
}

type Arrived = Omit<DeskAnswer, 'sent'>;

async function credentials(
  session: Session,
  grantOf: (campaign: string) => Promise<HeldGrant>,
  { method, path, campaign, headers }: DeskRequest,
) {
  const url = (await session.endpoints()).resolver + path;
  const grant = await grantOf(campaign);
  const dpop = await session.proof(method, url, grant);
  return { url, grant, headers: { ...headers, authorization: `DPoP ${grant.accessToken}`, dpop } };
}

/** Sends once. What does not stream is read to its end, so that an answer cut short is one that was lost. */
async function send(
  { fetch, timeoutSeconds }: Transport,
  url: string,
  { method, query, headers, body, streams }: DeskRequest,
  signal: AbortSignal,
): Promise<Arrived> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('no answer in time')), timeoutSeconds * 1000);
  try {
    const init = { method, headers, redirect: 'manual' as const, signal: AbortSignal.any([signal, late.signal]) };
    const response = await fetch(url + query, body === undefined ? init : { ...init, body });
    const arrived = { status: response.status, headers: response.headers };
    if (streams && response.ok && response.body !== null) return { ...arrived, body: response.body };
    return { ...arrived, body: new Uint8Array(await response.arrayBuffer()) };
  } finally {
    clearTimeout(timer);
  }
}

function textOf(body: Arrived['body']): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : '';
}

/** undici says why in the cause; several addresses of one name come as one error of many. */
function wasNeverSent(error: Error): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly errors?: readonly { readonly code?: string }[] } };
  const codes = cause?.errors?.map(({ code }) => code) ?? [cause?.code];
  return codes.every((code) => code !== undefined && NEVER_SENT.has(code));
}

/** What kept a request from being sent. */
function problemOfError(error: unknown): DeskProblem {
  if (error instanceof DeskProblem) return error;
  if (error instanceof ProgramError) return new DeskProblem('desk-key-failed', error);
  const problem = error instanceof VendorClientError ? PROBLEMS[error.code] : undefined;
  return new DeskProblem(problem ?? 'desk-internal', error);
}

const PROBLEMS: Readonly<Partial<Record<string, ProblemCode>>> = {
  ERR_CLIENT_GRANT_REFUSED: 'desk-grant-refused',
  ERR_CLIENT_NETWORK: 'desk-bank-unavailable',
  ERR_CLIENT_UNAVAILABLE: 'desk-bank-unavailable',
  ERR_CLIENT_METADATA: 'desk-bank-unsuitable',
  ERR_CLIENT_ANSWER: 'desk-bank-unsuitable',
  ERR_CLIENT_KEY: 'desk-key-failed',
};
