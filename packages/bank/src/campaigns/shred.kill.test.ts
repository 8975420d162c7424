/** A shred that is killed, in a process of its own, at each of its steps; and then the next start. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Keyring, Sensitive } from '@numbra/core';
import { createPassphraseFile, openPassphraseFile } from '@numbra/keyrings/passphrase-file';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, testPolicy } from '../../../../tests/support/banks.js';
import { createDatabase } from '../../../../tests/support/databases.js';
import { addVendors, createCampaign } from '../../../../tests/support/lists.js';
import { type Bank, createBank, openBank } from '../bank.js';
import type { Database } from '../store/database.js';
import { openPGlite } from '../store/pglite.js';
import { openPostgres } from '../store/postgres.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
// Not through tsx's own command, which would start one more process and outlive the kill.
const child = [
  '--import',
  pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href,
  '--conditions=@numbra/source',
  join(root, 'tests/support/shred-child.ts'),
];
const passphrase = new Sensitive('a passphrase for tests');

/** Each moment, and whether the campaign is shredded when the kill comes. */
const MOMENTS = [
  ['before-add', false],
  ['after-add', false],
  ['in-transaction', false],
  ['after-commit', true],
  ['before-drop', true],
  ['after-drop', true],
] as const;

interface Opened {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly bank: Bank;
  close(): Promise<void>;
}

describe.each(engines)('a killed shred on %s', (engine) => {
  let folder: string;
  let store: string;
  let keyringFile: string;
  let drop = async () => {};

  const openStore = () => (engine === 'pglite' ? openPGlite(store) : openPostgres(store));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-shred-'));
    keyringFile = join(folder, 'keyring.json');
    store = join(folder, 'db');
    if (engine === 'postgres') ({ url: store, drop } = await createDatabase());
    const keyring = await createPassphraseFile(keyringFile, passphrase, { cost: { N: 2 ** 14, r: 8, p: 1 } });
    const database = await openStore();
    const bank = await createBank({ database, keyring, name: 'demo-bank', policy: await testPolicy() });
    await addVendors(bank);
    await createCampaign(bank, 'c-survivor');
    await bank.close();
    await database.close();
    keyring.close();
  });
  afterAll(async () => {
    await drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<Opened> {
    const keyring = await openPassphraseFile(keyringFile, passphrase);
    const database = await openStore();
    const bank = await openBank({ database, keyring });
    return {
      database,
      keyring,
      bank,
      async close() {
        await bank.close();
        await database.close();
        keyring.close();
      },
    };
  }

  const secretsOf = async (database: Database): Promise<Uint8Array[]> => {
    const rows = await database.query<{ wrapped: Uint8Array }>('SELECT wrapped FROM campaign_secret WHERE wrapped IS NOT NULL');
    return rows.map(({ wrapped }) => wrapped);
  };

  /** The signal that ended the process, or what it said. */
  const shredAndDie = (campaign: string, moment: string): Promise<string> =>
    new Promise((resolve) => {
      const order = JSON.stringify({ engine, store, keyring: keyringFile, campaign, moment });
      execFile(process.execPath, [...child, order], { env: { PATH: process.env['PATH'] } }, (error, _stdout, stderr) =>
        resolve(error?.signal ?? `ended by itself: ${stderr}`),
      );
    });

  it.each(MOMENTS)('%s: the next start finishes what was begun, and older copies open nothing', async (moment, isShredded) => {
    const id = `c-${moment}`;
    const before = await open();
    await createCampaign(before.bank, id);
    const dump = await secretsOf(before.database);
    await before.close();
    expect(await shredAndDie(id, moment)).toBe('SIGKILL');

    const killed = await openStore();
    dump.push(...(await secretsOf(killed)));
    await killed.close();

    const after = await open();
    expect(after.keyring.shredKeys).toBe(1);
    expect((await after.bank.campaigns.get(id))?.state).toBe(isShredded ? 'shredded' : 'open');
    for (const wrapped of await secretsOf(after.database)) expect(await after.keyring.unwrapSecret(wrapped)).toHaveLength(32);
    if (!isShredded) await after.bank.campaigns.shred(id);
    expect((await after.bank.campaigns.get(id))?.state).toBe('shredded');
    expect((await after.bank.campaigns.get('c-survivor'))?.state).toBe('open');
    const living = (await secretsOf(after.database)).map((wrapped) => Buffer.from(wrapped).toString('hex'));
    for (const wrapped of dump) {
      if (living.includes(Buffer.from(wrapped).toString('hex'))) continue; // a copy of today's wrap is no older copy
      await expect(() => after.keyring.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    }
    const bodies = await after.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    const about = bodies.map(({ body }) => parseEntry(body)).filter((entry) => entry.type === 'campaign.shredded' && entry.campaign === id);
    expect(about).toHaveLength(1);
    await after.close();
  });

  const whereStoresAreFolders = engine === 'pglite' ? it : () => {};
  whereStoresAreFolders('opens nothing from a copied folder of before the shred', async () => {
    const before = await open();
    await createCampaign(before.bank, 'c-copied');
    await before.close();
    await cp(store, join(folder, 'older'), { recursive: true });
    const today = await open();
    await today.bank.campaigns.shred('c-copied');
    const older = await openPGlite(join(folder, 'older'));
    const wrapped = await secretsOf(older);
    expect(wrapped.length).toBeGreaterThan(1);
    for (const one of wrapped) await expect(() => today.keyring.unwrapSecret(one)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    await older.close();
    await today.close();
  });
});
