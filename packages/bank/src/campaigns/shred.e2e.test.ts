import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryKeyring, type Keyring, type KeyringSecrets } from '@numbra/core';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import {
  addVendors,
  callRow,
  createCampaign,
  type DeliveredRow,
  exportRows,
  lendGrants,
  RecordingCarrier,
  uncappedPolicy,
} from '../../../../tests/support/lists.js';
import { mortalDatabase } from '../../../../tests/support/mortal-database.js';
import { type Bank, openBank } from '../bank.js';
import type { Calls } from '../calls/index.js';
import { drawSecret, insertSecret, keepShredsOut } from './secret.js';

const CUSTOMERS = 40;
const key = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => first + i);

/** A keyring whose file is a variable: what a process opens next is what was written last. */
class KeyringFile {
  secrets: KeyringSecrets = { root: key(0), shredKeys: [key(0x40)] };
  open(): Keyring {
    const persist = async ({ root, shredKeys }: KeyringSecrets) => {
      this.secrets = { root: Uint8Array.from(root), shredKeys: shredKeys.map((one) => Uint8Array.from(one)) };
    };
    return createMemoryKeyring(this.secrets.root, this.secrets.shredKeys, { persist });
  }
}

describe.each(engines)('shredding on %s', (engine) => {
  let test: TestBank;
  let bank: Bank;
  let calls: Calls;
  let folder: string;
  let keyring: Keyring;
  const file = new KeyringFile();
  const carrier = new RecordingCarrier();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra-shredding-'));
    keyring = file.open();
    test = await createTestBank(engine, { policy: await uncappedPolicy(), keyring });
    bank = test.bank;
    calls = bank.openCalls({ carrier });
    await addVendors(bank);
    await bank.customers.import(testCustomers(CUSTOMERS));
    await createCampaign(bank, 'c-survivor');
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (campaign: string, row: { dialToken: string }) => callRow(bank, calls, campaign, row);
  const secrets = () =>
    test.database.query<{ campaign: number; generation: number; wrapped: Uint8Array | null; id: string }>(
      `SELECT s.campaign, s.generation, s.wrapped, c.id FROM campaign_secret s JOIN campaign c ON c.number = s.campaign ORDER BY 1, 2`,
    );
  const entries = async () => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body));
  };
  /** Every secret of a campaign that lives opens, under the one key there is. */
  const expectAllLive = async (): Promise<void> => {
    const today = file.open();
    expect(today.shredKeys).toBe(1);
    for (const { wrapped, id } of await secrets()) {
      const state = (await bank.campaigns.get(id))?.state;
      if (state === 'shredded') expect(wrapped).toBeNull();
      else if (wrapped !== null) expect(await today.unwrapSecret(wrapped)).toHaveLength(32);
    }
    today.close();
  };

  it('ends every call of the campaign, deletes its keys, and lets the others go on', async () => {
    await createCampaign(bank, 'c-ends');
    const [row] = (await exportRows(bank, 'c-ends', folder)) as [DeliveredRow];
    const [survivor] = (await exportRows(bank, 'c-survivor', folder)) as [DeliveredRow];
    expect(await call('c-ends', row)).toMatchObject({ outcome: 'called' });
    const rung = carrier.rung.length;
    expect(await bank.campaigns.shred('c-ends', { by: 'staff-1' })).toMatchObject({ campaign: 'c-ends', surviving: 1, keyring: 'memory' });
    expect(await call('c-ends', row)).toRefuse('campaign-closed');
    expect(carrier.rung).toHaveLength(rung);
    expect(await call('c-survivor', survivor)).toMatchObject({ outcome: 'called' });
    expect((await entries()).slice(-20)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'campaign.shredded', campaign: 'c-ends', by: 'staff-1' }),
        expect.objectContaining({ type: 'key.rotated', use: 'shred' }),
      ]),
    );
    await expectAllLive();
  });

  it('still names the list of a leaked row, by its kept hash', async () => {
    await createCampaign(bank, 'c-traced');
    const [row] = (await exportRows(bank, 'c-traced', folder)) as [DeliveredRow];
    await bank.campaigns.shred('c-traced');
    const { rows } = await bank.evidence.trace(`for sale: ${row.reference},${row.dialToken}`);
    expect(rows).toMatchObject([{ proven: true, by: 'hash', campaign: 'c-traced', vendor: 'vendor-a' }]);
  });

  it('leaves nothing for a dump of before to open, not even put back into the store of today', async () => {
    await createCampaign(bank, 'c-dumped');
    const [row] = (await exportRows(bank, 'c-dumped', folder)) as [DeliveredRow];
    await call('c-dumped', row);
    const dump = await secrets();
    await bank.campaigns.shred('c-dumped');
    const today = file.open();
    for (const { wrapped } of dump) {
      if (wrapped !== null) await expect(() => today.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    }
    const one = dump.find(({ id }) => id === 'c-dumped');
    await test.database.query(`UPDATE campaign_secret SET wrapped = $2, withdrawn_at = NULL WHERE campaign = $1`, [
      one?.campaign as number,
      one?.wrapped as Uint8Array,
    ]);
    await test.database.query(`UPDATE campaign SET state = 'open' WHERE id = 'c-dumped'`);
    const elsewhere = await openBank({ database: test.database, keyring: today });
    const theirs = elsewhere.openCalls({ carrier });
    lendGrants(bank, elsewhere);
    const rung = carrier.rung.length;
    await expect(() => callRow(elsewhere, theirs, 'c-dumped', row)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    expect(carrier.rung).toHaveLength(rung);
    await elsewhere.close();
    await test.database.query(`UPDATE campaign_secret SET wrapped = NULL WHERE campaign = $1`, [one?.campaign as number]);
    await test.database.query(`UPDATE campaign SET state = 'shredded' WHERE id = 'c-dumped'`);
  });

  it('keeps a process that holds the key in memory, and heard of nothing, from dialling', async () => {
    await createCampaign(bank, 'c-deaf');
    const [row] = (await exportRows(bank, 'c-deaf', folder)) as [DeliveredRow];
    const elsewhere = await openBank({ database: { ...test.database, listen: async () => async () => {} }, keyring: file.open() });
    const theirs = elsewhere.openCalls({ carrier });
    await call('c-deaf', row);
    lendGrants(bank, elsewhere);
    expect(await callRow(elsewhere, theirs, 'c-deaf', row)).toMatchObject({ outcome: 'called' });
    await bank.campaigns.shred('c-deaf');
    const rung = carrier.rung.length;
    expect(await callRow(elsewhere, theirs, 'c-deaf', row)).toRefuse('campaign-closed');
    expect(carrier.rung).toHaveLength(rung);
    await elsewhere.close();
  });

  it('lets a process go on whose keyring reads again what the shred left', async () => {
    await createCampaign(bank, 'c-reloaded');
    const [row] = (await exportRows(bank, 'c-reloaded', folder)) as [DeliveredRow];
    let held = file.open();
    const elsewhere = await openBank({
      database: test.database,
      keyring: {
        kind: held.kind,
        get shredKeys() {
          return held.shredKeys;
        },
        scopeKey: (...asked) => held.scopeKey(...asked),
        bankKey: (name) => held.bankKey(name),
        wrapSecret: (secret) => held.wrapSecret(secret),
        unwrapSecret: (wrapped) => held.unwrapSecret(wrapped),
        addShredKey: () => held.addShredKey(),
        dropOldShredKeys: () => held.dropOldShredKeys(),
        async reload() {
          held = file.open();
        },
        close: () => held.close(),
      },
    });
    await createCampaign(bank, 'c-gone');
    await bank.campaigns.shred('c-gone');
    const theirs = elsewhere.openCalls({ carrier });
    lendGrants(bank, elsewhere);
    expect(await callRow(elsewhere, theirs, 'c-reloaded', row)).toMatchObject({ outcome: 'called' });
    await createCampaign(elsewhere, 'c-theirs');
    await expectAllLive();
    await elsewhere.close();
  });

  it('refuses a process whose keyring is of before the shred, before it wraps or drops anything', async () => {
    await createCampaign(bank, 'c-outdated');
    const outdated = file.open();
    await bank.campaigns.shred('c-outdated');
    const elsewhere = await openBank({ database: test.database, keyring: outdated });
    const before = await secrets();
    await expect(() => createCampaign(elsewhere, 'c-lost')).toFailWith('ERR_BANK_KEYRING_OUTDATED');
    await expect(() => elsewhere.campaigns.shred('c-survivor')).toFailWith('ERR_BANK_KEYRING_OUTDATED');
    await expect(() => elsewhere.campaigns.withdraw('c-survivor')).toFailWith('ERR_BANK_KEYRING_OUTDATED');
    expect(await secrets()).toEqual(before);
    expect(outdated.shredKeys).toBe(1);
    expect(await bank.campaigns.get('c-lost')).toBeUndefined();
    await elsewhere.close();
    await expectAllLive();
  });

  it('refuses where a secret does not open, which the new key could not keep', async () => {
    await createCampaign(bank, 'c-broken');
    await createCampaign(bank, 'c-blocked');
    const whole = (await secrets()).find(({ id }) => id === 'c-broken');
    const put = (wrapped: Uint8Array) =>
      test.database.query('UPDATE campaign_secret SET wrapped = $2 WHERE campaign = $1', [whole?.campaign as number, wrapped]);
    await put(new Uint8Array(40));
    await expect(() => bank.campaigns.shred('c-blocked')).toFailWith('ERR_SHRED_UNREADABLE');
    expect(file.secrets.shredKeys).toHaveLength(1);
    expect((await bank.campaigns.get('c-blocked'))?.state).toBe('open');
    await put(whole?.wrapped as Uint8Array);
    await bank.campaigns.shred('c-blocked');
  });

  it('refuses an unknown campaign and one that is shredded already, and replaces no key for them', async () => {
    const before = file.secrets.shredKeys[0];
    await expect(() => bank.campaigns.shred('c-none')).toFailWith('ERR_CAMPAIGN_UNKNOWN');
    await expect(() => bank.campaigns.shred('c-ends')).toFailWith('ERR_CAMPAIGN_SHREDDED');
    await expect(() => bank.campaigns.rotate('c-ends')).toFailWith('ERR_CAMPAIGN_NOT_OPEN');
    expect(file.secrets.shredKeys).toEqual([before]);
  });

  it('shreds both keys of a rotated campaign', async () => {
    await createCampaign(bank, 'c-rotated');
    await exportRows(bank, 'c-rotated', folder);
    await bank.campaigns.rotate('c-rotated');
    await bank.campaigns.shred('c-rotated');
    expect((await secrets()).filter(({ id }) => id === 'c-rotated').map(({ wrapped }) => wrapped)).toEqual([null, null]);
  });

  it('leaves no secret behind that was made meanwhile, however creations, rotations and shreds fall together', async () => {
    for (let round = 0; round < 3; round++) {
      const word = 'abc'[round];
      await createCampaign(bank, `c-gone-${word}`);
      await createCampaign(bank, `c-too-${word}`);
      await createCampaign(bank, `c-turned-${word}`);
      await exportRows(bank, `c-turned-${word}`, folder);
      await Promise.all([
        ...Array.from({ length: 4 }, (_, i) => createCampaign(bank, `c-made-${word}-${'wxyz'[i]}`)),
        bank.campaigns.shred(`c-gone-${word}`),
        bank.campaigns.rotate(`c-turned-${word}`),
        bank.campaigns.shred(`c-too-${word}`),
        ...Array.from({ length: 4 }, (_, i) => createCampaign(bank, `c-more-${word}-${'wxyz'[i]}`)),
      ]);
      await expectAllLive();
    }
  });

  // PGlite has one connection: nothing else can be uncommitted beside it.
  const whereTwoConnect = engine === 'postgres' ? it : () => {};
  whereTwoConnect('waits for a secret that was wrapped under the old key and is not committed yet', async () => {
    await createCampaign(bank, 'c-waits');
    await createCampaign(bank, 'c-late');
    const [{ number = 0 } = {}] = await test.database.query<{ number?: number }>(`SELECT number FROM campaign WHERE id = 'c-late'`);
    const context = { keyring, random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)) };
    let shred: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (tx) => {
      await keepShredsOut(context, tx);
      await insertSecret(context, tx, { campaign: number, generation: 2, at: new Date() }, drawSecret(context));
      shred = bank.campaigns.shred('c-waits');
      for (let waiting = 0; waiting === 0; ) {
        const rows = await test.database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        waiting = rows.length;
      }
    });
    await shred;
    expect((await secrets()).filter(({ id }) => id === 'c-late')).toHaveLength(2);
    await expectAllLive();
  });

  it('is as it was or done, whichever statement a kill comes before, and the next start leaves one key', async () => {
    let kills = 0;
    let finished = 0;
    const letter = (n: number) => String(n).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] as string);
    for (let statement = 1; ; statement++) {
      const id = `c-killed-${letter(statement)}`;
      await createCampaign(bank, id);
      const dump = await secrets();
      const database = mortalDatabase(test.database);
      const mortal = await openBank({ database, keyring: file.open() });
      database.dieAt({ beforeStatement: statement });
      const ended = await mortal.campaigns.shred(id).then(
        () => 'done',
        () => 'killed',
      );
      const hadTwo = file.secrets.shredKeys.length === 2;
      // What the killed process had in memory is gone; the next one opens the file.
      const next = file.open();
      const reopened = await openBank({ database: test.database, keyring: next });
      expect(next.shredKeys).toBe(1);
      if (hadTwo) finished += 1;
      if ((await reopened.campaigns.get(id))?.state === 'open') await reopened.campaigns.shred(id);
      for (const { wrapped } of dump) {
        if (wrapped !== null) await expect(() => next.unwrapSecret(wrapped)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
      }
      await reopened.close();
      await renew();
      await expectAllLive();
      if (ended === 'done') break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(8);
    expect(finished).toBeGreaterThan(4);
  });

  it('that was not committed is never taken up with the newer key, which copies made meanwhile may hold', async () => {
    await createCampaign(bank, 'c-meanwhile');
    await file.open().addShredKey(); // what a process killed right after it leaves
    const next = file.open();
    // Another process wraps under the newer of the two before anybody finishes.
    const context = { keyring: next, random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)) };
    const [{ number = 0 } = {}] = await test.database.query<{ number?: number }>(`SELECT number FROM campaign WHERE id = 'c-meanwhile'`);
    await test.database.transaction((tx) =>
      insertSecret(context, tx, { campaign: number, generation: 2, at: new Date() }, drawSecret(context)),
    );
    const copy = (await secrets()).filter(({ id }) => id === 'c-meanwhile');
    const reopened = await openBank({ database: test.database, keyring: next });
    await reopened.campaigns.shred('c-meanwhile');
    for (const { wrapped } of copy) {
      await expect(() => next.unwrapSecret(wrapped as Uint8Array)).toFailWith('ERR_KEYRING_SECRET_UNREADABLE');
    }
    await reopened.close();
    await renew();
    await expectAllLive();
  });

  /** The test's own process starts again, with the keyring of today. */
  async function renew(): Promise<void> {
    await bank.close();
    keyring = file.open();
    bank = await openBank({ database: test.database, keyring });
    calls = bank.openCalls({ carrier });
  }
});
