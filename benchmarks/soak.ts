/**
 * Memory of a gateway under full load for minutes on end, on PostgreSQL: whatever it kept too long would show here as a slope.
 * The load comes in slices of some seconds, with new grants every minute, so that caches fill and turn over as they do in use.
 */
import { openPostgres } from '@numbra/bank';
import { startPostgres } from '../tests/support/postgres.js';
import { Arena } from './resolver/arena.js';
import { postmasterOf, startChild } from './resolver/child.js';

const SLICE_MS = 5_000;
const SLICES_A_MINUTE = 60_000 / SLICE_MS;
const MEGABYTE = 1e6;
/** Compiled code, pools and caches fill first: each minute brings as many new grants as there are agents, and 5,000 are kept. */
const WARM_MINUTES = 3;
/** What lives at the end may be so many times what lived when it was warm. */
const MOST_GROWTH = 1.1;

const SCALE = { agents: 2_000, customers: 32_000, rounds: 1, sliceMs: SLICE_MS, warmSlices: 1, partMs: SLICE_MS };

interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/**
 * Loads a gateway and says what it holds after each minute.
 *
 * @param minutes - of load, after three to warm up
 * @returns whether memory stayed flat
 */
export async function soak(minutes: number): Promise<boolean> {
  const server = await startPostgres();
  const watch = await openPostgres(server.url);
  const child = await startChild();
  try {
    const [row] = await watch.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const arena = await Arena.open(child, SCALE, 'postgres', server.url, row && postmasterOf(row.pid));
    let warm: Memory | undefined;
    let last: Memory | undefined;
    for (let minute = 1; minute <= WARM_MINUTES + minutes; minute++) {
      let dials = 0;
      for (let i = 0; i < SLICES_A_MINUTE; i++) dials += (await arena.slice('dial')).answered;
      last = await arena.ask<Memory>({ act: 'memory' });
      if (minute === WARM_MINUTES) warm = last;
      process.stderr.write(
        `  minute ${minute}: ${dials} dials, ${(last.heap / MEGABYTE).toFixed(1)} MB live, ${(last.resident / MEGABYTE).toFixed(0)} MB resident\n`,
      );
      await arena.renew();
    }
    const growth = (last?.heap ?? Number.NaN) / (warm?.heap ?? Number.NaN);
    process.stdout.write(
      `memory after ${minutes} minutes of full load: ${growth.toFixed(3)} of what lived before; goal at most ${MOST_GROWTH}\n`,
    );
    return growth <= MOST_GROWTH;
  } finally {
    await child.stop();
    await watch.close();
    await server.stop();
  }
}
