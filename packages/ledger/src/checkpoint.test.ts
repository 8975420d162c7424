import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Of } from './bytes.js';
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.js';
import { addSignatures, cosignatureLine, openNote } from './note.js';
import { createCosigner, createNoteSigner, parseVerifierKey } from './note-keys.js';

const ORIGIN = 'bank.example/ledger';
const root = new Uint8Array(32).fill(7);
const head = { origin: ORIGIN, size: 20_852_163, root };
const log = createNoteSigner(ORIGIN, new Uint8Array(32).fill(1));
const witness = createCosigner('regulator.example/witness', new Uint8Array(32).fill(2));
const other = createCosigner('other.example/witness', new Uint8Array(32).fill(3));
const trust = { logKeys: [parseVerifierKey(log.verifierKey)], witnesses: [parseVerifierKey(witness.verifierKey)] };
const note = signCheckpoint(head, log);
const cosigned = addSignatures(note, cosignatureLine(formatCheckpoint(head), witness, 1_795_420_800));

describe('a checkpoint', () => {
  it('is three lines: origin, size, root', () => {
    expect(formatCheckpoint(head)).toBe(`${ORIGIN}\n20852163\n${base64Of(root)}\n`);
  });

  it('reads what it wrote, for any size and root, extension lines too', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, hash) => {
        const checkpoint = { origin: ORIGIN, size, root: hash, extensions: ['one more'] };
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
    );
  });

  it.each([
    ['a leading zero', `${ORIGIN}\n020\n${base64Of(root)}\n`],
    ['a negative size', `${ORIGIN}\n-1\n${base64Of(root)}\n`],
    ['a size beyond what can be counted', `${ORIGIN}\n9999999999999999\n${base64Of(root)}\n`],
    ['a short root', `${ORIGIN}\n20\n${base64Of(root.subarray(1))}\n`],
    ['base64url', `${ORIGIN}\n20\n${base64Of(new Uint8Array(32).fill(255)).replaceAll('/', '_')}\n`],
    ['no origin', `\n20\n${base64Of(root)}\n`],
    ['an empty line', `${ORIGIN}\n20\n${base64Of(root)}\n\n`],
    ['no last newline', `${ORIGIN}\n20\n${base64Of(root)}`],
    ['nothing', ''],
  ])('is malformed with %s', async (_, text) => {
    await expect(() => parseCheckpoint(text)).toFailWith('ERR_CHECKPOINT_MALFORMED');
  });

  it('cannot be written with an origin of two lines or a root of another length', async () => {
    await expect(() => formatCheckpoint({ ...head, origin: 'a\nb' })).toFailWith('ERR_CHECKPOINT_MALFORMED');
    await expect(() => formatCheckpoint({ ...head, root: root.subarray(1) })).toFailWith('ERR_CHECKPOINT_MALFORMED');
    await expect(() => formatCheckpoint({ ...head, size: 1.5 })).toFailWith('ERR_CHECKPOINT_MALFORMED');
  });
});

describe('a signed checkpoint', () => {
  it('opens and says who signed; signing twice gives the same bytes', () => {
    expect(signCheckpoint(head, log)).toBe(note);
    const opened = openCheckpoint(note, trust);
    expect(opened.checkpoint).toMatchObject(head);
    expect(opened.signedBy.name).toBe(ORIGIN);
    expect(opened.cosignatures).toEqual([]);
  });

  it('says which trusted witness cosigned, and when', () => {
    expect(openCheckpoint(cosigned, trust).cosignatures).toEqual([
      { name: witness.name, keyId: witness.keyId, kind: 'witness', timeSeconds: 1_795_420_800 },
    ]);
  });

  it('ignores a witness that is not trusted', () => {
    const both = addSignatures(cosigned, cosignatureLine(formatCheckpoint(head), other, 1_795_420_801));
    expect(openCheckpoint(both, trust).cosignatures).toHaveLength(1);
    expect(openCheckpoint(both, { logKeys: trust.logKeys }).cosignatures).toHaveLength(0);
  });

  it('is not opened by witnesses alone, nor by a log key under another name or origin', async () => {
    const text = formatCheckpoint(head);
    const onlyWitness = addSignatures(signCheckpoint(head, createNoteSigner('x', new Uint8Array(32))), cosignatureLine(text, witness, 1));
    await expect(() => openCheckpoint(onlyWitness, trust)).toFailWith('ERR_NOTE_UNSIGNED');
    const impostor = createNoteSigner('somebody.example', new Uint8Array(32).fill(9));
    await expect(() => openCheckpoint(signCheckpoint(head, impostor), { logKeys: [parseVerifierKey(impostor.verifierKey)] })).toFailWith(
      'ERR_NOTE_UNSIGNED',
    );
    await expect(() => openCheckpoint(note, { ...trust, origin: 'another.example/ledger' })).toFailWith('ERR_NOTE_UNSIGNED');
    // A witness key configured as a log key, and the other way round, counts for nothing.
    await expect(() => openCheckpoint(cosigned, { logKeys: trust.witnesses, witnesses: trust.logKeys })).toFailWith('ERR_NOTE_UNSIGNED');
  });

  it('opens with either key while the log key is replaced', () => {
    const next = createNoteSigner(ORIGIN, new Uint8Array(32).fill(4));
    const twice = signCheckpoint(head, log, next);
    for (const key of [log, next]) {
      expect(openCheckpoint(twice, { logKeys: [parseVerifierKey(key.verifierKey)] }).signedBy.keyId).toBe(key.keyId);
    }
  });

  it('shows a changed cosignature: its time, size or text is bound', async () => {
    const text = formatCheckpoint(head);
    const time = cosignatureLine(text, witness, 5);
    const moved = openNote(addSignatures(note, time), trust.witnesses);
    expect(moved.signatures[0]?.timeSeconds).toBe(5);
    const forged = addSignatures(signCheckpoint({ ...head, size: head.size + 1 }, log), time);
    await expect(() => openCheckpoint(forged, trust)).toFailWith('ERR_NOTE_SIGNATURE');
  });
});
