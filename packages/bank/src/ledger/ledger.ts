/**
 * The stored ledger: acts append (append.ts), one sequencer gives positions (sequencer.ts), checkpoints are signed and
 * published (publish.ts), anyone proves (here) and verifies (verify.ts). See README.md for the life of one entry.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { createTileCache, openTiles, type TileTree, tileWidth } from '@numbra/ledger';
import { LRUCache } from 'lru-cache';
import { fail } from '../errors.js';
import type { Database } from '../store/database.js';
import { openSigned, type SignedCheckpoint } from './checkpoint-file.js';
import { assertDurable } from './durable.js';
import { type LogKey, publishedLogKeys } from './log-key.js';
import { Publisher } from './publish.js';
import { LedgerReader } from './read.js';
import type { AcceptedRestore } from './restored.js';
import { Runner } from './run.js';
import { sha256 } from './sha256.js';
import { candidatePositions, exportIn, exportMark, subjectsIn } from './subjects.js';
import { type Verification, verifyStored } from './verify.js';
import { type Witnesses, witnessesOf } from './witnesses.js';

export interface LedgerOptions {
  readonly database: Database;
  readonly origin: string;
  readonly key: LogKey;
  /** Looks the key up again, after a rotation. */
  readonly reloadKey?: () => Promise<LogKey>;
  /** The file beside the keyring that keeps the last signed checkpoint. */
  readonly checkpointFile?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

