/**
 * A world whose database fails where a test says, and which another process can open.
 * @module
 */
import type { Database } from '../../packages/bank/src/store/database.js';
import { openPostgres } from '../../packages/bank/src/store/postgres.js';
import { createWorldOn, secondProcess, type World } from './calls.js';
import { createDatabase } from './databases.js';
import { type Fault, faulty } from './faults.js';
import { createTestDatabase, type Engine } from './stores.js';

export interface Stage {
  readonly world: World;
  readonly faults: { current: Fault };
  /** What another process opens on the same store. */
  readonly reopen: () => Promise<World>;
  readonly drop: () => Promise<void>;
}

/** @param engine - of the store */
export async function stageOn(engine: Engine): Promise<Stage> {
  let plain: Database;
  let again: () => Promise<Database>;
  let drop: () => Promise<void>;
  if (engine === 'pglite') {
    const test = await createTestDatabase(engine);
    plain = test.database;
    again = async () => ({ ...plain, close: async () => {} });
    drop = test.drop;
  } else {
    const { url, drop: dropDatabase } = await createDatabase();
    plain = await openPostgres(url);
    again = () => openPostgres(url);
    drop = () => plain.close().then(dropDatabase);
  }
  const { database, faults } = faulty(plain);
  const world = await createWorldOn(database, drop);
  return { world, faults, reopen: async () => secondProcess(world, await again()), drop: () => world.drop() };
}
