/** The code of the README, run: the fence there is compared with the region here. */

// #endregion
import { base64urlOf, createNoteSigner, emptyRoot, signCheckpoint } from '@numbra/ledger';
import { signatureLine, statements, verifyReceipt } from '@numbra/verify';
import { expect, it, vi } from 'vitest';
import { sha256 } from '../../../tests/support/ledgers.js';
import { formatReceipt } from './receipt-file.js';

const signer = createNoteSigner('bank.example/ledger', new Uint8Array(32).fill(1));
const text = formatReceipt({
  numbra: 'receipt/1',
  origin: signer.name,
  customerKey: base64urlOf(new Uint8Array(32)),
  checkpoint: signCheckpoint({ origin: signer.name, size: 0, root: emptyRoot(sha256) }, signer),
  uses: [],
});
const bankKey = signer.verifierKey;
const witnessKeys: string[] = [];

/** What the README's function does. */
// #region check
export function check(text: string, bankKey: string, witnessKeys: string[]): void {
  const report = verifyReceipt(text, { logKeys: [bankKey], witnessKeys }); // throws when anything in it is not so
  const witnesses = report.cosignedBy.map(({ name }) => name);
  console.log(signatureLine(report.signedBy.name, witnesses, 'en'));
  for (const { n, entry } of report.uses) console.log(n, entry.at, entry.type);
  for (const code of [...report.guaranteed, ...report.notGuaranteed]) console.log(statements[code].en);
  if (report.missing.length > 0) console.log(`missing: ${report.missing.join(', ')}`);
}
// #endregion

it('runs', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  check(text, bankKey, witnessKeys);
  expect(log.mock.calls[0]).toEqual(['signed by the bank (bank.example/ledger)']);
  log.mockRestore();
});
