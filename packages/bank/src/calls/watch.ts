/**
 * Watching calls until they are over. One look at the store for all that are being watched, at a fixed beat, whichever process the
 * carrier reported to; nobody watches, nobody looks. The beat is part of what is kept from vendors: an event's moment of arrival says
 * no more than its times do.
 * @module
 */
import { plainArray } from '../store/arrays.js';
import type { Queryable } from '../store/database.js';
import { isCallId } from './ids.js';
import { toTheMinute } from './read.js';

/** A call's end as its vendor is told it: no cause, no ring time. */
export interface CallEvent {
  readonly call_id: string;
  readonly state: 'answered' | 'busy' | 'not-reached' | 'ended';
  /** ISO 8601, UTC, to the minute. */
  readonly at: string;
  /** To ten seconds. */
  readonly talk_seconds?: number;
}

export type Watched =
  | { readonly outcome: 'watching'; readonly stop: () => void }
  /** No such call, or another vendor's: one answer. */
  | { readonly outcome: 'not-found' };

interface OverRow {
  readonly id: string;
  readonly state: string;
  readonly result: CallEvent['state'] | null;
  readonly at: Date;
  readonly talk_seconds: number | null;
}

export class CallWatch {
  readonly #database: Queryable;
  readonly #beatMs: number;
  readonly #watchers = new Map<string, Set<(event: CallEvent) => void>>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(database: Queryable, beatMs: number) {
    this.#database = database;
    this.#beatMs = beatMs;
  }

  /** Calls `tell` once, when the call is over. */
  async watch(callId: string, vendor: string, tell: (event: CallEvent) => void): Promise<Watched> {
    if (!isCallId(callId)) return { outcome: 'not-found' };
    const [own] = await this.#database.query('SELECT 1 FROM call WHERE id = $1 AND vendor = $2', [callId, vendor]);
    if (own === undefined) return { outcome: 'not-found' };
    const watchers = this.#watchers.get(callId) ?? new Set();
    watchers.add(tell);
    this.#watchers.set(callId, watchers);
    this.#timer ??= setInterval(() => void this.#look(), this.#beatMs).unref();
    return { outcome: 'watching', stop: () => this.#stop(callId, tell) };
  }

  close(): void {
    this.#watchers.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #stop(callId: string, tell: (event: CallEvent) => void): void {
    const watchers = this.#watchers.get(callId);
    watchers?.delete(tell);
    if (watchers?.size === 0) this.#watchers.delete(callId);
    if (this.#watchers.size === 0) this.close();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const over = await this.#database.query<OverRow>(
        `SELECT id, state, result, coalesce(ended_at, settled_at, at) AS at, talk_seconds FROM call
          WHERE id = ANY ($1::text::uuid[]) AND state IN ('ended', 'failed')`,
        [plainArray([...this.#watchers.keys()])],
      );
      for (const row of over) {
        const event = eventOf(row);
        for (const tell of this.#watchers.get(row.id) ?? []) tell(event);
        this.#watchers.delete(row.id);
      }
      if (this.#watchers.size === 0) this.close();
    } catch {
      // The next beat looks again.
    } finally {
      this.#looking = false;
    }
  }
}

function eventOf({ id, result, at, talk_seconds }: OverRow): CallEvent {
  return {
    call_id: id,
    state: result ?? 'not-reached', // failed: nothing rang
    at: toTheMinute(at),
    ...(talk_seconds !== null && { talk_seconds }),
  };
}
