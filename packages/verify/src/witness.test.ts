import {
  addSignatures,
  cosignatureLine,
  createCosigner,
  createNoteSigner,
  emptyRoot,
  leafHash,
  openCheckpoint,
  openTiles,
  parseVerifierKey,
  rootOf,
  signCheckpoint,
  type TreeHead,
} from '@numbra/ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLedger, sha256 } from '../../../tests/support/ledgers.js';
import { formatAddCheckpoint, judgeCheckpoint, parseAddCheckpoint } from './witness.js';

const ORIGIN = 'bank.example/ledger';
const log = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const witness = createCosigner('regulator.example/witness', new Uint8Array(32).fill(2));
const trust = { logKeys: [log.verifierKey], sha256 };
const ledger = makeLedger(300);
const leaves = ledger.bodies.map((body) => leafHash(sha256, body));
const headAt = (size: number): TreeHead => ({ size, root: size === 0 ? emptyRoot(sha256) : rootOf(sha256, leaves.slice(0, size)) });
const signed = (head: TreeHead): string => signCheckpoint({ origin: ORIGIN, ...head }, log);
const request = async (oldSize: number, newSize: number) => {
  const head = headAt(newSize);
  return { oldSize, proof: await openTiles(sha256, ledger.source, head).consistency(oldSize), note: signed(head) };
};
const last = (size?: number) => () => (size === undefined ? undefined : headAt(size));

describe('a witness', () => {
  it('accepts a first checkpoint, and every one that grew out of the last, and what it cosigns opens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), async (size, i) => {
        const old = i % (size + 1);
        const verdict = judgeCheckpoint(await request(old, size), last(old === 0 ? undefined : old), trust);
        expect(verdict).toMatchObject({ outcome: 'accepted', checkpoint: { size } });
        if (verdict.outcome !== 'accepted') return;
        const cosigned = addSignatures(signed(headAt(size)), cosignatureLine(verdict.text, witness, 1_795_420_800));
        const opened = openCheckpoint(cosigned, {
          logKeys: [parseVerifierKey(log.verifierKey)],
          witnesses: [parseVerifierKey(witness.verifierKey)],
        });
        expect(opened.cosignatures).toMatchObject([{ name: witness.name, timeSeconds: 1_795_420_800 }]);
      }),
      { numRuns: 30 },
    );
  });

  it('tells the size it knows when asked from another one', async () => {
    const verdict = judgeCheckpoint(await request(100, 300), last(200), trust);
    expect(verdict).toRefuse('size-differs');
    expect(verdict).toMatchObject({ status: 409, size: 200 });
    expect(judgeCheckpoint(await request(0, 300), last(200), trust)).toMatchObject({ code: 'size-differs', size: 200 });
    expect(judgeCheckpoint(await request(100, 300), last(), trust)).toMatchObject({ code: 'size-differs', size: 0 });
  });

  it('refuses a fork: the same size with another root, and a history that did not grow out of the last', async () => {
    const fork = { oldSize: 200, proof: [], note: signed({ size: 200, root: leaves[0]! }) };
    expect(judgeCheckpoint(fork, last(200), trust)).toRefuse('forked');
    const good = await request(200, 300);
    const rewritten = { ...good, note: signed({ size: 300, root: leaves[0]! }) };
    expect(judgeCheckpoint(rewritten, last(200), trust)).toRefuse('inconsistent');
    expect(judgeCheckpoint({ ...good, proof: good.proof.slice(1) }, last(200), trust)).toRefuse('inconsistent');
    expect(judgeCheckpoint({ ...good, oldSize: 0 }, last(), trust)).toRefuse('inconsistent');
  });

  it('never goes back to a smaller tree', async () => {
    const smaller = { oldSize: 200, proof: [], note: signed(headAt(100)) };
    expect(judgeCheckpoint(smaller, last(200), trust)).toRefuse('old-size-beyond');
  });

  it('watches only its ledgers, by their keys', async () => {
    const good = await request(100, 300);
    expect(judgeCheckpoint(good, last(100), { logKeys: [] })).toMatchObject({ code: 'origin-unknown', status: 404 });
    const impostor = createNoteSigner(ORIGIN, new Uint8Array(32).fill(9));
    const forged = { ...good, note: signCheckpoint({ origin: ORIGIN, ...headAt(300) }, impostor) };
    expect(judgeCheckpoint(forged, last(100), trust)).toMatchObject({ code: 'signature-untrusted', status: 403 });
    expect(judgeCheckpoint({ ...good, note: 'hello' }, last(100), trust)).toMatchObject({ code: 'malformed', status: 400 });
    expect(judgeCheckpoint({ ...good, note: 'hello\n\nthere\n' }, last(100), trust)).toRefuse('malformed');
  });
});

describe('a request to a witness', () => {
  it('is read as it was written', async () => {
    for (const [old, size] of [
      [0, 1],
      [100, 300],
      [300, 300],
    ] as const) {
      const one = await request(old, size);
      expect(parseAddCheckpoint(formatAddCheckpoint(one))).toEqual(one);
    }
  });

  it.each([
    '',
    'old 1',
    'old 01\n\nnote\n',
    'old -1\n\nnote\n',
    'old 9999999999999999\n\nnote\n',
    'new 1\n\nnote\n',
    'old 1\nAAAA\n\nnote\n',
    'old 1\nnot base64\n\nnote\n',
    `old 1\n${`${'A'.repeat(43)}=\n`.repeat(64)}\nnote\n`,
  ])('is nothing else: %j', (body) => {
    expect(parseAddCheckpoint(body)).toBeUndefined();
  });
});
