/** The bundle as somebody checks it who has openssl and nothing of ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, type TestBank } from '../../../../tests/support/banks.js';
import { testCustomers } from '../../../../tests/support/customers.js';
import { addVendors, createCampaign, exportRows } from '../../../../tests/support/lists.js';
import { hasOpenssl } from '../../../../tests/support/openssl.js';

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: Buffer.concat(parts), stdio: 'pipe' });
const leafOf = (...content: readonly Uint8Array[]): Buffer => sha256(Buffer.of(0), ...content);

/** The root that a leaf and its proof lead to, as the bundle's README says it. */
function rootOf(leaf: Buffer, index: number, size: number, proof: readonly string[]): Buffer {
  let [f, s, r] = [index, size - 1, leaf];
  for (const p of proof.map((hash) => Buffer.from(hash, 'base64url'))) {
    if (f % 2 === 1 || f === s) {
      r = sha256(Buffer.of(1), p, r);
      while (f % 2 === 0 && f !== 0) [f, s] = [f / 2, Math.floor(s / 2)];
    } else r = sha256(Buffer.of(1), r, p);
    [f, s] = [Math.floor(f / 2), Math.floor(s / 2)];
  }
  expect(s).toBe(0);
  return r;
}

describe.skipIf(!hasOpenssl)('an evidence bundle (needs openssl)', () => {
  let test: TestBank;
  let folder: string;
  let leaked: string;
  let id: string;
  const at = (name: string): string => join(folder, 'evidence', name);
  const read = (name: string): Promise<string> => readFile(at(name), 'utf8');
  /** The first command block of the README, in the bundle's folder. */
  const checkSignature = async () => {
    const [, commands = ''] = /```sh\n([^`]+)```/.exec(await read('README.md')) ?? [];
    expect(commands).toContain('openssl pkeyutl -verify');
    return spawnSync('sh', ['-e', '-c', commands], { cwd: at('.'), encoding: 'utf8' });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra bundle '));
    test = await createTestBank('pglite');
    await addVendors(test.bank);
    await test.bank.customers.import(testCustomers(700));
    await createCampaign(test.bank, 'c-a');
    const row = (await exportRows(test.bank, 'c-a', folder))[41]!;
    leaked = [row.reference, row.dialToken, row.maskedPhone].join(',');
    const report = await test.bank.evidence.trace(leaked);
    id = report.exports[0]?.export as string;
    for (const [name, text] of Object.entries(await test.bank.evidence.bundle(report))) {
      await mkdir(dirname(at(name)), { recursive: true });
      await writeFile(at(name), text);
    }
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  it('has each key as openssl reads it, under the id of its line', async () => {
    const [line = '', ...others] = (await read('keys.txt')).trim().split('\n');
    expect(others).toEqual([]);
    const [, name = '', keyId, typed = ''] = /^([^+]+)\+([^+]+)\+(.+)$/.exec(line) ?? [];
    const bytes = Buffer.from(typed, 'base64');
    const der = execFileSync('openssl', ['pkey', '-pubin', '-in', at(`keys/${keyId}.pem`), '-outform', 'DER'], { stdio: 'pipe' });
    expect(der.subarray(-32)).toEqual(bytes.subarray(1));
    expect(
      sha256(Buffer.from(`${name}\n`), bytes)
        .subarray(0, 4)
        .toString('hex'),
    ).toBe(keyId);
  });

  it('has a checkpoint that openssl verifies by the README’s commands, and not when a byte of it is another', async () => {
    expect(await checkSignature()).toMatchObject({ status: 0, stdout: expect.stringContaining('Signature Verified Successfully') });
    const checkpoint = await read('checkpoint');
    const [origin, size, ...rest] = checkpoint.split('\n');
    await writeFile(at('checkpoint'), [origin, Number(size) + 1, ...rest].join('\n'));
    const forged = await checkSignature();
    await writeFile(at('checkpoint'), checkpoint);
    expect(forged.status).not.toBe(0);
    expect(forged.stdout).not.toContain('Successfully');
  });

  it('has an entry whose hashes lead to the root of the signed checkpoint, and no other text’s do', async () => {
    const file = JSON.parse(await read(`entries/${id}.json`)) as { checkpoint: string; index: number; entry: string; proof: string[] };
    expect(file.checkpoint).toBe(await read('checkpoint'));
    const [, size, root] = file.checkpoint.split('\n');
    const rootFrom = (entry: string) => rootOf(leafOf(Buffer.from(entry)), file.index, Number(size), file.proof).toString('base64');
    expect(JSON.parse(file.entry)).toMatchObject({ type: 'export.made', export: id, vendor: 'vendor-a', rows: 700 });
    expect(rootFrom(file.entry)).toBe(root);
    expect(rootFrom(file.entry.replace('vendor-a', 'vendor-b'))).not.toBe(root);
  });

  it('has the row that leaked under the root of that entry, by the hash of its line', async () => {
    const { entry } = JSON.parse(await read(`entries/${id}.json`)) as { entry: string };
    const { root, rows } = JSON.parse(entry) as { root: string; rows: number };
    const [row, ...others] = JSON.parse(await read(`rows/${id}.json`)) as [
      { rowNumber: number; index: number; subject: string; proof: string[] },
    ];
    expect(others).toEqual([]);
    expect(row.rowNumber).toBe(42);
    const rootFrom = (line: string) =>
      rootOf(leafOf(Buffer.from(row.subject, 'base64url'), sha256(Buffer.from(line))), row.index, rows, row.proof).toString('base64url');
    expect(rootFrom(leaked)).toBe(root);
    expect(rootFrom(`${leaked} `)).not.toBe(root);
    const findings = JSON.parse(await read('findings.json')) as { rows: unknown };
    expect(findings.rows).toMatchObject([{ rowNumber: 42, proven: true, asDelivered: [id] }]);
  });
});
