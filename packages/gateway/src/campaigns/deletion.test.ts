import { reportCsv, reportPage } from '@numbra/bank';
import { signDetached } from '@numbra/grants';
import { canonicalJson } from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { readAnswer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';

const YEAR_MS = 365 * 86_400_000;

describe.each(engines)("a vendor's statement that it deleted its lists, and the report, on %s", (engine) => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway(engine);
  });
  afterAll(() => test.close());

  const said = (change: object = {}): string =>
    canonicalJson({ at: '2026-11-25T08:00:00.000Z', campaign: 'c-a', numbra: 'deletion/1', vendor: 'vendor-a', ...change });
  const state = async (
    statement: string,
    options: { key?: TestGateway['a']['key']; campaign?: string; use?: 'deletion' | 'countersignature' } = {},
  ) => {
    const signature = await signDetached(new TextEncoder().encode(statement), options.key ?? test.a.key, options.use ?? 'deletion');
    const response = await fetch(`${test.url}/v1/campaigns/${options.campaign ?? 'c-a'}/deletion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statement, signature }),
    });
    return readAnswer(response);
  };
  const report = () => test.bank.evidence.report({ from: new Date(0), to: new Date(Date.now() + YEAR_MS) });

  it('is overdue once the retention is over, and on time before', async () => {
    const { overdue } = await report();
    expect(overdue.map(({ campaign, vendor }) => [campaign, vendor])).toEqual([
      ['c-a', 'vendor-a'],
      ['c-b', 'vendor-b'],
    ]);
    expect((await test.bank.evidence.report({ from: new Date(0), to: new Date(Date.now() + 60_000) })).overdue).toEqual([]);
  });

  it('counts when the vendor signed it, once, also after the campaign was closed', async () => {
    await test.bank.campaigns.close('c-a');
    const answer = await state(said());
    expect(answer.status).toBe(200);
    expect((await state(said())).body).toBe(answer.body);
    const { deletions, overdue } = await report();
    expect(deletions).toMatchObject([{ campaign: 'c-a', vendor: 'vendor-a' }]);
    expect(overdue.map(({ campaign }) => campaign)).toEqual(['c-b']);
  });

  it('is refused by one answer, whatever is wrong', async () => {
    const before = await report();
    const answers = await Promise.all([
      state(said({ at: '2026-11-26T08:00:00.000Z' }), { key: test.b.key }),
      state(said({ at: '2026-11-26T08:00:00.000Z' }), { use: 'countersignature' }),
      state(said({ at: '2026-11-26T08:00:00.000Z' }), { campaign: 'c-b' }),
      state(said({ campaign: 'c-b' }), { campaign: 'c-b' }),
      state(said({ campaign: 'c-none' }), { campaign: 'c-none' }),
      state(said({ vendor: 'vendor-none' })),
      state(said({ exports: ['export_none'] })),
      state(said({ exports: [] })),
      state(said({ more: 1 })),
      state(`${said()} `),
      state('{}'),
    ]);
    const bodies = new Set(
      answers.map(({ status, body }) => `${status} ${body.replace(/"instance":"[^"]*"/, '')}`.replace(/req[-_][A-Za-z0-9_-]+/g, '')),
    );
    expect(answers.every(({ status, code }) => status === 422 && code === 'statement-invalid')).toBe(true);
    expect(bodies.size).toBe(1);
    expect((await report()).deletions).toEqual(before.deletions);
  });

  it('reports uses, refusals and exports, each line with the positions that support it', async () => {
    const rows = test.b.rows;
    expect((await test.call(test.b, { dial_token: rows[0]!.dialToken })).status).toBe(201);
    expect((await test.call(test.b, { dial_token: rows[1]!.dialToken })).status).toBe(201);
    expect((await test.call(test.b, { dial_token: test.a.rows[0]!.dialToken })).status).toBe(403);
    const made = await report();
    expect(made.uses).toMatchObject([{ vendor: 'vendor-b', campaign: 'c-b', purpose: 'marketing.insurance.term-life', authorized: 2 }]);
    expect(made.refusals).toMatchObject([{ vendor: 'vendor-b', code: 'token-foreign', count: 1 }]);
    expect(made.exports.map(({ campaign, rows: n }) => [campaign, n])).toEqual([
      ['c-a', 60],
      ['c-b', 60],
    ]);
    const positions = made.exports.map((each) => Number(each.positions));
    for (const position of positions) expect(JSON.parse(await test.bank.ledger.entry(position))).toMatchObject({ type: 'export.made' });
    const csv = reportCsv(made);
    expect(csv.split('\n')[0]).toBe('section,what,purpose,vendor,campaign,count,positions');
    expect(csv).toContain('uses,authorized,marketing.insurance.term-life,vendor-b,c-b,2,');
    for (const language of ['en', 'zh'] as const) {
      const page = reportPage(made, language);
      expect(page).toContain('<svg role="img" aria-label="');
      expect(page).toContain(language === 'zh' ? '<th scope="col">可关联度</th>' : '<th scope="col">linkability</th>');
      expect(page).not.toMatch(/<script|https?:\/\//);
    }
    await expect(() => test.bank.evidence.report({ from: new Date(1), to: new Date(1) })).toFailWith('ERR_REPORT_PERIOD');
    const later = await test.bank.evidence.report({ from: new Date(Date.now() + YEAR_MS), to: new Date(Date.now() + 2 * YEAR_MS) });
    expect(later).toMatchObject({ uses: [], refusals: [], exports: [] });
  });
});
