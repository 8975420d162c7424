/**
 * The stored ledger: acts append (append.ts), one sequencer gives positions (sequencer.ts), checkpoints are signed and
 * published (publish.ts), anyone proves (here) and verifies (verify.ts). See README.md for the life of one entry.
 * @module
 */
import { createTileCache, openTiles, type TileTree, tileWidth } from '@numbra/ledger';
import { LRUCache } from 'lru-cache';
import { fail } from '../errors.js';
import type { Database } from '../store/database.js';
import type { SignedCheckpoint } from './checkpoint-file.js';
import type { LogKey } from './log-key.js';
import { Publisher } from './publish.js';
import { LedgerReader } from './read.js';
import { Runner } from './run.js';
import { sha256 } from './sha256.js';
import { candidatePositions, exportIn, exportMark, subjectsIn } from './subjects.js';
import { type Verification, verifyStored } from './verify.js';

export interface LedgerOptions {
  readonly database: Database;
  readonly origin: string;
  readonly key: LogKey;
  /** The file beside the keyring that keeps the last signed checkpoint. */
  readonly checkpointFile?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
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
  /** Refuses a database that was restored from an older copy. @throws `ERR_LEDGER_OLDER_COPY`, `ERR_LEDGER_OTHER_COPY` */
  assertCurrent(): Promise<void>;
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
  /** Verifies the whole ledger: see verify.ts for what it throws. */
  verify(options?: { readonly onProgress?: (entries: number, of: number) => void }): Promise<Verification>;
  close(): Promise<void>;
}

/** Opens the ledger of a bank. Reads nothing and starts nothing yet. */
export function openLedger({ database, key, checkpointFile, clock }: LedgerOptions): Ledger {
  const reader = new LedgerReader(database);
  const cache = createTileCache();
  const publisher = new Publisher({ database, reader, key, checkpointFile, clock, cache });
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

  return {
    origin: key.origin,
    verifierKey: key.verifierKey,
    async sequence() {
      const { checkpoint, added } = await runner.run();
      return { size: checkpoint.size, added };
    },
    start: (options = {}) => runner.start(options.everyMs ?? 1_000, options.onError ?? (() => {})),
    stop: () => runner.stop(),
    checkpoint: async () => (await newest()).note,
    publicCheckpoint: async () => (await newestPublic()).note,
    assertCurrent: () => publisher.assertCurrent(),
    async oldestPendingMs() {
      const at = await reader.oldestPending();
      return at === undefined ? 0 : Math.max(1, clock() - at);
    },
    entry: (position) => reader.entry(position),
    async proof(position, size) {
      const signed = await signedOf(size);
      if (!Number.isSafeInteger(position) || position < 0 || position >= signed.size) throw fail('ERR_LEDGER_NO_ENTRY');
      const { proof } = await treeOf(signed).inclusion(position);
      return { index: position, size: signed.size, entry: await reader.entry(position), proof, checkpoint: signed.note };
    },
    async consistency(from, to) {
      const signed = await signedOf(to);
      if (!Number.isSafeInteger(from) || from < 0 || from > signed.size) throw fail('ERR_LEDGER_NO_ENTRY');
      return { size: signed.size, proof: await treeOf(signed).consistency(from), checkpoint: signed.note };
    },
    async tile(level, n, width) {
      if (width < 1 || width > tileWidth(level, n, (await newestPublic()).size)) return undefined;
      return (await reader.tile(level, n, width))?.subarray(0, width * 32);
    },
    async bundle(n, width) {
      if (width < 1 || width > tileWidth(0, n, (await newestPublic()).size)) return undefined;
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
    verify: async (options = {}) => verifyStored({ database, key, seen: await publisher.seen(), onProgress: options.onProgress }),
    async close() {
      await runner.stop();
      await runner.close();
    },
  };
}
