/**
 * Hearing notifications of a PostgreSQL server: a connection that only listens, made again whenever it is lost.
 * @module
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
import pg from 'pg';
import { storeError } from './store-error.js';

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** As `Database.listen` says. @throws `ERR_STORE_UNREACHABLE`: the first connection failed */
export async function listenOn(
  config: pg.ClientConfig,
  channel: string,
  handler: (payload: string | undefined) => void,
): Promise<() => Promise<void>> {
  let stopped = false;
  let pause = SHORTEST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ ...config, keepAlive: true });
    let lost = false;
    const onLost = (): void => {
      if (lost || stopped) return;
      lost = true;
      void fresh.end().catch(() => {});
      again();
    };
    fresh.on('notification', ({ payload }) => handler(payload));
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      fresh.on('error', () => {});
      void fresh.end().catch(() => {});
      throw storeError(error);
    }
    fresh.on('error', onLost);
    fresh.on('end', onLost);
    return fresh;
  }

  function again(): void {
    timer = setTimeout(async () => {
      try {
        const next = await connect();
        if (stopped) return void next.end().catch(() => {});
        client = next;
        pause = SHORTEST_PAUSE_MS;
        handler(undefined);
      } catch {
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        if (!stopped) again();
      }
    }, pause).unref();
  }

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client.end().catch(() => {});
  };
}
