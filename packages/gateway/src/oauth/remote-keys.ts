/**
 * Key sets that lie at somebody else's address: a vendor's, or that of the bank's own authorization server. They are fetched
 * from allowed hosts over checked connections (http/outbound.ts), bounded in time and size, without redirects, and kept. An
 * unknown key id is a reason to look again, at most twice a minute, so that nobody can make the gateway ask and ask.
 * @module
 */
import { type GrantAlgorithm, type KeySet, readKeySet, type VerificationKey } from '@numbra/grants';
import type { Logger } from 'pino';
import { type Agent, request } from 'undici';
import { fail } from '../errors.js';
import { describeError } from '../http/logging.js';
import { createOutbound, type Network, type OutboundOptions } from '../http/outbound.js';

export interface RemoteKeysOptions {
  /** Hosts that may be asked, as `URL.host` spells them: `keys.vendor.example`, `keys.vendor.example:8443`. */
  readonly hosts: readonly string[];
  /** Where their names may lead; `public` by default. Plain http is taken for loopback only, when that is among them. */
  readonly networks?: readonly Network[];
  /** For the whole of one fetch; 3,000 by default. */
  readonly timeoutMs?: number;
}

interface RemoteKeysContext extends RemoteKeysOptions {
  readonly clock: () => number;
  readonly logger: Logger;
  /** For tests: the resolver. */
  readonly lookup?: OutboundOptions['lookup'];
}

interface Kept {
  set: KeySet | undefined;
  fetchedAt: number;
  triedAt: number;
  trying: Promise<void> | undefined;
}

/** A key that its owner took out counts for this long at most. */
const FRESH_MS = 300_000;
/** While its owner's server is down, what is known goes on for this long. */
const STALE_MS = 3_600_000;
const BETWEEN_TRIES_MS = 30_000;
const TIMEOUT_MS = 3_000;
const MOST_BYTES = 64 << 10;
const MEDIA_TYPE = /^application\/(?:jwk-set\+)?json(?:\s*;|$)/i;
/** Addresses that are kept; each was registered by the bank. */
const MOST_ADDRESSES = 10_000;

export class RemoteKeys {
  readonly #context: RemoteKeysContext;
  readonly #hosts: ReadonlySet<string>;
  readonly #networks: ReadonlySet<Network>;
  readonly #agent: Agent;
  readonly #kept = new Map<string, Kept>();

  constructor(context: RemoteKeysContext) {
    this.#context = context;
    this.#hosts = new Set(context.hosts);
    this.#networks = new Set(context.networks ?? ['public']);
    this.#agent = createOutbound({
      networks: this.#networks,
      connectTimeoutMs: context.timeoutMs ?? TIMEOUT_MS,
      refused: () => fail('ERR_KEYS_ADDRESS_REFUSED'),
      ...(context.lookup && { lookup: context.lookup }),
    });
  }

  /** The key of an id at an address, or `undefined`: not there, or the address did not answer with a key set. */
  async find(uri: string, kid: string | undefined, algorithm: GrantAlgorithm): Promise<VerificationKey | undefined> {
    const kept = this.#at(uri);
    const { clock } = this.#context;
    if (clock() - kept.fetchedAt > FRESH_MS) await this.#refresh(uri, kept);
    let key = this.#known(kept)?.find(kid, algorithm);
    if (key === undefined) {
      await this.#refresh(uri, kept);
      key = this.#known(kept)?.find(kid, algorithm);
    }
    return key;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #known({ set, fetchedAt }: Kept): KeySet | undefined {
    return this.#context.clock() - fetchedAt > STALE_MS ? undefined : set;
  }

  #at(uri: string): Kept {
    let kept = this.#kept.get(uri);
    if (kept === undefined) {
      if (this.#kept.size >= MOST_ADDRESSES) this.#kept.clear();
      kept = { set: undefined, fetchedAt: Number.NEGATIVE_INFINITY, triedAt: Number.NEGATIVE_INFINITY, trying: undefined };
      this.#kept.set(uri, kept);
    }
    return kept;
  }

  async #refresh(uri: string, kept: Kept): Promise<void> {
    const { clock, logger } = this.#context;
    if (kept.trying === undefined) {
      if (clock() - kept.triedAt < BETWEEN_TRIES_MS) return;
      kept.triedAt = clock();
      kept.trying = this.#fetch(uri)
        .then((set) => {
          kept.set = set;
          kept.fetchedAt = clock();
        })
        .catch((error: unknown) => {
          logger.warn({ err: describeError(error) }, 'keys not fetched');
        })
        .finally(() => {
          kept.trying = undefined;
        });
    }
    await kept.trying;
  }

  /** @throws `ERR_KEYS_HOST`, `ERR_KEYS_ADDRESS_REFUSED`, `ERR_KEYS_ANSWER`, and what reading a key set throws */
  async #fetch(uri: string): Promise<KeySet> {
    const url = new URL(uri);
    const secure = url.protocol === 'https:' || (url.protocol === 'http:' && this.#networks.has('loopback'));
    if (!secure || !this.#hosts.has(url.host)) throw fail('ERR_KEYS_HOST');
    const signal = AbortSignal.timeout(this.#context.timeoutMs ?? TIMEOUT_MS);
    const headers = { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity' };
    // `request` follows no redirect: another status than 200 is no answer.
    const answer = await request(url, { dispatcher: this.#agent, signal, headers });
    const type = answer.headers['content-type'];
    const plain = answer.headers['content-encoding'] === undefined && typeof type === 'string' && MEDIA_TYPE.test(type);
    if (answer.statusCode !== 200 || !plain) {
      answer.body.on('error', () => {}).destroy();
      throw fail('ERR_KEYS_ANSWER');
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw fail('ERR_KEYS_ANSWER'); // leaving the loop destroys the body
      chunks.push(chunk);
    }
    return readKeySet(parseJson(Buffer.concat(chunks)), { others: 'skip' });
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('ERR_KEYS_ANSWER');
  }
}
