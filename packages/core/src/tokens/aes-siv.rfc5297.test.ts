/** RFC 5297 Appendix A. Its keys are of AES-128; the engine is the same. https://www.rfc-editor.org/rfc/rfc5297#appendix-A */
import { describe, expect, it } from 'vitest';
import { AesSiv } from './aes-siv.js';
import { Cmac } from './cmac.js';
import { aesOfAnySize, bytes, hex, sivCiphersOfAnySize } from './vectors/foreign.js';

const deterministic = {
  key: bytes('fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff'),
  ad: bytes('10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627'),
  plaintext: bytes('11223344 55667788 99aabbcc ddee'),
  sealed: '85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c',
};

const nonceBased = {
  key: bytes('7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f'),
  ad1: bytes('00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100'),
  ad2: bytes('10203040 50607080 90a0'),
  nonce: bytes('09f91102 9d74e35b d84156c5 635688c0'),
  plaintext: Buffer.from('this is some plaintext to encrypt using SIV-AES'),
  sealed: '7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d',
};

describe('AES-SIV against RFC 5297', () => {
  it('gives the CMAC of a zero block of A.1', () => {
    const cmac = new Cmac(aesOfAnySize(deterministic.key.subarray(0, 16)));
    expect(hex(cmac.mac(new Uint8Array(16)))).toBe('0e04dfafc1efbf040140582859bf073a');
  });

  it('seals and opens A.1, deterministic encryption', () => {
    const siv = new AesSiv(sivCiphersOfAnySize(deterministic.key));
    expect(hex(siv.seal(deterministic.plaintext, deterministic.ad))).toBe(deterministic.sealed);
    expect(hex(siv.open(bytes(deterministic.sealed), deterministic.ad))).toBe(hex(deterministic.plaintext));
  });

  it('seals and opens A.2, nonce-based encryption, where the counter block would carry without its cleared bits', () => {
    const siv = new AesSiv(sivCiphersOfAnySize(nonceBased.key));
    const { ad1, ad2, nonce } = nonceBased;
    expect(hex(siv.seal(nonceBased.plaintext, ad1, ad2, nonce))).toBe(nonceBased.sealed);
    expect(hex(siv.open(bytes(nonceBased.sealed), ad1, ad2, nonce))).toBe(hex(nonceBased.plaintext));
  });

  it('refuses A.2 with its components in another order', () => {
    const siv = new AesSiv(sivCiphersOfAnySize(nonceBased.key));
    expect(siv.open(bytes(nonceBased.sealed), nonceBased.ad2, nonceBased.ad1, nonceBased.nonce)).toBeUndefined();
  });
});
