/**
 * What tests against vectors of others need: the files themselves, and AES with keys of any size. The product uses AES-256 alone; the
 * engine works with any block cipher, so that every vector can be run.
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { BlockCipher, SivCiphers } from '../block-cipher.js';

const WYCHEPROOF = new URL('../../../../../../shared/vectors/wycheproof/', import.meta.url);

/** A file of Wycheproof's `testvectors_v1`, or `undefined` where they are not at hand (beside the repository). */
export function readWycheproof<T>(name: string): { readonly testGroups: readonly T[] } | undefined {
  const file = new URL(name, WYCHEPROOF);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** AES-128, AES-192 or AES-256. */
export function aesOfAnySize(key: Uint8Array): BlockCipher {
  const cipher = createCipheriv(`aes-${8 * key.length}-ecb`, key, null).setAutoPadding(false);
  return {
    encrypt: (input, output) => output.set(cipher.update(input)),
    close: () => {
      cipher.final();
    },
  };
}

/** The ciphers of an AES-SIV key of 32, 48 or 64 bytes. */
export function sivCiphersOfAnySize(key: Uint8Array): SivCiphers {
  const half = key.length / 2;
  return { mac: aesOfAnySize(key.subarray(0, half)), ctr: aesOfAnySize(key.subarray(half)) };
}

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

export function hex(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString('hex');
}
