import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPolicy } from '../../../../tests/support/banks.js';
import { runCommand } from '../../../../tests/support/command.js';

const DESK = `  service.desk:
    legal_basis: contract
    recipients: [desk]
    release:
      lookup: { fields: [name], endings: [phone], per_day: 2 }
  service.investigation:
    legal_basis: legal-obligation
    recipients: [fraud]
    release: { open: true }
`;

describe('a bank’s own people', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const numbra = (...args: string[]) => runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), '--json', ...args);
  const ok = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { status, stdout, stderr } = await numbra(...args);
    expect(`${status} ${stderr}${status === 0 ? '' : stdout}`).toBe('0 ');
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const fails = async (...args: string[]): Promise<string> =>
    (JSON.parse((await numbra(...args)).stdout) as { error: { code: string } }).error.code;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra lookup '));
    await writeFile(at('passphrase'), 'correct horse battery staple\n');
    const policy = (await testPolicy()).replace('phone: { class: C3 }', 'phone: { class: C2 }').replace('refusals:', `${DESK}refusals:`);
    await writeFile(at('policy.yaml'), policy);
    await writeFile(at('next.yaml'), policy.replace('campaign: 2, purpose', 'campaign: 1, purpose'));
    await writeFile(
      at('customers.csv'),
      'customer_id,name,phone,account,resident_id,balance\nC1,赵一,13800138001,,,1\nC2,钱二,13800138002,,,2\n',
    );
    await ok('init', 'demo-bank', '--policy', at('policy.yaml'), '--port', '0');
    await ok('import', at('customers.csv'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const desk = ['--purpose', 'service.desk', '--desk', 'desk', '--by', 'staff-1', '--reason', 'card-lost'];

  it('see what the purpose allows, as often as a day allows', async () => {
    expect(await ok('lookup', 'C1', ...desk)).toMatchObject({ outcome: 'shown', fields: { name: '赵一', phone: '…8001' }, left: 1 });
    expect(await ok('lookup', 'C2', ...desk, '--field', 'phone')).toMatchObject({ fields: { phone: '…8002' }, left: 0 });
    const { status, stdout } = await numbra('lookup', 'C1', ...desk);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'refused', code: 'budget-used' });
    expect(await fails('lookup', 'C1', ...desk.slice(0, -1), 'Lost the card')).toBe('ERR_LOOKUP_REASON');
    expect(await ok('alerts')).toEqual({ alerts: [] });
  });

  it('open no token and change no policy alone', async () => {
    const fraud = ['--purpose', 'service.investigation', '--desk', 'fraud', '--by', 'staff-1'];
    const token = `nr1_${'A'.repeat(48)}`;
    expect(await fails('open', token, ...fraud, '--reason', 'leak')).toBe('ERR_APPROVAL_MISSING');
    const { id } = await ok('open', token, ...fraud, '--ask', 'a row was for sale');
    for (const by of ['staff-2', 'staff-3']) await ok('approval', 'approve', String(id), '--by', by);
    const { status, stdout } = await numbra('open', token, ...fraud, '--reason', 'leak');
    expect([status, JSON.parse(stdout)]).toMatchObject([1, { outcome: 'refused', code: 'token-unlisted' }]);

    expect(await fails('policy', 'adopt', at('next.yaml'))).toBe('ERR_APPROVAL_MISSING');
    const asked = await ok('policy', 'adopt', at('next.yaml'), '--by', 'staff-1', '--ask', 'one call is enough');
    for (const by of ['staff-2', 'staff-3']) await ok('approval', 'approve', String(asked['id']), '--by', by);
    expect(await ok('policy', 'adopt', at('next.yaml'), '--by', 'staff-1')).toMatchObject({ digest: expect.stringMatching(/^sha256:/) });
  });

  it('record consents, end them, hand out receipts, and load do-not-call lists', async () => {
    const key = ['--key', 'marketing.insurance'];
    expect(await ok('consent', 'give', 'C1', ...key, '--evidence', 'at the counter', '--text-version', '2026-03')).toEqual({ changed: 1 });
    await ok('consent', 'receipt', 'C1', '--language', 'zh', '--out', at('consent.json'));
    expect(JSON.parse(await readFile(at('consent.json'), 'utf8'))).toMatchObject({
      pii_principal_id: 'C1',
      events: [{ event_state: 'consent given' }],
    });
    expect(await fails('consent', 'receipt', 'C1', '--out', at('consent.json'))).toBe('ERR_FILE_EXISTS');
    expect(await ok('consent', 'withdraw', 'C1', ...key)).toEqual({ changed: true });
    await writeFile(at('list.csv'), 'phone\n13800138002\n13900139000\n');
    expect(await ok('do-not-call', 'import', at('list.csv'), '--source', 'national-list')).toEqual({ phones: 2, customers: 1 });
    expect(await ok('ledger', 'verify')).toMatchObject({ verified: true });
  });
});
