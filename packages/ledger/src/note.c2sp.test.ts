import { describe, expect, it } from 'vitest';
import { parseBase64 } from './bytes.js';
import { addSignatures, openNote, signNote } from './note.js';
import { createNoteSigner, parseVerifierKey } from './note-keys.js';

/** The example of Go's sumdb/note, which C2SP signed-note continues. Its private key is public. */
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const SEED = parseBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')!.subarray(1);
const PETER = '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH = '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

describe("the signed note of Go's sumdb", () => {
  it('is signed to the same bytes', () => {
    const signer = createNoteSigner('PeterNeumann', SEED);
    expect(signer.verifierKey).toBe(KEY);
    expect(signNote(TEXT, signer)).toBe(`${TEXT}\n${PETER}`);
  });

  it('opens, and names its key', () => {
    expect(openNote(`${TEXT}\n${PETER}`, [parseVerifierKey(KEY)])).toEqual({
      text: TEXT,
      signatures: [{ name: 'PeterNeumann', keyId: 0xc74f20a3, kind: 'log' }],
    });
  });

  it('opens with a second signature of a key nobody knows here, in either order', () => {
    for (const lines of [PETER + ENOCH, ENOCH + PETER]) {
      expect(openNote(`${TEXT}\n${lines}`, [parseVerifierKey(KEY)]).signatures).toHaveLength(1);
    }
    expect(addSignatures(`${TEXT}\n${PETER}`, ENOCH, ENOCH, PETER)).toBe(`${TEXT}\n${PETER}${ENOCH}`);
  });

  it.each([
    ['a wrong key length', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['an unknown type', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['another id', 'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['another name', 'PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['no name', '+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['an upper-case id', 'PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['nothing', ''],
  ])('knows no key with %s', async (_, key) => {
    await expect(() => parseVerifierKey(key)).toFailWith('ERR_NOTE_KEY');
  });

  it.each([
    ['no newline at the end', `${TEXT}\n${PETER}`.slice(0, -1)],
    ['no blank line', `${TEXT}${PETER}`],
    ['no signature', `${TEXT}\n`],
    ['a hyphen for the dash', `${TEXT}\n${PETER.replace('—', '-')}`],
    ['two spaces', `${TEXT}\n${PETER.replace('— ', '—  ')}`],
    ['a control character', `${TEXT.replace(',', '\t')}\n${PETER}`],
    ['a carriage return', `${TEXT}\n${PETER}`.replaceAll('\n', '\r\n')],
    ['a signature that is not base64', `${TEXT}\n— PeterNeumann BADSIGN=\n`],
    ['a signature shorter than an id', `${TEXT}\n— PeterNeumann x08g\n`],
    ['a second spelling of base64', `${TEXT}\n${PETER.replace('nAM=', 'nAN=')}`],
    ['text after the signatures', `${TEXT}\n${PETER}more\n`],
    ['a thousand signatures', `${TEXT}\n${ENOCH.repeat(1_000)}`],
  ])('is malformed with %s', async (_, note) => {
    await expect(() => openNote(note, [parseVerifierKey(KEY)])).toFailWith('ERR_NOTE_MALFORMED');
  });

  it('is refused when its text or signature was changed', async () => {
    const verifiers = [parseVerifierKey(KEY)];
    await expect(() => openNote(`${TEXT.replace('answer', 'Answer')}\n${PETER}`, verifiers)).toFailWith('ERR_NOTE_SIGNATURE');
    await expect(() => openNote(`${TEXT}\n${PETER.replace('ZJku', 'ZJkv')}`, verifiers)).toFailWith('ERR_NOTE_SIGNATURE');
    // A good signature does not excuse a bad one of the same key.
    await expect(() => openNote(`${TEXT}\n${PETER}${PETER.replace('ZJku', 'ZJkv')}`, verifiers)).toFailWith('ERR_NOTE_SIGNATURE');
  });

  it('is refused when no trusted key signed, whoever else did', async () => {
    await expect(() => openNote(`${TEXT}\n${ENOCH}`, [parseVerifierKey(KEY)])).toFailWith('ERR_NOTE_UNSIGNED');
    await expect(() => openNote(`${TEXT}\n${PETER}`, [])).toFailWith('ERR_NOTE_UNSIGNED');
    await expect(() => openNote(`${TEXT}\n${PETER.replace('PeterNeumann', 'PeterNeumanN')}`, [parseVerifierKey(KEY)])).toFailWith(
      'ERR_NOTE_UNSIGNED',
    );
  });
});
