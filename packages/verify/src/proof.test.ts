import { base64urlOf, createNoteSigner, inclusionProof, leafHash, openTiles, rootOf, signCheckpoint } from '@numbra/ledger';
import { describe, expect, it } from 'vitest';
import { makeLedger, sha256 } from '../../../tests/support/ledgers.js';
import { verifyEntryProof, verifyGrowth } from './proof.js';
import { type EntryProof, formatReceipt } from './receipt-file.js';

const ORIGIN = 'bank.example/ledger';
const log = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const trust = { logKeys: [log.verifierKey], sha256 };
const ledger = makeLedger(300);
const leaves = ledger.bodies.map((body) => leafHash(sha256, body));
const note = signCheckpoint({ origin: ORIGIN, size: 300, root: ledger.root }, log);
const older = signCheckpoint({ origin: ORIGIN, size: 100, root: rootOf(sha256, leaves.slice(0, 100)) }, log);
const file: EntryProof = {
  numbra: 'proof/1',
  checkpoint: note,
  index: 7,
  entry: ledger.bodies[7]!,
  proof: inclusionProof(sha256, leaves, 7).map(base64urlOf),
};

describe('a proof file', () => {
  it('proves one entry at its place in the ledger of a trusted key', () => {
    expect(verifyEntryProof(formatReceipt(file), trust)).toMatchObject({
      origin: ORIGIN,
      size: 300,
      index: 7,
      entry: { type: 'call.placed', call: 'call_n7' },
      signedBy: { name: ORIGIN },
      cosignedBy: [],
    });
  });

  it('proves no other entry, place or ledger', async () => {
    await expect(() => verifyEntryProof(formatReceipt({ ...file, index: 8 }), trust)).toFailWith('ERR_PROOF_INCLUSION');
    await expect(() => verifyEntryProof(formatReceipt({ ...file, entry: ledger.bodies[8]! }), trust)).toFailWith('ERR_PROOF_INCLUSION');
    await expect(() => verifyEntryProof(formatReceipt({ ...file, checkpoint: older }), trust)).toFailWith('ERR_PROOF_INCLUSION');
    await expect(() => verifyEntryProof(formatReceipt(file), { logKeys: [] })).toFailWith('ERR_NOTE_UNSIGNED');
    await expect(() => verifyEntryProof(JSON.stringify(file), trust)).toFailWith('ERR_RECEIPT_MALFORMED');
  });

  it('proves nothing about what is in the ledger but is no entry', async () => {
    const bodies = ['{"not":"an entry"}'];
    const [leaf] = bodies.map((body) => leafHash(sha256, body));
    const checkpoint = signCheckpoint({ origin: ORIGIN, size: 1, root: leaf! }, log);
    const strange = formatReceipt({ numbra: 'proof/1', checkpoint, index: 0, entry: bodies[0]!, proof: [] });
    await expect(() => verifyEntryProof(strange, trust)).toFailWith('ERR_ENTRY_TYPE');
  });
});

describe('growth', () => {
  it('is proven from a checkpoint that you hold to a newer one', async () => {
    const proof = await openTiles(sha256, ledger.source, ledger).consistency(100);
    expect(verifyGrowth(older, note, proof, trust)).toMatchObject({ origin: ORIGIN, oldSize: 100, newSize: 300 });
  });

  it('is not proven for a fork, backwards, or between two ledgers', async () => {
    const proof = await openTiles(sha256, ledger.source, ledger).consistency(100);
    const fork = signCheckpoint({ origin: ORIGIN, size: 100, root: leaves[0]! }, log);
    await expect(() => verifyGrowth(fork, note, proof, trust)).toFailWith('ERR_PROOF_CONSISTENCY');
    await expect(() => verifyGrowth(note, older, proof, trust)).toFailWith('ERR_PROOF_CONSISTENCY');
    const another = createNoteSigner('other.example/ledger', new Uint8Array(32).fill(3));
    const foreign = signCheckpoint({ origin: another.name, size: 300, root: ledger.root }, another);
    const both = { ...trust, logKeys: [log.verifierKey, another.verifierKey] };
    await expect(() => verifyGrowth(older, foreign, proof, both)).toFailWith('ERR_NOTE_UNSIGNED');
  });
});
