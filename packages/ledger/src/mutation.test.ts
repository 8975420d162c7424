import { describe, expect, it } from 'vitest';
import { makeLedger, sha256, sourceOf } from '../../../tests/support/ledgers.js';
import { bundleBytes } from './bundle.js';
import { base64Of, parseBase64, textOf, utf8 } from './bytes.js';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { leafHash } from './hash.js';
import { createNoteSigner, parseVerifierKey } from './note-keys.js';
import { verifyConsistency, verifyInclusion } from './proof.js';
import { openTiles } from './tile-tree.js';
import { rootOf } from './tree.js';
import { verifyLedger } from './verify.js';

const ORIGIN = 'bank.example/ledger';
const signer = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const trust = { logKeys: [parseVerifierKey(signer.verifierKey)] };
const ledger = makeLedger(259);
const note = signCheckpoint({ origin: ORIGIN, size: ledger.size, root: ledger.root }, signer);
const ERRORS = /^ERR_/;

/** Every byte with its lowest bit flipped, then with its highest. */
function* flipsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 0x80]) {
      const changed = bytes.slice();
      changed[at]! ^= bit;
      yield changed;
    }
  }
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'passed';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('whatever byte is flipped, nothing passes', () => {
  it('in a signed checkpoint', async () => {
    for (const changed of flipsOf(utf8(note))) {
      const text = textOf(changed);
      if (text !== undefined) expect(await codeOf(() => openCheckpoint(text, trust))).toMatch(ERRORS);
    }
  });

  it('in an entry bundle', async () => {
    const { checkpoint } = openCheckpoint(note, trust);
    const small = ledger.bundles[1]!;
    for (const changed of flipsOf(bundleBytes(small.data))) {
      const bundles = [ledger.bundles[0]!, { n: 1, data: changed }];
      expect(await codeOf(() => verifyLedger(sha256, { checkpoint, bundles }))).toMatch(ERRORS);
    }
  });

  it('in an entry, a proof hash, or a root', async () => {
    const tree = openTiles(sha256, ledger.source, ledger);
    const { leaf, proof } = await tree.inclusion(258);
    const good = { index: 258, size: ledger.size, leaf, proof, root: ledger.root };
    expect(await codeOf(() => verifyInclusion(sha256, good))).toBe('passed');
    for (const changed of flipsOf(utf8(ledger.bodies[258]!))) {
      expect(await codeOf(() => verifyInclusion(sha256, { ...good, leaf: leafHash(sha256, changed) }))).toBe('ERR_PROOF_INCLUSION');
    }
    for (const [i, hash] of proof.entries()) {
      for (const changed of flipsOf(hash)) {
        const changedProof = proof.map((other, j) => (i === j ? changed : other));
        expect(await codeOf(() => verifyInclusion(sha256, { ...good, proof: changedProof }))).toBe('ERR_PROOF_INCLUSION');
      }
    }
    for (const root of flipsOf(ledger.root))
      expect(await codeOf(() => verifyInclusion(sha256, { ...good, root }))).toBe('ERR_PROOF_INCLUSION');
  });

  it('in a consistency proof', async () => {
    const oldRoot = rootOf(
      sha256,
      ledger.bodies.slice(0, 200).map((body) => leafHash(sha256, body)),
    );
    const proof = await openTiles(sha256, ledger.source, ledger).consistency(200);
    const good = { oldSize: 200, oldRoot, newSize: ledger.size, newRoot: ledger.root, proof };
    expect(await codeOf(() => verifyConsistency(sha256, good))).toBe('passed');
    for (const [i, hash] of proof.entries()) {
      for (const changed of flipsOf(hash)) {
        const changedProof = proof.map((other, j) => (i === j ? changed : other));
        expect(await codeOf(() => verifyConsistency(sha256, { ...good, proof: changedProof }))).toBe('ERR_PROOF_CONSISTENCY');
      }
    }
  });

  it('in a tile', async () => {
    const tile = ledger.tiles.get('0/0')!;
    for (let at = 0; at < tile.length; at += 7) {
      const changed = tile.slice();
      changed[at]! ^= 1 << (at % 8);
      const source = sourceOf(new Map(ledger.tiles).set('0/0', changed), ledger.state);
      expect(await codeOf(() => openTiles(sha256, source, ledger).inclusion(3))).toBe('ERR_TILE_DIFFERS');
    }
  });

  it('in a key string', async () => {
    for (const changed of flipsOf(utf8(signer.verifierKey))) {
      const text = textOf(changed);
      if (text === undefined) continue;
      // A key whose name or id was changed is either no key at all or one that did not sign.
      expect(await codeOf(() => openCheckpoint(note, { logKeys: [parseVerifierKey(text)] }))).toMatch(/^ERR_NOTE_/);
    }
  });

  it('in base64: one spelling each', () => {
    const text = base64Of(ledger.root);
    for (const changed of flipsOf(utf8(text))) {
      const again = textOf(changed);
      const bytes = again === undefined ? undefined : parseBase64(again);
      if (bytes !== undefined) expect(base64Of(bytes)).toBe(again);
    }
    for (const spelling of [`${text}\n`, ` ${text}`, text.replace('=', ''), `${text}=`, `${text}${text}`]) {
      expect(parseBase64(spelling)).toBeUndefined();
    }
  });
});
