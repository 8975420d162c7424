import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  addSignatures,
  base64urlOf,
  cosignatureLine,
  createCosigner,
  createNoteSigner,
  entrySchemas,
  formatCheckpoint,
  inclusionProof,
  leafHash,
  rootOf,
  signCheckpoint,
  subjectOf,
  writeEntry,
} from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nonceOf, sha256, TEST_TIME } from '../../../../tests/support/ledgers.js';
import { verifyReceipt } from '../receipt.js';
import { formatReceipt } from '../receipt-file.js';
import { checkReceipt } from './check.js';
import { type BrowserPage, hasChromium, NEEDS_CHROMIUM, openPage } from './chromium.fixture.js';
import { receiptPage } from './page.js';
import { stepWords } from './words.js';

const ORIGIN = 'bank.example/ledger';
const log = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const witness = createCosigner('regulator.example/witness', new Uint8Array(32).fill(2));
const keys = { log: log.verifierKey, witness: witness.verifierKey };
const customer = new Uint8Array(32).fill(0xa1);
const subject = (n: number): Uint8Array => subjectOf(sha256, customer, ORIGIN, n);
const call = { call: 'call_a', campaign: 'c-2026-11', vendor: 'vendor-42', purpose: 'marketing.insurance.term-life', grant: 'grant_1' };
const policy = `sha256:${'ab'.repeat(32)}`;
const stamp = (i: number) => ({ at: TEST_TIME + i, nonce: nonceOf(i) });
const bodies = [
  writeEntry('consent.given', { subject: subject(1), consent: 'marketing.insurance' }, stamp(0)),
  writeEntry('call.authorized', { ...call, subject: subject(2), policy, consent: 'marketing.insurance' }, stamp(1)),
];
const leaves = bodies.map((body) => leafHash(sha256, body));
const head = { origin: ORIGIN, size: bodies.length, root: rootOf(sha256, leaves) };
const receipt = formatReceipt({
  numbra: 'receipt/1',
  origin: ORIGIN,
  customerKey: base64urlOf(customer),
  checkpoint: addSignatures(signCheckpoint(head, log), cosignatureLine(formatCheckpoint(head), witness, 1_795_420_900)),
  uses: [
    ...bodies.map((entry, index) => ({ n: index + 1, index, entry, proof: inclusionProof(sha256, leaves, index).map(base64urlOf) })),
    { n: 3, open: 'call_a' },
  ],
});
const report = verifyReceipt(receipt, { logKeys: [keys.log], witnessKeys: [keys.witness] });

