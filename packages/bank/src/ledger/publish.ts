/**
 * Publishing: commit → sign the committed head → checkpoint file beside the keyring, on disk → insert the checkpoint →
 * serve. Never the other way round: a note that leaves before a commit which then fails is a fork signed by the bank.
 *
 * Ed25519 is deterministic, so that two gateways, or one after a crash, sign a head to the same bytes.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { openTiles, signCheckpoint, type TileCache, type TreeHead } from '@numbra/ledger';
import { LRUCache } from 'lru-cache';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';
import { openSigned, readCheckpointFile, type SignedCheckpoint, writeCheckpointFile } from './checkpoint-file.js';
import type { LogKey } from './log-key.js';
import type { LedgerReader } from './read.js';
import { type AcceptedRestore, readRestored } from './restored.js';
import { sha256 } from './sha256.js';

export interface PublisherOptions {
  readonly database: Queryable;
  readonly reader: LedgerReader;
  readonly cache: TileCache;
  readonly key: LogKey;
  /** Looks the key up again: another process may have rotated it. */
  readonly reloadKey?: (() => Promise<LogKey>) | undefined;
  readonly checkpointFile: string | undefined;
  readonly clock: () => number;
}

/** Public checkpoints come once a minute: a vendor who watches the size must not count the entries of its own request. */
const PUBLIC_EVERY_MS = 60_000;
/** A rotated key is known everywhere after this. */
const RELOAD_KEY_AFTER_MS = 60_000;
/** The public is shown an older checkpoint that is cosigned rather than a newer one that is not, up to this age: a witness may be slow. */
const WAIT_FOR_WITNESS_MS = 3 * 60_000;
/** A checkpoint with the lines of its witnesses. */
const COSIGNED = `c.note || coalesce((SELECT string_agg(s.line, '' ORDER BY s.witness) FROM ledger_cosignature s WHERE s.size = c.size), '') AS note`;
/** Of an old minute only the last checkpoint is kept. */
const THINNED_AFTER_MS = 10 * 60_000;

