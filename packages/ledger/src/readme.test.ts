// biome-ignore-all assist/source/organizeImports: the region is shown in the README as it stands
/** The code of the README, run: the fence there is compared with the region here. */
import { expect, it } from 'vitest';

// #region readme
import { hash, randomBytes } from 'node:crypto';
import * as ledger from '@numbra/ledger';

const sha256 = ledger.sha256FromBinary((bytes) => hash('sha256', bytes, 'binary'));
const signer = ledger.createNoteSigner('bank.example/ledger', randomBytes(32));
const stamp = { at: Date.now(), nonce: randomBytes(16) };

const body = ledger.writeEntry('campaign.closed', { campaign: 'c-2026-11', by: 'op-7' }, stamp);
const { state, root, size } = ledger.integrate(sha256, ledger.emptyState<number>(), [{ id: 1, body }]);
const note = ledger.signCheckpoint({ origin: signer.name, size, root }, signer); // after the commit, never before

// Somebody else, with nothing but the note, the entry and the key that the bank published:
const { checkpoint } = ledger.openCheckpoint(note, { logKeys: [ledger.parseVerifierKey(signer.verifierKey)] });
ledger.verifyInclusion(sha256, { ...checkpoint, index: 0, leaf: ledger.leafHash(sha256, body), proof: [] });
// #endregion

it('runs', () => {
  expect(state.tail).toHaveLength(1);
  expect(checkpoint.size).toBe(1);
});
