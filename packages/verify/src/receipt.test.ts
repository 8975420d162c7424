import {
  addSignatures,
  base64urlOf,
  cosignatureLine,
  createCosigner,
  createNoteSigner,
  createTreeBuilder,
  type EntryFields,
  type EntryType,
  emptyState,
  formatCheckpoint,
  inclusionProof,
  integrate,
  leafHash,
  rowLeaf,
  signCheckpoint,
  subjectLeaf,
  subjectOf,
  writeEntry,
} from '@numbra/ledger';
import { describe, expect, it } from 'vitest';
import { nonceOf, sha256, TEST_TIME } from '../../../tests/support/ledgers.js';
import { verifyReceipt } from './receipt.js';
import { formatReceipt, type OpenUse, type Receipt, type ReceiptUse } from './receipt-file.js';
import { signatureLine, statements } from './statements.js';

const ORIGIN = 'bank.example/ledger';
const log = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const witness = createCosigner('regulator.example/witness', new Uint8Array(32).fill(2));
const trust = { logKeys: [log.verifierKey], witnessKeys: [witness.verifierKey], sha256 };

const alice = new Uint8Array(32).fill(0xa1);
const bob = new Uint8Array(32).fill(0xb0);
const subject = (key: Uint8Array, n: number): Uint8Array => subjectOf(sha256, key, ORIGIN, n);
const policy = `sha256:${'ab'.repeat(32)}`;
const campaign = 'c-2026-11';
const vendor = 'vendor-42';
const purpose = 'marketing.insurance.term-life';

/** The ledger of a short story: two customers, an export, calls, a refusal, an abandoned export. */
const bodies: string[] = [];
const record = <T extends EntryType>(type: T, fields: EntryFields<T>): number =>
  bodies.push(writeEntry(type, fields, { at: TEST_TIME + bodies.length, nonce: nonceOf(bodies.length) })) - 1;
const call = (name: string, of: Uint8Array) => ({ call: `call_${name}`, campaign, vendor, purpose, grant: 'grant_1', subject: of, policy });

const rows = ['nr1_bob,nd1_bob,*********11', 'nr1_alice,nd1_alice,*********34', 'nr1_carol,nd1_carol,*********56'];
const rowHashes = rows.map((row) => sha256(new TextEncoder().encode(row)));
const rowLeaves = [subject(bob, 1), subject(alice, 2), nonceOf(99)].map((of, i) => rowLeaf(sha256, of, rowHashes[i]!));
const abandoned = [subject(bob, 2), subject(alice, 7)].map((of) => subjectLeaf(sha256, of));
const rootOver = (leaves: readonly Uint8Array[]): Uint8Array => {
  const builder = createTreeBuilder(sha256);
  for (const leaf of leaves) builder.add(leaf);
  return builder.root();
};

const given = record('consent.given', { subject: subject(alice, 1), consent: 'marketing.insurance' });
const exported = record('export.made', {
  export: 'export_1',
  campaign,
  vendor,
  purpose,
  policy,
  rows: rows.length,
  root: rootOver(rowLeaves),
  file: policy,
});
const authorized = record('call.authorized', call('a', subject(alice, 3)));
const placed = record('call.placed', { call: 'call_a', subject: subject(alice, 4) });
const refused = record('refusals', {
  campaign,
  vendor,
  grant: 'grant_1',
  from: TEST_TIME,
  to: TEST_TIME + 60_000,
  count: 2,
  codes: { 'do-not-call': 2 },
  policy,
  subjects: [subject(bob, 3), subject(alice, 5)],
});
const second = record('call.authorized', call('b', subject(alice, 6)));
const dropped = record('export.abandoned', { export: 'export_2', campaign, rows: 2, root: rootOver(abandoned) });
const others = record('call.placed', { call: 'call_c', subject: subject(bob, 4) });

const { root, size } = integrate(
  sha256,
  emptyState<number>(),
  bodies.map((body, id) => ({ id, body })),
);
const leaves = bodies.map((body) => leafHash(sha256, body));
const head = { origin: ORIGIN, size, root };
const note = signCheckpoint(head, log);
const cosigned = addSignatures(note, cosignatureLine(formatCheckpoint(head), witness, 1_795_420_900));