export class Publisher {
  readonly #options: PublisherOptions;
  /** The largest checkpoint this process has seen: first from the file, else from the store. */
  #seen: SignedCheckpoint | undefined;
  #looked = false;
  /** Notes whose signature was verified already: a verification takes longer than a proof. */
  readonly #opened = new LRUCache<string, SignedCheckpoint>({ max: 16 });
  /** What this process published lately, oldest first. */
  #published: { readonly size: number; readonly at: number }[] = [];
  #key: LogKey;
  #keyAt: number;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#key = options.key;
    this.#keyAt = options.clock();
  }

  /** The key in use, as this process last saw it. */
  get key(): LogKey {
    return this.#key;
  }

  /** Looks the key up again. */
  async reloadKey(): Promise<void> {
    const { reloadKey, clock } = this.#options;
    if (reloadKey === undefined) return;
    this.#key = await reloadKey();
    this.#keyAt = clock();
  }

  get reader(): LedgerReader {
    return this.#options.reader;
  }

  /** The largest checkpoint seen: from the file beside the keyring, then from what this process published or read. */
  async seen(): Promise<SignedCheckpoint | undefined> {
    const { checkpointFile } = this.#options;
    if (!this.#looked) {
      this.#seen = checkpointFile === undefined ? undefined : await readCheckpointFile(checkpointFile, this.#key);
      this.#looked = true;
    }
    return this.#seen;
  }

  /** The newest checkpoint of the store. */
  async newest(): Promise<SignedCheckpoint | undefined> {
    return this.#one(`SELECT ${COSIGNED} FROM ledger_checkpoint c ORDER BY c.size DESC LIMIT 1`);
  }

  /** What witnesses are asked to cosign: the newest checkpoint of an earlier minute; before there is one, the oldest. */
  async candidate(): Promise<SignedCheckpoint | undefined> {
    return (
      (await this.#one(`SELECT ${COSIGNED} FROM ledger_checkpoint c WHERE c.at < $1 ORDER BY c.size DESC LIMIT 1`, this.#minute())) ??
      this.#one(`SELECT ${COSIGNED} FROM ledger_checkpoint c ORDER BY c.size LIMIT 1`)
    );
  }

  /** What the public is shown: the newest cosigned one of the last minutes, else what witnesses are asked to cosign. */
  async newestPublic(): Promise<SignedCheckpoint | undefined> {
    const minute = this.#minute();
    const since = new Date(minute.getTime() - WAIT_FOR_WITNESS_MS);
    return (
      (await this.#one(
        `SELECT ${COSIGNED} FROM ledger_checkpoint c
          WHERE c.at < $1 AND c.at >= $2 AND c.size IN (SELECT size FROM ledger_cosignature) ORDER BY c.size DESC LIMIT 1`,
        minute,
        since,
      )) ?? this.candidate()
    );
  }

  /** The newest checkpoint that a witness cosigned. */
  async newestCosigned(): Promise<SignedCheckpoint | undefined> {
    return this.#one(`SELECT ${COSIGNED} FROM ledger_checkpoint c WHERE c.size = (SELECT max(size) FROM ledger_cosignature)`);
  }

  #minute(): Date {
    const now = this.#options.clock();
    return new Date(now - (now % PUBLIC_EVERY_MS));
  }

  /** The checkpoint of one size. */
  async ofSize(size: number): Promise<SignedCheckpoint | undefined> {
    return this.#one(`SELECT ${COSIGNED} FROM ledger_checkpoint c WHERE c.size = $1`, size);
  }

  /** A checkpoint as the ledger signed it, without the lines of witnesses. */
  async bareOf(size: number): Promise<string | undefined> {
    const [row] = await this.#options.database.query<{ note: string }>('SELECT note FROM ledger_checkpoint WHERE size = $1', [size]);
    return row?.note;
  }

  async #one(sql: string, ...values: readonly (number | Date)[]): Promise<SignedCheckpoint | undefined> {
    const [row] = await this.#options.database.query<{ note: string }>(sql, values);
    if (row === undefined) return undefined;
    const known = this.#opened.get(row.note);
    if (known !== undefined) return known;
    const signed = openSigned(row.note, this.#key);
    this.#opened.set(row.note, signed);
    return signed;
  }

  /**
   * Refuses a database whose ledger is not a continuation of the largest checkpoint seen.
   *
   * @throws `ERR_LEDGER_OLDER_COPY`: it is shorter · `ERR_LEDGER_OTHER_COPY`: it says something else
   */
  async assertCurrent(): Promise<void> {
    const { size, root } = await this.#options.reader.head();
    await this.#assertContinues({ size, root });
  }

  async #assertContinues(head: TreeHead): Promise<void> {
    const seen = await this.seen();
    if (seen === undefined || seen.size === 0 || (await this.#continues(head, seen))) return;
    const accepted = (await readRestored(this.#options.database, this.#key)).findLast(
      ({ copy, lost }) => copy.size < seen.size && seen.size <= lost.size,
    );
    if (accepted !== undefined && (await this.#continues(head, accepted.copy))) {
      // What was seen is of the entries that the bank went on without: the next checkpoint takes its place.
      this.#seen = undefined;
      return;
    }
    throw head.size < seen.size ? olderCopy(head.size, seen.size) : fail('ERR_LEDGER_OTHER_COPY');
  }

  /** Whether a head grew out of an earlier one. */
  async #continues(head: TreeHead, earlier: TreeHead): Promise<boolean> {
    if (head.size < earlier.size) return false;
    const { reader, cache } = this.#options;
    const root = head.size === earlier.size ? head.root : await openTiles(sha256, reader, head, { cache }).rootAt(earlier.size);
    return Buffer.compare(root, earlier.root) === 0;
  }

  /** What a restored copy lacks; `undefined`: the ledger is current. */
  async lost(): Promise<AcceptedRestore | undefined> {
    const { size, root } = await this.#options.reader.head();
    try {
      await this.#assertContinues({ size, root });
      return undefined;
    } catch (error) {
      if (!isNumbraError(error) || (error.code !== 'ERR_LEDGER_OLDER_COPY' && error.code !== 'ERR_LEDGER_OTHER_COPY')) throw error;
      return { copy: { size, root }, lost: (await this.seen())! };
    }
  }

  /**
   * Signs and publishes the committed head, if that has not been done.
   *
   * @throws as `assertCurrent`; then nothing was signed
   * @throws `ERR_LEDGER_CHECKPOINT_FILE_WRITE`: signed, not published
   */
  async publish(): Promise<SignedCheckpoint> {
    const { database, reader, checkpointFile, clock } = this.#options;
    const { size, root } = await reader.head();
    if (clock() - this.#keyAt >= RELOAD_KEY_AFTER_MS) await this.reloadKey();
    let seen = await this.seen();
    if (seen?.size === size && (await this.newest())?.size === size && Buffer.compare(seen.root, root) === 0) return seen;
    await this.#assertContinues({ size, root });
    seen = await this.seen();
    const { origin, signers } = this.#key;
    const note = signCheckpoint({ origin, size, root }, ...signers);
    const signed: SignedCheckpoint = { note, size, root };
    if (checkpointFile !== undefined && seen?.size !== size) await writeCheckpointFile(checkpointFile, signed);
    this.#seen = signed;
    const at = clock();
    await database.query('INSERT INTO ledger_checkpoint (size, note, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      size,
      note,
      new Date(at),
    ]);
    this.#published.push({ size, at });
    await this.#thin(at);
    return signed;
  }

  /** A checkpoint a second would be more than the ledger of a small bank. */
  async #thin(now: number): Promise<void> {
    const gone: number[] = [];
    for (let next = this.#published[1]; next !== undefined && next.at < now - THINNED_AFTER_MS; next = this.#published[1]) {
      const { size, at } = this.#published.shift()!;
      if (Math.floor(at / PUBLIC_EVERY_MS) === Math.floor(next.at / PUBLIC_EVERY_MS)) gone.push(size);
    }
    for (const size of gone)
      await this.#options.database.query(
        'DELETE FROM ledger_checkpoint WHERE size = $1 AND size NOT IN (SELECT size FROM ledger_cosignature)',
        [size],
      );
  }
}

/** The error of a database whose ledger ends before what was signed. */
export const olderCopy = (size: number, signed: number) =>
  fail('ERR_LEDGER_OLDER_COPY', {}, { detail: `the database has ${size} entries, ${signed} were signed` });
