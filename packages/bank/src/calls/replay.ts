/**
 * Seen before? One atomic insert answers for many proofs and assertions at once. The caller has made all other checks: a proof
 * that is refused for another reason is not burnt.
 * @module
 */
import { bytesArray, plainArray } from '../store/arrays.js';
import type { Database, Queryable, Session } from '../store/database.js';
import { Gatherer } from './gather.js';

export interface ReplayKey {
  /** 16 bytes: `replayKey` of a verified proof or assertion. */
  readonly key: Uint8Array;
  /** Milliseconds since 1970: from then on the proof is too old anyway. */
  readonly expiresAt: number;
}

/**
 * Records keys, in one statement.
 *
 * @returns for each, in order, whether it was seen for the first time; of equal keys the first one was
 */
export async function recordReplays(queryable: Queryable, keys: readonly ReplayKey[]): Promise<boolean[]> {
  const ids = keys.map(({ key }) => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex'));
  const rows = await queryable.query<{ key: string }>(
    `INSERT INTO replay (key, expires_at)
     SELECT DISTINCT ON (k) encode(k, 'hex')::uuid, to_timestamp(e / 1000.0)
       FROM unnest($1::text::bytea[], $2::text::bigint[]) AS t (k, e) ORDER BY k
     ON CONFLICT (key) DO NOTHING RETURNING replace(key::text, '-', '') AS key`,
    [bytesArray(keys.map(({ key }) => key)), plainArray(keys.map(({ expiresAt }) => Math.ceil(expiresAt)))],
  );
  const first = new Set(rows.map(({ key }) => key));
  return ids.map((id) => first.delete(id));
}

interface WaitingKey extends ReplayKey {
  readonly resolve: (first: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys in one statement at most. */
const BATCH_KEYS = 256;

/** Records replay keys as they come, gathered, on a connection of its own. */
export class ReplayDesk {
  readonly #database: Database;
  readonly #gatherer: Gatherer<WaitingKey>;
  #session: Session | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#gatherer = new Gatherer({ items: BATCH_KEYS, riders: 0, run: (waiting) => this.#run(waiting) });
  }

  /**
   * Records one key.
   *
   * @returns whether it was seen for the first time; nothing may be done for a caller before this is known
   */
  record(key: ReplayKey): Promise<boolean> {
    return new Promise((resolve, reject) => this.#gatherer.add({ ...key, resolve, reject }));
  }

  async close(): Promise<void> {
    await this.#gatherer.whenIdle();
    await this.#session?.close();
    this.#session = undefined;
  }

  async #run(waiting: readonly WaitingKey[]): Promise<void> {
    try {
      this.#session ??= await this.#database.connect();
      const first = await recordReplays(this.#session, waiting);
      waiting.forEach(({ resolve }, i) => {
        resolve(first[i] === true);
      });
    } catch (error) {
      // The statement may have been carried out, so these proofs are neither first nor replayed; the next ones get a new connection.
      const session = this.#session;
      this.#session = undefined;
      void session?.close().catch(() => {});
      for (const { reject } of waiting) reject(error);
    }
  }
}
