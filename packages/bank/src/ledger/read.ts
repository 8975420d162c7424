/**
 * Reading the stored ledger: entries by position, tiles by their coordinates. Full bundles and tiles never change and are
 * kept in memory; what is not full yet comes from the head.
 *
 * Nothing is believed because it is stored: proofs are made from tiles that are checked up to a signed root.
 * @module
 */
import { bundleEntries, leafHash, type TileSource } from '@numbra/ledger';
import { LRUCache } from 'lru-cache';
import { fail } from '../errors.js';
import { plainArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { type Head, readHead } from './head.js';
import { sha256 } from './sha256.js';

const WIDTH = 256;
const HASH_BYTES = 32;
/** 1 MB of tiles: mirrors read the newest ones again and again. Proofs keep theirs with the nodes above them. */
const TILES_KEPT = 128;

export class LedgerReader implements TileSource {
  readonly #database: Queryable;
  readonly #tiles = new LRUCache<string, Uint8Array>({ max: TILES_KEPT });
  /** The tile of the newest tail read, by ledger size: entries never change, so it stays right. */
  #tail: { readonly size: number; readonly tile: Uint8Array } | undefined;

  constructor(database: Queryable) {
    this.#database = database;
  }

  head(): Promise<Head> {
    return readHead(this.#database);
  }

  /** When the oldest entry without a position was made, in milliseconds since the epoch. It stands in no column: the entry says it. */
  async oldestPending(): Promise<number | undefined> {
    const [row] = await this.#database.query<{ body: string }>(
      'SELECT p.body FROM ledger_pending p, ledger_head h WHERE p.id <> ALL (h.tail) ORDER BY p.id LIMIT 1',
    );
    return row && Date.parse(/"at":"([^"]*)"/.exec(row.body)?.[1] ?? '');
  }

  /**
   * One hash tile.
   *
   * @returns at least `width` hashes of 32 bytes (the last tile of a level may meanwhile be longer), or `undefined`
   */
  async tile(level: number, n: number, width: number): Promise<Uint8Array | undefined> {
    const key = `${level}/${n}`;
    const kept = this.#tiles.get(key);
    // A tile that was read before it was full holds what it held then.
    if (kept !== undefined && kept.length >= width * HASH_BYTES) return kept;
    const stored = await this.#stored(level, n);
    if (stored !== undefined && stored.length >= width * HASH_BYTES) {
      this.#tiles.set(key, stored);
      return stored;
    }
    if (level > 0) return undefined;
    return (await this.#fromTail(n, width)) ?? this.#stored(level, n); // it became full between the two looks
  }

  /** Reads what an inclusion proof passes through, from the leaf and from the right edge up to the root, in one statement. */
  async prefetch(position: number, size: number): Promise<void> {
    const wanted = new Map<string, { readonly level: number; readonly n: number }>();
    for (let level = 0, under = WIDTH; ; level++, under *= WIDTH) {
      const edge = Math.floor((size - 1) / under);
      for (const n of [Math.floor(position / under), edge]) {
        if (!this.#tiles.has(`${level}/${n}`)) wanted.set(`${level}/${n}`, { level, n });
      }
      if (edge === 0) break;
    }
    if (wanted.size < 2) return;
    const tiles = [...wanted.values()];
    const rows = await this.#database.query<{ level: number; n: bigint; data: Uint8Array }>(
      `SELECT t.level, t.n, t.data FROM unnest($1::text::smallint[], $2::text::bigint[]) AS a (level, n)
         JOIN ledger_tile t ON t.level = a.level AND t.n = a.n`,
      [plainArray(tiles.map(({ level }) => level)), plainArray(tiles.map(({ n }) => n))],
    );
    for (const { level, n, data } of rows) this.#tiles.set(`${level}/${n}`, data);
  }

  async #stored(level: number, n: number): Promise<Uint8Array | undefined> {
    const [row] = await this.#database.query<{ data: Uint8Array }>('SELECT data FROM ledger_tile WHERE level = $1 AND n = $2', [level, n]);
    return row?.data;
  }

  async #fromTail(n: number, width: number): Promise<Uint8Array | undefined> {
    const first = n * WIDTH;
    const kept = this.#tail;
    if (kept === undefined || kept.size - (kept.size % WIDTH) !== first || kept.size < first + width) {
      const { size, tail } = await this.head();
      const tile = new Uint8Array(tail.length * HASH_BYTES);
      tail.forEach(({ body }, i) => {
        tile.set(leafHash(sha256, body), i * HASH_BYTES);
      });
      this.#tail = { size, tile };
    }
    const { size, tile } = this.#tail!;
    return size - (size % WIDTH) === first && tile.length >= width * HASH_BYTES ? tile : undefined;
  }

  /**
   * One entry.
   *
   * @throws `ERR_LEDGER_NO_ENTRY`: nothing was sequenced at this position yet
   */
  async entry(position: number): Promise<string> {
    if (!Number.isSafeInteger(position) || position < 0) throw fail('ERR_LEDGER_NO_ENTRY');
    const n = Math.floor(position / WIDTH);
    const line = (position % WIDTH) + 1;
    const inBundle = async (): Promise<string | undefined> =>
      // Cut by the database: a bundle is about 80 KB.
      (
        await this.#database.query<{ body: string }>(`SELECT split_part(data, E'\\n', $2) AS body FROM ledger_bundle WHERE n = $1`, [
          n,
          line,
        ])
      )[0]?.body;
    const body = (await inBundle()) ?? (await this.#tailEntry(position)) ?? (await inBundle());
    if (body === undefined || body === '') throw fail('ERR_LEDGER_NO_ENTRY');
    return body;
  }

  async #tailEntry(position: number): Promise<string | undefined> {
    const { size, tail } = await this.head();
    return tail[position - (size - tail.length)]?.body;
  }

  /**
   * The first `width` entries of a bundle.
   *
   * @returns `undefined` when it has fewer
   */
  async bundle(n: number, width: number): Promise<string[] | undefined> {
    const full = async (): Promise<string[] | undefined> => {
      const [row] = await this.#database.query<{ data: string }>('SELECT data FROM ledger_bundle WHERE n = $1', [n]);
      return row && bundleEntries(row.data).slice(0, width);
    };
    const stored = await full();
    if (stored !== undefined) return stored;
    const { size, tail } = await this.head();
    const first = size - tail.length;
    if (first > n * WIDTH) return full();
    return first === n * WIDTH && tail.length >= width ? tail.slice(0, width).map(({ body }) => body) : undefined;
  }
}
