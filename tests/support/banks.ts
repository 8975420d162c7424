/**
 * Banks for tests, on both engines. A new PGlite takes seconds, so a test process makes one, dumps it, and starts all others
 * from the dump.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { type Bank, type CreateBankOptions, createBank, type Database, openPGlite, openPostgres } from '@numbra/bank';
import { createMemoryKeyring, type Keyring } from '@numbra/core';
import { createDatabase } from './databases.js';

export const engines = ['pglite', 'postgres'] as const;
export type Engine = (typeof engines)[number];

let dump: Promise<Blob> | undefined;

async function emptyDataDirectory(): Promise<Blob> {
  const database = await PGlite.create();
  const blob = await database.dumpDataDir('none');
  await database.close();
  return blob;
}

export interface TestDatabase {
  readonly database: Database;
  /** Closes and removes it. */
  drop(): Promise<void>;
}

/** An empty database, without schema. */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  if (engine === 'pglite') {
    dump ??= emptyDataDirectory();
    const database = await openPGlite(undefined, { dump: await dump });
    return { database, drop: () => database.close() };
  }
  const { url, drop } = await createDatabase();
  const database = await openPostgres(url);
  return {
    database,
    async drop() {
      await database.close();
      await drop();
    },
  };
}

/** A keyring whose root is 00…1f and whose shred key is 40…5f. */
export function testKeyring(): Keyring {
  const from = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => first + i);
  return createMemoryKeyring(from(0), [from(0x40)]);
}

/** The policy of `policy.yaml` beside this file: bank `demo-bank`, vendors `vendor-a` and `vendor-b`. */
export const testPolicy = (): Promise<string> => readFile(new URL('./policy.yaml', import.meta.url), 'utf8');

export interface TestBank extends TestDatabase {
  readonly bank: Bank;
  readonly keyring: Keyring;
}

/** A bank on an engine; `options` overrides what it is created with. */
export async function createTestBank(engine: Engine, options: Partial<CreateBankOptions> = {}): Promise<TestBank> {
  const { database, drop } = await createTestDatabase(engine);
  const keyring = testKeyring();
  const bank = await createBank({ database, keyring, name: 'demo-bank', policy: await testPolicy(), ...options });
  return {
    bank,
    database,
    keyring,
    async drop() {
      await bank.close();
      await drop();
    },
  };
}