const encoded = (hashes: readonly Uint8Array[]): string[] => hashes.map(base64urlOf);
const use = (n: number, index: number): ReceiptUse => ({
  n,
  index,
  entry: bodies[index]!,
  proof: encoded(inclusionProof(sha256, leaves, index)),
});
const row = { index: 1, proof: encoded(inclusionProof(sha256, rowLeaves, 1)), text: rows[1]! };
const uses: readonly (ReceiptUse | OpenUse)[] = [
  use(1, given),
  { ...use(2, exported), row },
  use(3, authorized),
  use(4, placed),
  use(5, refused),
  use(6, second),
  { ...use(7, dropped), row: { index: 1, proof: encoded(inclusionProof(sha256, abandoned, 1)) } },
  { n: 8, open: 'call_b' },
];
const receipt: Receipt = { numbra: 'receipt/1', origin: ORIGIN, customerKey: base64urlOf(alice), checkpoint: cosigned, uses };
const with_ = (change: Partial<Receipt>): string => formatReceipt({ ...receipt, ...change });
const withUse = (n: number, change: object): string =>
  with_({ uses: uses.map((each) => (each.n === n ? ({ ...each, ...change } as ReceiptUse) : each)) });

describe('a receipt', () => {
  it('proves every use: consent, export with its row, calls, refusals in bulk, an abandoned export, an open settlement', () => {
    const report = verifyReceipt(formatReceipt(receipt), trust);
    expect(report.uses.map(({ n, entry }) => [n, entry.type])).toEqual([
      [1, 'consent.given'],
      [2, 'export.made'],
      [3, 'call.authorized'],
      [4, 'call.placed'],
      [5, 'refusals'],
      [6, 'call.authorized'],
      [7, 'export.abandoned'],
    ]);
    expect(report.uses[1]?.rowText).toBe(rows[1]);
    expect(report.open).toEqual([{ n: 8, open: 'call_b' }]);
    expect(report.missing).toEqual([]);
    expect(report).toMatchObject({ origin: ORIGIN, size: 8, signedBy: { name: ORIGIN } });
  });

  it('says who vouches, and lists what is proven and what is not', () => {
    const report = verifyReceipt(formatReceipt(receipt), trust);
    expect(report.cosignedBy).toMatchObject([{ name: witness.name, timeSeconds: 1_795_420_900 }]);
    expect(report.guaranteed).toEqual(['in-ledger', 'about-this-customer', 'no-gap', 'unchanged', 'witnessed']);
    expect(report.notGuaranteed).toEqual(['end-unknown', 'enrolled-once', 'outside-unknown']);
    const alone = verifyReceipt(with_({ checkpoint: note }), trust);
    expect(alone.cosignedBy).toEqual([]);
    expect(alone.notGuaranteed).toContain('no-witness');
    expect(alone.guaranteed).not.toContain('witnessed');
    // A witness that the checker does not trust says nothing.
    expect(verifyReceipt(formatReceipt(receipt), { logKeys: trust.logKeys }).cosignedBy).toEqual([]);
    expect(signatureLine(ORIGIN, [], 'en')).toBe('signed by the bank (bank.example/ledger)');
    expect(signatureLine(ORIGIN, [witness.name], 'en')).toContain(', and cosigned by witness regulator.example/witness');
    expect(signatureLine(ORIGIN, [witness.name], 'zh')).toContain('联署');
    expect(signatureLine(ORIGIN, [], 'zh')).toContain('由银行签名');
    for (const text of Object.values(statements)) expect([text.en, text.zh].every((line) => line.length > 10)).toBe(true);
  });

  it('verifies without a row text, by its hash alone, and with the built-in SHA-256', () => {
    const hashed = withUse(2, { row: { index: 1, proof: row.proof, hash: base64urlOf(rowHashes[1]!) } });
    expect(verifyReceipt(hashed, { logKeys: trust.logKeys }).uses[1]?.rowText).toBeUndefined();
  });

  it('shows a gap: every n that is missing up to the last', () => {
    const gap = with_({ uses: uses.filter(({ n }) => n !== 1 && n !== 5) });
    const report = verifyReceipt(gap, trust);
    expect(report.missing).toEqual([1, 5]);
    expect(report.guaranteed).not.toContain('no-gap');
    expect(report.notGuaranteed).toContain('gap');
  });

  it('of a customer without uses proves nothing and says so', () => {
    expect(verifyReceipt(with_({ uses: [] }), trust)).toMatchObject({ uses: [], missing: [] });
  });
});

