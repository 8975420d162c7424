/**
 * Banks for tests, on both engines.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { type Bank, type CreateBankOptions, createBank, openPostgres } from '@numbra/bank';
import { createMemoryKeyring, type Keyring } from '@numbra/core';
import { createTestDatabase, type Engine, type TestDatabase } from './stores.js';

export { createTestDatabase, type Engine, engines, type TestDatabase } from './stores.js';

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

/** A bank on an engine, or in an empty database at an address; `options` overrides what it is created with. */
export async function createTestBank(
  engine: Engine | { readonly url: string },
  options: Partial<CreateBankOptions> = {},
): Promise<TestBank> {
  const { database, drop } = typeof engine === 'string' ? await createTestDatabase(engine) : await databaseAt(engine.url);
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

async function databaseAt(url: string): Promise<TestDatabase> {
  const database = await openPostgres(url);
  return { database, drop: () => database.close() };
}
