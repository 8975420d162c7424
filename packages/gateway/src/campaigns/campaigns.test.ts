import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GrantKey, generateGrantKey, signDetached } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, startGateway, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';

describe.each(engines)('lists on %s', (engine) => {
  let test: TestGateway;
  let folder: string;
  beforeAll(async () => {
    test = await startGateway(engine);
    folder = await mkdtemp(join(tmpdir(), 'numbra-lists-'));
  });
  afterAll(async () => {
    await test.close();
    await rm(folder, { recursive: true });
  });

  const get = (vendor: TestVendor, path: string, accept?: string): Promise<Answer> =>
    getWith(vendor, path, accept === undefined ? {} : { accept });
  /** The proof is for the address without its query. */
  async function getWith(vendor: TestVendor, path: string, headers: Record<string, string>): Promise<Answer> {
    const grant = await test.grant(vendor);
    const dpop = await test.proof(vendor, grant, 'GET', path.split('?')[0]!);
    return test.call(vendor, undefined, { grant, method: 'GET', path, headers: { ...headers, dpop } });
  }
  const linesOf = (pages: readonly { rows: string[][] }[]) => pages.flatMap(({ rows }) => rows.map((cells) => cells.join(',')));

  it('are the file that was delivered, byte for byte, in pages and in lines', async () => {
    const file = join(folder, 'again.csv');
    await test.bank.campaigns.export(test.a.campaign, { file });
    const delivered = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const pages: { columns: string[]; rows: string[][]; next?: number }[] = [];
    for (let after = 0; ; ) {
      const answer = await get(test.a, `/v1/campaigns/${test.a.campaign}/list?after=${after}&rows=25`);
      expect(answer.status).toBe(200);
      const page = JSON.parse(answer.body) as (typeof pages)[number];
      pages.push(page);
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(pages.length).toBeGreaterThan(2);
    expect([pages[0]!.columns.join(','), ...linesOf(pages)]).toEqual(delivered);
    const lines = await get(test.a, `/v1/campaigns/${test.a.campaign}/list`, 'application/x-ndjson');
    expect(lines.headers['content-type']).toBe('application/x-ndjson');
    const rows = lines.body
      .trimEnd()
      .split('\n')
      .map((line) => Object.values(JSON.parse(line) as Record<string, string>).join(','));
    expect(rows).toEqual(delivered.slice(1));
  });

  it('of another campaign and of none are answered alike', async () => {
    const answers = [];
    for (const id of [test.b.campaign, 'c-nothing', test.a.campaign.toUpperCase()])
      answers.push(await get(test.a, `/v1/campaigns/${id}/list`));
    expect(answers[0]).toMatchObject({ status: 404, code: 'not-found' });
    for (const answer of answers) expect(comparable(answer)).toEqual(comparable(answers[0]!));
  });

  it('lose an erased customer at once, and others in the day’s batch only', async () => {
    const customers = ['C000001', 'C000002'];
    const rowOf = async (customer: string) =>
      (await test.bank.evidence.listings(customer)).find(({ vendor }) => vendor === test.a.id)!.rowNumber;
    const [erased, withdrawn] = [await rowOf(customers[0]!), await rowOf(customers[1]!)];
    await test.bank.customers.erase(customers[0]!);
    await test.bank.customers.withdraw(customers[1]!, 'marketing.insurance');
    const read = async () =>
      new Set(linesOf([JSON.parse((await get(test.a, `/v1/campaigns/${test.a.campaign}/list`)).body) as { rows: string[][] }]));
    const line = (row: number) => {
      const { reference, dialToken, maskedPhone } = test.a.rows[row - 1]!;
      return [reference, dialToken, maskedPhone].join(',');
    };
    const now = await read();
    expect(now.has(line(erased))).toBe(false);
    expect(now.has(line(withdrawn))).toBe(true);
    await test.database.query(`UPDATE campaign SET removals_day = '2000-01-01' WHERE id = $1`, [test.a.campaign]);
    const later = await read();
    expect(later.size).toBe(now.size - 1);
    expect(later.has(line(withdrawn))).toBe(false);
  });

  it('are not read by a grant without that action, and not once the campaign is closed', async () => {
    await test.list('vendor-a', { id: 'c-a-closed' });
    const vendor = { ...test.a, campaign: 'c-a-closed' };
    const grant = await test.grant(vendor);
    await test.bank.campaigns.close('c-a-closed');
    const path = '/v1/campaigns/c-a-closed/list';
    expect(await test.call(vendor, undefined, { grant, method: 'GET', path })).toMatchObject({ status: 403, code: 'campaign-closed' });
    const dialOnly = await test.grant(test.a, { actions: ['dial'] });
    const answer = await test.call(test.a, undefined, {
      grant: dialOnly,
      method: 'GET',
      path: `/v1/campaigns/${test.a.campaign}/list`,
    });
    expect(answer).toMatchObject({ status: 403, code: 'action-not-granted' });
  });

  describe('countersignatures', () => {
    let exported: { export: string; manifest: string };
    beforeAll(async () => {
      const result = await test.bank.campaigns.export(test.b.campaign, { file: join(folder, 'signed.csv') });
      if (result.outcome !== 'exported') throw new Error(result.code);
      exported = result;
    });
    const sign = (text: string, key: GrantKey) => signDetached(new TextEncoder().encode(text), key, 'countersignature');
    const send = (vendor: TestVendor, id: string, signature: string, key?: string) =>
      test.call(vendor, { signature }, { path: `/v1/exports/${id}/countersignature`, ...(key !== undefined && { key }) });

    it('over other bytes, by another key or for another use are refused, and nothing is kept', async () => {
      const { manifest, export: id } = exported;
      const stranger = await generateGrantKey();
      for (const signature of [
        await sign(`${manifest} `, test.b.key),
        await sign(manifest, stranger),
        await signDetached(new TextEncoder().encode(manifest), test.b.key, 'manifest'),
        'a..b',
      ])
        expect(await send(test.b, id, signature)).toMatchObject({ status: 422, code: 'countersignature-invalid' });
      expect(await test.database.query('SELECT 1 FROM export WHERE acknowledged_at IS NOT NULL')).toEqual([]);
    });

    it('are kept once and entered into the ledger', async () => {
      const { manifest, export: id } = exported;
      const signature = await sign(manifest, test.b.key);
      const first = await send(test.b, id, signature, 'sign-1');
      expect(first.status).toBe(200);
      expect(JSON.parse(first.body)).toEqual({ export: id, campaign: test.b.campaign, acknowledged: true });
      expect(comparable(await send(test.b, id, signature, 'sign-1'))).toEqual(comparable(first));
      expect(comparable(await send(test.b, id, await sign(manifest, test.b.key)))).toEqual(comparable(first));
      expect(await test.database.query('SELECT 1 AS one FROM export WHERE acknowledged_at IS NOT NULL')).toHaveLength(1);
    });

    it('of another campaign’s export and of none are answered alike', async () => {
      const signature = await sign(exported.manifest, test.a.key);
      const [foreign, unknown] = [await send(test.a, exported.export, signature), await send(test.a, 'export_AAAAAAAAAAAAAAAA', signature)];
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
    });
  });
});
