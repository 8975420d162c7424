import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealNumericToken } from '@numbra/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';
import type { BankContext } from '../context.js';
import { closeBankContext, openBankContext } from '../open.js';
import { receiveCampaign } from './campaign-keys.js';
import { openGatewayBank } from './gateway-bank.js';
import { gatewayKeyNames, type KeyService } from './key-service.js';

const CUSTOMERS = 40;

describe.each(engines)('the key service of a bank on %s', (engine) => {
  let world: TestBank;
  let service: KeyService;
  let context: BankContext;
  let folder: string;
  let rows: string[][];

  beforeAll(async () => {
    world = await createTestBank(engine);
    const { bank } = world;
    service = bank.keyService;
    folder = await mkdtemp(join(tmpdir(), 'numbra-key-service-'));
    await bank.customers.import(
      Array.from({ length: CUSTOMERS }, (_, i) => ({
        customerId: `C${i}`,
        name: '张三',
        phone: `1380013${String(8000 + i)}`,
        consents: ['marketing.insurance'],
      })),
    );
    await bank.vendors.add({ id: 'vendor-a', jwks: { keys: [bank.grants.keys().keys[0] as never] } });
    const terms = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 10, perCustomer: 2, perAgentPerHour: 40 };
    await bank.campaigns.create({ id: 'c-a', ...terms });
    await bank.campaigns.create({ id: 'c-empty', ...terms });
    const file = join(folder, 'list.csv');
    await bank.campaigns.export('c-a', { file });
    rows = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    context = await openBankContext({ database: world.database, keyring: testKeyring() });
  });
  afterAll(async () => {
    await closeBankContext(context);
    await world.drop();
    await rm(folder, { recursive: true });
  });

  const scopeOf = async (campaign: string) => {
    const scope = (await context.scopes.of(campaign))?.generations[0]?.scope;
    if (scope === undefined) throw new Error('no scope');
    return scope;
  };

  it('hands out three bank keys and refuses every other by name', async () => {
    for (const name of gatewayKeyNames) expect(await service.bankKey(name)).toEqual(await world.keyring.bankKey(name));
    for (const name of ['store', 'decoys', 'root', 'toString']) {
      await expect(() => service.bankKey(name as 'index')).toFailWith('ERR_KEY_WITHHELD');
    }
  });

  it('hands out scope keys that open the list, without the numeric key', async () => {
    const { openDialToken, openNumericToken } = await import('@numbra/core');
    const handed = await service.campaignKeys('c-a');
    if (handed === undefined) throw new Error('no campaign');
    const [generation] = receiveCampaign(context, 'c-a', handed).generations;
    if (generation === undefined) throw new Error('no keys');
    expect(rows).toHaveLength(CUSTOMERS);
    for (const [, token = ''] of rows) expect(openDialToken(generation.scope, token)).toBeDefined();
    await expect(() => openNumericToken(generation.scope, '990441339638528', CUSTOMERS)).toFailWith('ERR_NUMERIC_KEY_MISSING');
    expect(handed.generations.every(({ referenceKey, dialKey }) => [...referenceKey, ...dialKey].every((byte) => byte === 0))).toBe(true);
  });

  it('opens one numeric token at a time, and counts', async () => {
    const before = await service.counts();
    const scope = await scopeOf('c-a');
    const opened = await service.openNumeric('c-a', sealNumericToken(scope, 7));
    expect(opened).toMatchObject({ rowNumber: 7 });
    expect(opened?.phone.use(String)).toMatch(/^861380013\d{4}$/);
    const [member] = await world.database.query<{ hash: string }>(
      `SELECT encode(dial_hash, 'hex') AS hash FROM member m JOIN campaign c ON c.number = m.campaign WHERE c.id = 'c-a' AND row_number = 7`,
    );
    expect(opened?.dialHash).toBe(member?.hash);
    const foreign = sealNumericToken(await scopeOf('c-empty'), 7);
    const beyond = sealNumericToken(scope, CUSTOMERS + 1);
    for (const token of [foreign, beyond, '990441339638528', '13800138000', '', 'nd1_']) {
      expect(await service.openNumeric('c-a', token)).toBeUndefined();
    }
    expect(await service.openNumeric('c-empty', foreign)).toBeUndefined();
    expect(await service.openNumeric('c-none', foreign)).toBeUndefined();
    const after = await service.counts();
    expect(after.numericOpened - before.numericOpened).toBe(1);
    expect(after.numericRefused - before.numericRefused).toBe(8);
  });

  it('opens no numeric token of a member who was removed or erased', async () => {
    const scope = await scopeOf('c-a');
    await world.database.query(
      `UPDATE member SET removed_at = now() WHERE row_number = 3 AND campaign = (SELECT number FROM campaign WHERE id = 'c-a')`,
    );
    const [erased] = await world.database.query<{ id: string }>(
      `SELECT k.customer_id AS id FROM member m JOIN campaign c ON c.number = m.campaign JOIN customer k ON k.id = m.customer
        WHERE c.id = 'c-a' AND m.row_number = 4`,
    );
    await world.bank.customers.erase(erased?.id ?? '');
    for (const row of [3, 4]) expect(await service.openNumeric('c-a', sealNumericToken(scope, row))).toBeUndefined();
  });

  it('hands out nothing of a campaign that is closed, and no numeric token of it opens', async () => {
    const scope = await scopeOf('c-a');
    await world.bank.campaigns.close('c-a');
    expect((await service.campaignKeys('c-a'))?.generations).toEqual([]);
    expect(await service.openNumeric('c-a', sealNumericToken(scope, 7))).toBeUndefined();
    expect(await service.campaignKeys('c-none')).toBeUndefined();
  });

  it('is all that a gateway bank needs, which has none of the other keys in it', async () => {
    const asked: string[] = [];
    const watched: KeyService = {
      ...service,
      bankKey: async (name) => {
        asked.push(name);
        return service.bankKey(name);
      },
    };
    const bank = await openGatewayBank({ database: world.database, keys: watched });
    expect(asked.sort()).toEqual(['guard', 'index', 'subject']);
    expect(bank.keyService).toBe(watched);
    expect(await bank.isWritable()).toBe(true);
    expect(await bank.grants.publishedKeys()).toEqual(await world.bank.grants.publishedKeys());
    expect(bank.ledger.verifierKey).toBe(world.bank.ledger.verifierKey);
    await expect(() => bank.grants.rotateKey()).toFailWith('ERR_KEY_WITHHELD');
    expect(await bank.grants.publishedKeys()).toEqual(await world.bank.grants.publishedKeys());
    await bank.close();
  });
});