describe('a receipt is refused', () => {
  it.each([
    ['another customer key', with_({ customerKey: base64urlOf(bob) }), 'ERR_RECEIPT_SUBJECT'],
    ['an entry about somebody else', withUse(4, use(4, others)), 'ERR_RECEIPT_SUBJECT'],
    ['an entry under another n', with_({ uses: [use(2, given)] }), 'ERR_RECEIPT_SUBJECT'],
    ['a row beside an entry that has none', withUse(1, { row }), 'ERR_RECEIPT_SUBJECT'],
    ['an entry at another place', withUse(3, { index: placed }), 'ERR_PROOF_INCLUSION'],
    ['an entry edited', withUse(3, { entry: bodies[authorized]!.replace('call_a', 'call_z') }), 'ERR_PROOF_INCLUSION'],
    ['a position beyond the ledger', withUse(3, { index: size }), 'ERR_PROOF_INCLUSION'],
    ['another row', withUse(2, { row: { ...row, text: rows[0] } }), 'ERR_RECEIPT_ROW'],
    ['a row at another place', withUse(2, { row: { ...row, index: 0 } }), 'ERR_RECEIPT_ROW'],
    ['a row with text and hash', withUse(2, { row: { ...row, hash: base64urlOf(rowHashes[1]!) } }), 'ERR_RECEIPT_ROW'],
    ['an export without a row', withUse(2, { row: undefined }), 'ERR_RECEIPT_ROW'],
    ['an abandoned export with a row text', withUse(7, { row }), 'ERR_RECEIPT_ROW'],
    ['an open use of a settled call', withUse(8, { open: 'call_a' }), 'ERR_RECEIPT_OPEN'],
    ['an open use of no call', withUse(8, { open: 'call_x' }), 'ERR_RECEIPT_OPEN'],
    ['two open uses of one call', with_({ uses: [...uses, { n: 9, open: 'call_b' }] }), 'ERR_RECEIPT_OPEN'],
    ['an open use before its call', with_({ uses: [{ n: 1, open: 'call_b' }, use(6, second)] }), 'ERR_RECEIPT_OPEN'],
    ['the origin of another ledger', with_({ origin: 'other.example/ledger' }), 'ERR_RECEIPT_ORIGIN'],
    ['uses that do not ascend', with_({ uses: [...uses].reverse() }), 'ERR_RECEIPT_MALFORMED'],
    ['one n twice', with_({ uses: [use(1, given), use(1, given)] }), 'ERR_RECEIPT_MALFORMED'],
    ['n = 0', with_({ uses: [{ ...use(1, given), n: 0 }] }), 'ERR_RECEIPT_MALFORMED'],
    ['another version', with_({ numbra: 'receipt/2' as 'receipt/1' }), 'ERR_RECEIPT_MALFORMED'],
    ['an unknown member', withUse(3, { remark: 'trust me' }), 'ERR_RECEIPT_MALFORMED'],
    ['a proof of a thousand hashes', withUse(3, { proof: Array(1_000).fill(base64urlOf(root)) }), 'ERR_RECEIPT_MALFORMED'],
    ['spaces', JSON.stringify(receipt, null, 2), 'ERR_RECEIPT_MALFORMED'],
    ['nothing', '', 'ERR_RECEIPT_MALFORMED'],
  ])('with %s', async (_, text, code) => {
    await expect(() => verifyReceipt(text, trust)).toFailWith(code);
  });

  it('under a key that the checker does not trust, whatever the receipt says', async () => {
    const impostor = createNoteSigner(ORIGIN, new Uint8Array(32).fill(9));
    await expect(() => verifyReceipt(with_({ checkpoint: signCheckpoint(head, impostor) }), trust)).toFailWith('ERR_NOTE_UNSIGNED');
    await expect(() => verifyReceipt(formatReceipt(receipt), { logKeys: ['not a key'] })).toFailWith('ERR_NOTE_KEY');
  });

  it('whatever byte of it is flipped', () => {
    const bytes = new TextEncoder().encode(with_({ checkpoint: note, uses: uses.slice(1, 4) }));
    const passed: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 7);
      try {
        verifyReceipt(new TextDecoder().decode(changed), trust);
        passed.push(at);
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^ERR_/);
      }
    }
    expect(passed).toEqual([]);
  }, 60_000);
});
