import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportGrantKey } from '@numbra/grants';
import { createVendorClient, type VendorClient } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

describe("the vendor's client", () => {
  let test: TestGateway;
  let client: VendorClient;
  let next = 0;
  beforeAll(async () => {
    test = await startGateway('pglite', { watchEveryMs: 20 });
    const { url, a } = test;
    client = createVendorClient({ issuer: url, clientId: a.id, key: await exportGrantKey(a.key), campaign: a.campaign });
  });
  afterAll(() => test.close());

  async function call(): Promise<string> {
    const at = next++;
    const placed = await client.calls.place(test.a.rows[at]!.dialToken, { idempotencyKey: `order-${at}` });
    if (placed.outcome === 'refused') throw new Error(placed.code);
    return placed.callId;
  }

  it('hears the end of a call, and says what came of it', async () => {
    const callId = await call();
    const heard = client.calls.events(callId);
    await test.bank.calls.ended(callId, { result: 'answered', talkSeconds: 12 });
    expect(await heard).toEqual({ callId, state: 'answered', at: expect.stringMatching(/:00Z$/), talkSeconds: 20 });
    await client.calls.outcome(callId, 'agreed', { idempotencyKey: 'outcome-1', note: 'Wants the papers by post.' });
    expect(await test.bank.calls.outcomes(callId)).toMatchObject([{ outcome: 'agreed', note: 'Wants the papers by post.' }]);
    await expect(() => client.calls.outcome(callId, 'other', { idempotencyKey: 'outcome-2', note: '13800138000' })).toFailWith(
      'ERR_CLIENT_REQUEST',
    );
    await expect(() => client.calls.outcome(callId, 'other', { idempotencyKey: 'outcome-1' })).toFailWith(
      'ERR_CLIENT_IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('hangs up', async () => {
    const callId = await call();
    expect(await client.calls.hangUp(callId, { idempotencyKey: 'hang-up-1' })).toBe('done');
    expect(test.carrier.hungUp).toEqual([callId]);
  });

  it('places a batch, each order with its own result', async () => {
    const orders = [{ dialToken: test.a.rows[next++]!.dialToken }, { dialToken: 'nothing' }];
    const results = await client.calls.batch(orders, { idempotencyKey: 'batch-1' });
    expect(results).toMatchObject([{ outcome: 'placed' }, { outcome: 'refused', code: 'token-invalid' }]);
    expect(await client.calls.batch(orders, { idempotencyKey: 'batch-1' })).toMatchObject(
      results.map((result) => ('callId' in result ? { callId: result.callId } : { outcome: result.outcome })),
    );
  });

  it('reads its list and countersigns the manifest', async () => {
    const rows = [];
    for await (const row of client.list()) rows.push(row);
    expect(rows.map((row) => row['dial_token'])).toEqual(test.a.rows.map(({ dialToken }) => dialToken));
    const folder = await mkdtemp(join(tmpdir(), 'numbra-client-'));
    const exported = await test.bank.campaigns.export(test.a.campaign, { file: join(folder, 'list.csv') });
    await rm(folder, { recursive: true });
    if (exported.outcome !== 'exported') throw new Error(exported.code);
    await client.countersign(exported.export, exported.manifest, { idempotencyKey: 'sign-1' });
    await expect(() => client.countersign(exported.export, `${exported.manifest} `, { idempotencyKey: 'sign-2' })).toFailWith(
      'ERR_CLIENT_REQUEST',
    );
    expect(await test.database.query('SELECT 1 FROM export WHERE acknowledged_at IS NOT NULL')).toHaveLength(1);
  });

  it("reads a day's batch of its list alone", async () => {
    const tokens = async (options: { since?: string }) => {
      const read = [];
      for await (const row of client.list(options)) read.push(row['dial_token']);
      return read;
    };
    const days = (day: string, rows: string) =>
      test.database.query(
        `UPDATE member SET released_day = $1 WHERE row_number ${rows} AND campaign = (SELECT number FROM campaign WHERE id = 'c-a')`,
        [day],
      );
    await days('2026-11-26', '> 10');
    await days('2026-11-25', '<= 10');
    const all = test.a.rows.map(({ dialToken }) => dialToken);
    expect(await tokens({ since: '2026-11-26' })).toEqual(all.slice(10));
    expect(await tokens({ since: '2026-11-25' })).toEqual(all);
    expect(await tokens({ since: '2026-11-27' })).toEqual([]);
    for (const since of ['', '26.11.2026', '2026-11-26&rows=1']) await expect(() => tokens({ since })).toFailWith('ERR_CLIENT_OPTION');
  });
});
