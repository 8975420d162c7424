/**
 * The keys that sign grants, as this process knows them: one signs, those before it verify until the last grant that they
 * signed has ended. Another process may rotate at any time, so the store is looked at again before a grant is signed, for a
 * key id that nobody here has heard of, and whenever the key set is published.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  exportGrantKey,
  type GrantAlgorithm,
  type GrantKey,
  generateGrantKey,
  importGrantKey,
  type Jwks,
  type KeySchedule,
  type KeySet,
  type PrivateJwk,
  type PublicJwk,
  publishedKeys,
  RETIRED_KEY_SECONDS,
  type VerificationKey,
  verifyingKeys,
} from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { CellCipher } from '../store/cells.js';
import type { Database, Queryable } from '../store/database.js';

export interface GrantKeysOptions {
  readonly database: Database;
  /** Seals private keys: bank key `store`. Without it keys only verify: another process signs. */
  readonly store: CellCipher | undefined;
  readonly clock: () => number;
}

export interface RotatedKey {
  readonly kid: string;
  readonly previous: string;
  /** Until when the previous key verifies; milliseconds since 1970. */
  readonly previousUntil: number;
}

/** A process may sign with the key that it knows for this long before it looks again: far less than a retired key is published on. */
const SIGN_WITHIN_MS = 5_000;
/** Unknown key ids cause no more than four looks a second; a request that names one waits for the next. */
const BETWEEN_LOOKS_MS = 250;
const RETIRED_MS = RETIRED_KEY_SECONDS * 1000;

const utf8 = new TextEncoder();
const cellOf = (kid: string): Uint8Array => utf8.encode(`signing_key\x1fsealed\x1f${kid}`);
const thumbprintBytes = (kid: string): Uint8Array => new Uint8Array(Buffer.from(kid, 'base64url'));

/** Writes a new key that signs; part of the caller's transaction. */
export async function insertGrantKey(tx: Queryable, store: CellCipher, key: GrantKey, at: Date): Promise<void> {
  const sealed = store.seal(utf8.encode(JSON.stringify(await exportGrantKey(key))), cellOf(key.kid));
  await tx.query(`INSERT INTO signing_key (kid, use, algorithm, public_key, sealed, created_at) VALUES ($1, 'grant', $2, $3, $4, $5)`, [
    key.kid,
    key.algorithm,
    JSON.stringify(key.publicJwk),
    sealed,
    at,
  ]);
}

interface KeyRow {
  readonly kid: string;
  readonly algorithm: GrantAlgorithm;
  readonly public_key: string;
  readonly sealed: Uint8Array;
  readonly retired_at: Date | null;
}