describe('the page of a receipt', () => {
  it('shows who, when, for which purpose and by which consent, in Chinese and English, and what is not proven', () => {
    const page = receiptPage(report, { fileDigest: 'ab12' });
    for (const text of ['允许拨打电话', 'Call allowed', 'vendor-42', 'marketing.insurance.term-life', '2026-', 'ab12', 'call_a'])
      expect(page).toContain(text);
    expect(page).toContain('cosigned by witness regulator.example/witness');
    expect(page).toContain('并由见证方 regulator.example/witness 联署');
    expect(page).toContain('Not proven: that there was no later use');
    expect(page).not.toMatch(/<script|https?:\/\/|url\(|@import/);
    expect(receiptPage(report, { languages: ['en'] })).not.toContain('允许');
    expect(receiptPage(report, { languages: ['zh'] })).toContain('<html lang="zh-CN">');
  });

  it('says in words which step of a handover was taken, for each step that an entry may hold', () => {
    const handover = { handover: 'handover_a', campaign: 'c-1', vendor: 'vendor-42', recipient: 'insurer', subject: subject(1) };
    const { step } = entrySchemas.handover['properties'] as { readonly step: { readonly enum: readonly string[] } };
    expect(Object.keys(stepWords).sort()).toEqual([...step.enum].sort());
    for (const each of step.enum) {
      const entry = JSON.parse(writeEntry('handover', { ...handover, step: each as 'started' }, stamp(2)));
      const shown = { ...report, uses: [{ n: 1, index: 0, entry }], open: [] };
      for (const language of ['en', 'zh'] as const) {
        const page = receiptPage(shown, { languages: [language] });
        expect(page).toContain(`<dd>${stepWords[each]![language]}</dd>`);
        expect(page).not.toContain(`<dd>${each}</dd>`);
      }
    }
    expect(new Set(Object.values(stepWords).flatMap(({ en, zh }) => [en, zh])).size).toBe(2 * step.enum.length);
  });

  it('names uses that are missing, and escapes whatever the file holds', () => {
    const page = receiptPage({ ...report, missing: [4, 5], open: [{ n: 3, open: '<img src=x onerror=alert(1)>' }] });
    expect(page).toContain('Missing uses: 4, 5');
    expect(page).not.toContain('<img');
  });
});

describe('the check of a file', () => {
  it('holds for the file under these keys, and for nothing else', () => {
    expect(checkReceipt(receipt, { ...keys, log: ` ${keys.log}\n\n` }, 'en')).toMatchObject({ holds: true });
    const other = createNoteSigner(ORIGIN, new Uint8Array(32).fill(9)).verifierKey;
    for (const [text, log] of [
      [receipt, other],
      [receipt, ''],
      [receipt, 'x'],
      [receipt.replace('vendor-42', 'vendor-43'), keys.log],
      ['', keys.log],
    ] as const) {
      const { holds, html } = checkReceipt(text, { log, witness: '' }, 'en');
      expect(holds).toBe(false);
      expect(html).toMatch(/does not hold.*ERR_/);
    }
  });
});

describe.skipIf(!hasChromium)(`check-receipt.html in a browser (${NEEDS_CHROMIUM})`, () => {
  let folder: string;
  let page: BrowserPage;
  const at = (name: string): string => join(folder, name);
  const resultIs = (holds: boolean) =>
    expect.poll(() => page.evaluate(`document.getElementById('result').dataset.holds`), { timeout: 20_000 }).toBe(String(holds));
  const text = () => page.evaluate<string>(`document.getElementById('result').innerText`);
  const type = (id: string, value: string) =>
    page.evaluate(`{const e=document.getElementById('${id}');e.value=${JSON.stringify(value)};e.dispatchEvent(new Event('input'))}`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'numbra page '));
    // As the build makes it.
    const config = fileURLToPath(new URL('../../../../.config/receipt-checker.mjs', import.meta.url));
    const here = fileURLToPath(new URL('.', import.meta.url));
    const made = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { receiptChecker } from ${JSON.stringify(pathToFileURL(config))}; process.stdout.write(await receiptChecker(${JSON.stringify(here)}))`,
      ],
      { encoding: 'utf8', maxBuffer: 1 << 24 },
    );
    expect(made.stderr).toBe('');
    writeFileSync(at('check-receipt.html'), made.stdout);
    writeFileSync(at('receipt.json'), receipt);
    writeFileSync(at('edited.json'), receipt.replace('vendor-42', 'vendor-43'));
    writeFileSync(at('receipt.html'), receiptPage(report));
    page = await openPage(String(pathToFileURL(at('check-receipt.html'))));
  });
  afterAll(async () => {
    await page?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says without a network who vouches for a file that was dropped on it, and what that proves', async () => {
    await type('log', keys.log);
    await page.dropFile(at('receipt.json'));
    await resultIs(true);
    expect(await text()).toContain(`signed by the bank (${ORIGIN})`);
    expect(await text()).toContain('No trusted witness cosigned');
    await type('witness', keys.witness);
    expect(await text()).toContain(`signed by the bank (${ORIGIN}), and cosigned by witness regulator.example/witness`);
    await type('language', 'zh');
    expect(await text()).toContain('由银行签名');
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await type('language', 'en');
  });

  it('finds an edited file, chosen by the button, and the wrong key', async () => {
    await page.chooseFiles('#file', [at('edited.json')]);
    await resultIs(false);
    expect(await text()).toContain('This receipt does not hold');
    await page.chooseFiles('#file', [at('receipt.json')]);
    await resultIs(true);
    await type('log', createNoteSigner(ORIGIN, new Uint8Array(32).fill(9)).verifierKey);
    await resultIs(false);
  });

  it('leaves nothing standing of the file before when the next cannot be read', async () => {
    await type('log', keys.log);
    await page.dropFile(at('receipt.json'));
    await resultIs(true);
    await page.dropFile(folder);
    await resultIs(false);
  });

  it('may load nothing and run nothing else', async () => {
    const ran = await page.evaluate(
      `new Promise((done) => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); setTimeout(() => done(String(window.ran)), 50); })`,
    );
    expect(ran).toBe('undefined');
    expect(await page.evaluate(`fetch('https://bank.example').then(() => 'sent', () => 'blocked')`)).toBe('blocked');
    expect(await page.evaluate(`performance.getEntriesByType('resource').length`)).toBe(0);
  });

  it("prints the customer's page", async () => {
    const printed = await openPage(String(pathToFileURL(at('receipt.html'))));
    expect((await printed.print()).subarray(0, 5).toString()).toBe('%PDF-');
    await printed.close();
  });
});
