/** The page of an export as an approver gets it: the same words as at a shell, on a real home. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateVendorKey } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../tests/support/command.js';

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

describe('numbra campaign preview, export --page and campaign page', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const numbra = async (...args: string[]) => {
    const { status, stdout } = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), '--json', ...args);
    return { status, body: JSON.parse(stdout) as Record<string, unknown> & { error?: { code: string } } };
  };
  const create = (id: string, ...more: string[]) =>
    numbra('campaign', 'create', id, '--vendor', 'vendor-a', '--purpose', 'marketing.insurance.term-life', ...more);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra page '));
    await writeFile(at('passphrase'), 'correct horse battery staple\n');
    const rows = Array.from(
      { length: 60 },
      (_, i) => `C${i},王${i},138001380${String(i).padStart(2, '0')},,,${1_000 * i}.50,marketing.insurance`,
    );
    await writeFile(at('customers.csv'), `customer_id,name,phone,account,resident_id,balance,consent\n${rows.join('\n')}\n`);
    await writeFile(at('vendor-a.json'), JSON.stringify((await generateVendorKey()).jwks));
    await numbra('init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0');
    expect(await numbra('import', at('customers.csv'))).toMatchObject({ status: 0, body: { imported: 60 } });
    await numbra('vendor', 'add', 'vendor-a', '--jwks', at('vendor-a.json'));
    expect((await create('c-1', '--where', 'balance>=20000')).status).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('shows what would leave while nothing has, then what left, for the bank’s eyes only', async () => {
    expect(await numbra('campaign', 'preview', 'c-1', '--page', at('preview.html'))).toMatchObject({ status: 0 });
    expect(await readFile(at('preview.html'), 'utf8')).toContain('This list has not left.');
    expect((await stat(at('preview.html'))).mode & 0o077).toBe(0);
    const made = await numbra('export', 'c-1', '--out', at('list.csv'), '--page', at('made.html'), '--language', 'zh');
    expect(made).toMatchObject({ status: 0, body: { outcome: 'exported', rows: 40 } });
    const page = await readFile(at('made.html'), 'utf8');
    expect(page).toContain('<html lang="zh-CN">');
    expect(page).toContain(made.body['export']);
    const again = await numbra('campaign', 'page', String(made.body['export']), '--page', at('again.html'), '--language', 'zh');
    expect(again.status).toBe(0);
    expect(await readFile(at('again.html'), 'utf8')).toBe(page);
  });

  it('refuses a language, an export and a list that there are not, and writes nothing', async () => {
    const wrong = await numbra('campaign', 'preview', 'c-1', '--page', at('none.html'), '--language', 'fr');
    expect(wrong).toMatchObject({ status: 1, body: { error: { code: 'ERR_ARGUMENT' } } });
    const unknown = await numbra('campaign', 'page', 'export_none', '--page', at('none.html'));
    expect(unknown).toMatchObject({ status: 1, body: { error: { code: 'ERR_EXPORT_UNKNOWN' } } });
    await create('c-empty', '--where', 'balance>=9999999');
    const empty = await numbra('campaign', 'preview', 'c-empty', '--page', at('none.html'));
    expect(empty).toMatchObject({ status: 1, body: { outcome: 'refused', code: 'empty-list' } });
    await expect(stat(at('none.html'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes a date as a condition, and no other text', async () => {
    // The example's policy knows no date: the word was understood, and the attribute is not there.
    expect(await create('c-date', '--where', 'matures_on<2026-12-15')).not.toMatchObject({ status: 64 });
    const { status } = await runCommand('campaign', 'create', 'c-x', '--vendor', 'v', '--purpose', 'p', '--where', 'name=Wang');
    expect(status).toBe(64);
  });
});

describe('the guide to privacy', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra privacy '));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('shows a policy that is one, and commands that run', async () => {
    const guide = await readFile(join(root, 'docs/guides/architect/privacy.md'), 'utf8');
    const fences = (language: string) =>
      [...guide.matchAll(new RegExp(`^\\x60{3}${language}\\n(.*?)^\\x60{3}`, 'gms'))].map(([, text = '']) => text);
    const at = (name: string): string => join(folder, name);
    const [policy = ''] = fences('yaml');
    await writeFile(at('policy.yaml'), policy);
    await writeFile(at('passphrase'), 'correct horse battery staple\n');
    const rows = Array.from({ length: 1_200 }, (_, i) => {
      const [age, day] = [20 + (i % 45), String(1 + (i % 28)).padStart(2, '0')];
      return `C${i},王${i},1380013${String(i).padStart(4, '0')},,,${i}.50,${age},2026-12-${day},marketing.insurance`;
    });
    await writeFile(at('customers.csv'), `customer_id,name,phone,account,resident_id,balance,age,matures_on,consent\n${rows.join('\n')}\n`);
    await writeFile(at('vendor.json'), JSON.stringify((await generateVendorKey()).jwks));
    const ok = async (...words: string[]) => {
      const files = words.map((word) => (/^[\w.-]+\.(csv|html|yaml|json)$/.test(word) ? at(word) : word));
      const { status, stdout } = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), '--json', ...files);
      expect([words.join(' '), status, status === 0 ? '' : stdout]).toEqual([words.join(' '), 0, '']);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    await ok('init', 'demo-bank', '--policy', 'policy.yaml', '--port', '0');
    await ok('import', 'customers.csv');
    for (const vendor of ['vendor-a', 'vendor-b']) await ok('vendor', 'add', vendor, '--jwks', 'vendor.json');
    const commands = fences('sh')
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.startsWith('numbra '))
      .map((line) => [...line.slice('numbra '.length).matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''));
    expect(commands.length).toBeGreaterThan(5);
    const results = [];
    for (const words of commands) results.push(await ok(...words));
    expect(results.at(-1)).toMatchObject({ unique: [] });
    expect(await readFile(at('c-1.html'), 'utf8')).toContain('<html lang="zh-CN">');
  });
});