export class GrantKeys {
  readonly #options: GrantKeysOptions;
  #schedule: KeySchedule;
  #set: KeySet;
  /** By the bank's clock. */
  #lookedAt: number;
  /** By the process's own, which nobody sets. */
  #startedAt = performance.now();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(options: GrantKeysOptions, schedule: KeySchedule) {
    this.#options = options;
    this.#schedule = schedule;
    this.#lookedAt = options.clock();
    this.#set = verifyingKeys(schedule, this.#lookedAt);
  }

  /** @throws `ERR_BANK_OTHER_KEYRING`: sealed under another keyring */
  static async load(options: GrantKeysOptions): Promise<GrantKeys> {
    return new GrantKeys(options, await readSchedule(options));
  }

  /** The key that signs, as last seen. */
  get current(): GrantKey {
    return this.#schedule.current;
  }

  /** The key to sign a grant with now. */
  async signing(): Promise<GrantKey> {
    if (this.#options.clock() - this.#lookedAt >= SIGN_WITHIN_MS) await this.refresh();
    return this.#schedule.current;
  }

  /** The key set to publish, as last seen. */
  published(): Jwks {
    return publishedKeys(this.#schedule, this.#options.clock());
  }

  /** The verifying key of an id; one that is unknown here is looked up in the store. */
  async find(kid: string | undefined, algorithm: GrantAlgorithm): Promise<VerificationKey | undefined> {
    const known = this.#find(kid, algorithm);
    if (known !== undefined || kid === undefined) return known;
    await this.refresh();
    return this.#find(kid, algorithm);
  }

  /** Looks into the store. Callers share a look, but only one that begins after they came: an earlier one may miss what they mean. */
  refresh(): Promise<void> {
    this.#next ??= this.#lookNext();
    return this.#next;
  }

  /** Every key that ever signed, for what must verify for years: manifests, answers. */
  async ever(): Promise<Jwks> {
    const rows = await this.#options.database.query<Pick<KeyRow, 'public_key'>>(
      `SELECT public_key FROM signing_key WHERE use = 'grant' ORDER BY created_at DESC`,
    );
    return { keys: rows.map(({ public_key }) => JSON.parse(public_key) as PublicJwk) };
  }

  /** Puts a new key in place, with its ledger entry. @throws `ERR_GRANT_KEY_BUSY`: others rotated at the same time */
  async rotate(random: (bytes: number) => Uint8Array): Promise<RotatedKey> {
    const { database, store, clock } = this.#options;
    if (store === undefined) throw fail('ERR_KEY_WITHHELD');
    const next = await generateGrantKey();
    const at = clock();
    const previous = await database.transaction(async (tx) => {
      const [row] = await tx.query<{ kid: string }>(
        `UPDATE signing_key SET retired_at = $1 WHERE use = 'grant' AND retired_at IS NULL RETURNING kid`,
        [new Date(at)],
      );
      if (row === undefined) throw fail('ERR_GRANT_KEY_BUSY');
      await insertGrantKey(tx, store, next, new Date(at));
      const entry = { use: 'grant', key: thumbprintBytes(next.kid), previous: thumbprintBytes(row.kid) } as const;
      await appendEntries(tx, [writeEntry('key.rotated', entry, { at, nonce: random(16) })]);
      return row.kid;
    });
    await this.#look();
    return { kid: next.kid, previous, previousUntil: at + RETIRED_MS };
  }

  /** A retired key that has ended stays in the set until the next look, so the time is looked at too. */
  #find(kid: string | undefined, algorithm: GrantAlgorithm): VerificationKey | undefined {
    const key = this.#set.find(kid, algorithm);
    const retired = key && this.#schedule.retired.find(({ publicJwk }) => publicJwk.kid === key.kid);
    return retired !== undefined && retired.until <= this.#options.clock() ? undefined : key;
  }

  async #lookNext(): Promise<void> {
    await this.#running?.catch(() => {});
    const wait = this.#startedAt + BETWEEN_LOOKS_MS - performance.now();
    if (wait > 0) await sleep(wait, undefined, { ref: false });
    this.#next = undefined; // who comes from here on waits for the one after
    this.#running = this.#look();
    await this.#running;
  }

  async #look(): Promise<void> {
    this.#startedAt = performance.now();
    const at = this.#options.clock();
    this.#schedule = await readSchedule(this.#options, this.#schedule.current);
    this.#set = verifyingKeys(this.#schedule, at);
    this.#lookedAt = at;
  }
}

/** @param known - a key that need not be opened again */
async function readSchedule({ database, store, clock }: GrantKeysOptions, known?: GrantKey): Promise<KeySchedule> {
  const rows = await database.query<KeyRow>(
    `SELECT kid, algorithm, public_key, sealed, retired_at FROM signing_key
      WHERE use = 'grant' AND (retired_at IS NULL OR retired_at > $1) ORDER BY created_at DESC`,
    [new Date(clock() - RETIRED_MS)],
  );
  const current = rows.find(({ retired_at }) => retired_at === null);
  const retired = rows.flatMap(({ public_key, retired_at }) =>
    retired_at === null ? [] : [{ publicJwk: JSON.parse(public_key) as PublicJwk, until: retired_at.getTime() + RETIRED_MS }],
  );
  if (known !== undefined && current?.kid === known.kid) return { current: known, retired };
  if (store === undefined && current !== undefined) return { current: verifyingOnly(current), retired };
  const opened = current && store?.open(current.sealed, cellOf(current.kid));
  if (opened === undefined) throw fail('ERR_BANK_OTHER_KEYRING');
  const key = await importGrantKey(JSON.parse(Buffer.from(opened).toString('utf8')) as PrivateJwk);
  opened.fill(0);
  return { current: key, retired };
}

/** A key whose private half is in another process. */
function verifyingOnly({ kid, algorithm, public_key }: KeyRow): GrantKey {
  return {
    kid,
    algorithm,
    publicJwk: JSON.parse(public_key) as PublicJwk,
    get privateKey(): never {
      throw fail('ERR_KEY_WITHHELD');
    },
  };
}
