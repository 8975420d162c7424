/**
 * Publishing: commit → sign the committed head → checkpoint file beside the keyring, on disk → insert the checkpoint →
 * serve. Never the other way round: a note that leaves before a commit which then fails is a fork signed by the bank.
 *
 * Ed25519 is deterministic, so that two gateways, or one after a crash, sign a head to the same bytes.
 * @module
 */
import { openTiles, signCheckpoint, type TileCache } from '@numbra/ledger';
import { LRUCache } from 'lru-cache';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';
import { openSigned, readCheckpointFile, type SignedCheckpoint, writeCheckpointFile } from './checkpoint-file.js';
import type { LogKey } from './log-key.js';
import type { LedgerReader } from './read.js';
import { sha256 } from './sha256.js';

export interface PublisherOptions {
  readonly database: Queryable;
  readonly reader: LedgerReader;
  readonly cache: TileCache;
  readonly key: LogKey;
  readonly checkpointFile: string | undefined;
  readonly clock: () => number;
}

/** Public checkpoints come once a minute: a vendor who watches the size must not count the entries of its own request. */
const PUBLIC_EVERY_MS = 60_000;
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

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get reader(): LedgerReader {
    return this.#options.reader;
  }

  /** The largest checkpoint seen: from the file beside the keyring, then from what this process published or read. */
  async seen(): Promise<SignedCheckpoint | undefined> {
    const { checkpointFile, key } = this.#options;
    if (!this.#looked) {
      this.#seen = checkpointFile === undefined ? undefined : await readCheckpointFile(checkpointFile, key);
      this.#looked = true;
    }
    return this.#seen;
  }

  /** The newest checkpoint of the store. */
  async newest(): Promise<SignedCheckpoint | undefined> {
    return this.#one('SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1');
  }

  /** The newest checkpoint of an earlier minute; before there is one, the oldest. */
  async newestPublic(): Promise<SignedCheckpoint | undefined> {
    const now = this.#options.clock();
    const minute = new Date(now - (now % PUBLIC_EVERY_MS));
    return (
      (await this.#one('SELECT note FROM ledger_checkpoint WHERE at < $1 ORDER BY size DESC LIMIT 1', minute)) ??
      this.#one('SELECT note FROM ledger_checkpoint ORDER BY size LIMIT 1')
    );
  }

  /** The checkpoint of one size. */
  async ofSize(size: number): Promise<SignedCheckpoint | undefined> {
    return this.#one('SELECT note FROM ledger_checkpoint WHERE size = $1', size);
  }

  async #one(sql: string, value?: number | Date): Promise<SignedCheckpoint | undefined> {
    const [row] = await this.#options.database.query<{ note: string }>(sql, value === undefined ? [] : [value]);
    if (row === undefined) return undefined;
    const known = this.#opened.get(row.note);
    if (known !== undefined) return known;
    const signed = openSigned(row.note, this.#options.key);
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

  async #assertContinues(head: { readonly size: number; readonly root: Uint8Array }): Promise<void> {
    const seen = await this.seen();
    if (seen === undefined || seen.size === 0) return;
    if (head.size < seen.size) throw olderCopy(head.size, seen.size);
    const { reader, cache } = this.#options;
    const root = head.size === seen.size ? head.root : await openTiles(sha256, reader, head, { cache }).rootAt(seen.size);
    if (Buffer.compare(root, seen.root) !== 0) throw fail('ERR_LEDGER_OTHER_COPY');
  }

  /**
   * Signs and publishes the committed head, if that has not been done.
   *
   * @throws as `assertCurrent`; then nothing was signed
   * @throws `ERR_LEDGER_CHECKPOINT_FILE_WRITE`: signed, not published
   */
  async publish(): Promise<SignedCheckpoint> {
    const { database, reader, key, checkpointFile, clock } = this.#options;
    const { size, root } = await reader.head();
    const seen = await this.seen();
    if (seen?.size === size && (await this.newest())?.size === size && Buffer.compare(seen.root, root) === 0) return seen;
    await this.#assertContinues({ size, root });
    const note = signCheckpoint({ origin: key.origin, size, root }, key.signer);
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
    for (const size of gone) await this.#options.database.query('DELETE FROM ledger_checkpoint WHERE size = $1', [size]);
  }
}

/** The error of a database whose ledger ends before what was signed. */
export const olderCopy = (size: number, signed: number) =>
  fail('ERR_LEDGER_OLDER_COPY', {}, { detail: `the database has ${size} entries, ${signed} were signed` });