/** An entry, and the proof that it is in the ledger of a signed checkpoint. */
export interface EntryProof {
  readonly index: number;
  readonly size: number;
  /** Canonical JSON. */
  readonly entry: string;
  /** Hashes from the leaf's sibling up (RFC 6962 § 2.1.1). */
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

export interface Ledger {
  readonly origin: string;
  /** `ORIGIN+ID+KEY` for those who verify (C2SP signed note). */
  readonly verifierKey: string;
  /** That one, and those that signed before it, newest first: for older checkpoints. */
  verifierKeys(): Promise<string[]>;
  /** Gives everything queued its position and publishes a checkpoint over it. Calls that come together share a run. */
  sequence(): Promise<{ readonly size: number; readonly added: number }>;
  /** Sequences every second from now on. Never throws; `onError` is told what failed, and the next second tries again. */
  start(options?: { readonly everyMs?: number; readonly onError?: (error: unknown) => void }): void;
  /** Ends that, after the round under way. */
  stop(): Promise<void>;
  /** The newest signed checkpoint. */
  checkpoint(): Promise<string>;
  /** The newest one of an earlier minute: what the public is shown. */
  publicCheckpoint(): Promise<string>;
  /** The newest checkpoint that a witness cosigned; `undefined`: none did. */
  cosignedCheckpoint(): Promise<{ readonly size: number; readonly checkpoint: string } | undefined>;
  /** Who is asked to cosign checkpoints. */
  readonly witnesses: Witnesses;
  /**
   * Refuses a database that was restored from an older copy, or that may forget what it committed.
   * @throws `ERR_LEDGER_OLDER_COPY`, `ERR_LEDGER_OTHER_COPY`, `ERR_STORE_NOT_DURABLE`
   */
  assertCurrent(): Promise<void>;
  /** What a restored copy lacks: its own head, and the checkpoint beside the keyring. `undefined`: the ledger is current. */
  lost(): Promise<AcceptedRestore | undefined>;
  /** Looks up which keys sign now, after a rotation. */
  reloadKey(): Promise<void>;
  /** How long the oldest queued entry waits for its position; 0: none waits. From 60,000 on it is an alert. */
  oldestPendingMs(): Promise<number>;
  /** @throws `ERR_LEDGER_NO_ENTRY` */
  entry(position: number): Promise<string>;
  /** Proves one entry, against the newest checkpoint or the one of a size. @throws `ERR_LEDGER_NO_ENTRY` */
  proof(position: number, size?: number): Promise<EntryProof>;
  /** Proves that a ledger of `from` entries is the beginning of the newest checkpoint's, or of that of a size. */
  consistency(
    from: number,
    to?: number,
  ): Promise<{ readonly size: number; readonly proof: readonly Uint8Array[]; readonly checkpoint: string }>;
  /** A hash tile within the public checkpoint, `width` hashes of 32 bytes; `undefined`: there is none. */
  tile(level: number, n: number, width: number): Promise<Uint8Array | undefined>;
  /** The first `width` entries of a bundle within the public checkpoint; `undefined`: there is none. For auditors only. */
  bundle(n: number, width: number): Promise<readonly string[] | undefined>;
  /** Where subjects of 16 bytes stand; by subject in base64url, positions rising. Subjects that stand nowhere are left out. */
  positionsOf(subjects: readonly Uint8Array[]): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Where the entry stands that makes or abandons an export; `undefined`: nowhere yet. */
  positionOfExport(id: string): Promise<number | undefined>;
  /**
   * Verifies the whole ledger: see verify.ts for what it throws.
   *
   * @param options - `seen`: a signed checkpoint kept elsewhere (by a witness, an auditor, in a receipt), besides the one beside the keyring
   * @throws `ERR_NOTE_…`: `seen` is no checkpoint of this ledger
   */
  verify(options?: { readonly seen?: string; readonly onProgress?: (entries: number, of: number) => void }): Promise<Verification>;
  close(): Promise<void>;
}

/** Opens the ledger of a bank. Reads nothing and starts nothing yet. */
export function openLedger({ database, key, reloadKey, checkpointFile, clock, random = randomBytes }: LedgerOptions): Ledger {
  const reader = new LedgerReader(database);
  const cache = createTileCache();
  const publisher = new Publisher({ database, reader, key, reloadKey, checkpointFile, clock, cache });
  const runner = new Runner({ database, publisher, clock });
  const trees = new LRUCache<string, TileTree>({ max: 4 });
  const treeOf = (signed: SignedCheckpoint): TileTree => {
    const known = trees.get(signed.note);
    if (known !== undefined) return known;
    const tree = openTiles(sha256, reader, signed, { cache });
    trees.set(signed.note, tree);
    return tree;
  };

  async function newest(): Promise<SignedCheckpoint> {
    return (await publisher.newest()) ?? (await runner.run()).checkpoint;
  }

  async function signedOf(size: number | undefined): Promise<SignedCheckpoint> {
    const signed = size === undefined ? await newest() : await publisher.ofSize(size);
    if (signed === undefined) throw fail('ERR_LEDGER_NO_ENTRY');
    return signed;
  }

  async function newestPublic(): Promise<SignedCheckpoint> {
    return (await publisher.newestPublic()) ?? newest();
  }

  /** Hashes are shown up to what witnesses are asked for: the checkpoint that everybody is shown may wait for them. */
  async function publicSize(): Promise<number> {
    return ((await publisher.candidate()) ?? (await newest())).size;
  }

  return {
    origin: key.origin,
    get verifierKey() {
      return publisher.key.verifierKey;
    },
    verifierKeys: () => publishedLogKeys(database),
    async sequence() {
      const { checkpoint, added } = await runner.run();
      return { size: checkpoint.size, added };
    },
    start: (options = {}) => runner.start(options.everyMs ?? 1_000, options.onError ?? (() => {})),
    stop: () => runner.stop(),
    checkpoint: async () => (await newest()).note,
    publicCheckpoint: async () => (await newestPublic()).note,
    async cosignedCheckpoint() {
      const signed = await publisher.newestCosigned();
      return signed && { size: signed.size, checkpoint: signed.note };
    },
    witnesses: witnessesOf({ database, publisher, clock, random, consistency: (from, to) => treeOf(to).consistency(from) }),
    async assertCurrent() {
      await assertDurable(database);
      await publisher.assertCurrent();
    },
    lost: () => publisher.lost(),
    reloadKey: () => publisher.reloadKey(),
    async oldestPendingMs() {
      const at = await reader.oldestPending();
      return at === undefined ? 0 : Math.max(1, clock() - at);
    },
    entry: (position) => reader.entry(position),
    async proof(position, size) {
      const signed = await signedOf(size);
      if (!Number.isSafeInteger(position) || position < 0 || position >= signed.size) throw fail('ERR_LEDGER_NO_ENTRY');
      const [entry, { proof }] = await Promise.all([
        reader.entry(position),
        reader.prefetch(position, signed.size).then(() => treeOf(signed).inclusion(position)),
      ]);
      return { index: position, size: signed.size, entry, proof, checkpoint: signed.note };
    },
    async consistency(from, to) {
      const signed = await signedOf(to);
      if (!Number.isSafeInteger(from) || from < 0 || from > signed.size) throw fail('ERR_LEDGER_NO_ENTRY');
      return { size: signed.size, proof: await treeOf(signed).consistency(from), checkpoint: signed.note };
    },
    async tile(level, n, width) {
      if (width < 1 || width > tileWidth(level, n, await publicSize())) return undefined;
      return (await reader.tile(level, n, width))?.subarray(0, width * 32);
    },
    async bundle(n, width) {
      if (width < 1 || width > tileWidth(0, n, await publicSize())) return undefined;
      return reader.bundle(n, width);
    },
    async positionsOf(subjects) {
      const wanted = new Set(subjects.map((subject) => Buffer.from(subject).toString('base64url')));
      const found = new Map<string, number[]>();
      for (const position of await candidatePositions(database, subjects)) {
        for (const subject of subjectsIn(await reader.entry(position))) {
          if (wanted.has(subject)) found.set(subject, [...(found.get(subject) ?? []), position]);
        }
      }
      return found;
    },
    async positionOfExport(id) {
      for (const position of await candidatePositions(database, [exportMark(id)])) {
        if (exportIn(await reader.entry(position)) === id) return position;
      }
      return undefined;
    },
    async verify({ seen, onProgress } = {}) {
      const kept = await publisher.seen();
      const given = seen === undefined ? [] : [openSigned(seen, publisher.key)];
      return verifyStored({ database, key: publisher.key, seen: [...(kept === undefined ? [] : [kept]), ...given], onProgress });
    },
    async close() {
      await runner.stop();
      await runner.close();
    },
  };
}
