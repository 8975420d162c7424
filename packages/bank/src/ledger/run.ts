/**
 * Runs sequencer and publisher: on demand, and every second. One run at a time in a process; a call that comes during a run
 * gets the next one, which surely sees what the caller has committed.
 * @module
 */
import type { Database, Session } from '../store/database.js';
import type { SignedCheckpoint } from './checkpoint-file.js';
import type { Publisher } from './publish.js';
import { Sequencer } from './sequencer.js';

export interface RunnerOptions {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly clock: () => number;
}

export interface Run {
  readonly added: number;
  readonly checkpoint: SignedCheckpoint;
}

/** Entries a round: 8,192 on a server; less on PGlite, whose one connection everybody shares. */
const BATCH = { postgres: 8_192, pglite: 2_048 } as const;
const VACUUM_AFTER = { postgres: 20_000, pglite: 0 } as const;
/** Any number that no other program on the server takes: "nuledger" in ASCII. */
const LOCK = 0x6e756c6564676572n;
/** Who holds the lock and does not work (a pooler's forgotten connection) is passed over after this: the head keeps us apart. */
const PATIENCE_MS = 10_000;
/** Rounds lost to another sequencer, one after the other, before this run gives way. */
const LOSSES = 8;

export class Runner {
  readonly #options: RunnerOptions;
  readonly #sequencer: Sequencer;
  #session: Promise<Session> | undefined;
  #running: Promise<Run> | undefined;
  #next: Promise<Run> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #everyMs: number | undefined;
  /** The database was held against the checkpoint beside the keyring: nothing gets a position in a restored older copy. */
  #current = false;

  constructor(options: RunnerOptions) {
    const { kind } = options.database;
    this.#options = options;
    this.#sequencer = new Sequencer({ batch: BATCH[kind], vacuumAfter: VACUUM_AFTER[kind], clock: options.clock });
  }

  /** Drains the queue and publishes. What was committed before the call is covered by the checkpoint. */
  run(): Promise<Run> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<Run> {
    const running = this.#drain('wait').finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  start(everyMs: number, onError: (error: unknown) => void): void {
    if (this.#everyMs !== undefined) return;
    this.#everyMs = everyMs;
    const tick = async (): Promise<void> => {
      this.#timer = undefined;
      try {
        if (this.#running === undefined) {
          const running = this.#drain('give way').finally(() => {
            if (this.#running === running) this.#running = undefined;
          });
          this.#running = running;
          await running;
        }
      } catch (error) {
        onError(error);
      }
      if (this.#everyMs !== undefined) this.#timer = setTimeout(() => void tick(), this.#everyMs).unref();
    };
    void tick();
  }

  async stop(): Promise<void> {
    this.#everyMs = undefined;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
    await this.#next?.catch(() => {});
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.close();
  }

  /** @param manner - `give way`: another gateway that holds the lock does the work; `wait`: the caller wants it done */
  async #drain(manner: 'wait' | 'give way'): Promise<Run> {
    try {
      if (!this.#current) await this.#options.publisher.assertCurrent();
      this.#current = true;
      this.#session ??= this.#options.database.connect();
      const session = await this.#session;
      const added = manner === 'wait' || (await this.#mine(session)) ? await this.#rounds(session) : 0;
      const checkpoint = await this.#options.publisher.publish();
      return { added, checkpoint };
    } catch (error) {
      // The connection may be gone, and with it the lock: begin anew.
      await this.close().catch(() => {});
      throw error;
    }
  }

  async #rounds(session: Session): Promise<number> {
    let added = 0;
    for (let losses = 0; losses < LOSSES; ) {
      const round = await this.#sequencer.round(session);
      if (round.outcome === 'lost') {
        losses++;
        continue;
      }
      losses = 0;
      added += round.added;
      if (round.added === 0) break;
      await this.#sequencer.vacuum(session);
    }
    return added;
  }

  /** A courtesy: two gateways do not do the same work. Taking a lock that one holds counts up, so it is asked for once. */
  async #mine(session: Session): Promise<boolean> {
    if (this.#options.database.kind === 'pglite') return true;
    const [row] = await session.query<{ mine: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
                         AND (classid::bigint << 32) | objid::bigint = $1)
              OR pg_try_advisory_lock($1) AS mine`,
      [LOCK],
    );
    if (row?.mine === true) return true;
    const oldest = await this.#options.publisher.reader.oldestPending();
    return oldest !== undefined && this.#options.clock() - oldest >= PATIENCE_MS;
  }
}
