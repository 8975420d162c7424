/**
 * Block cipher: the one thing that AES-SIV and FF1 ask of a key. Everything above works on whole batches of blocks and hands them
 * over in one call, so that a key inside a PKCS#11 token can do the same work, one C_Encrypt a pass.
 *
 * Not a mode of operation: encrypting values with it directly shows which are equal (ECB). Use aes-siv.ts.
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { fail } from '../errors.js';

/** Bytes of an AES block. */
export const BLOCK_BYTES = 16;
const AES_256_KEY_BYTES = 32;

/** Encrypts whole blocks under one key. */
export interface BlockCipher {
  /**
   * Encrypts every block of `input` by itself into `output`.
   *
   * @param input - a multiple of 16 bytes
   * @param output - as long as `input`, never overlapping it
   * @throws `ERR_CLOSED`
   */
  encrypt(input: Uint8Array, output: Uint8Array): void;
  /** Wipes the key. */
  close(): void;
}

/** The two ciphers of AES-SIV: `mac` works under the first half of the key (S2V), `ctr` under the second (RFC 5297 §2.2). */
export interface SivCiphers {
  readonly mac: BlockCipher;
  readonly ctr: BlockCipher;
}

/**
 * AES-256 through node:crypto. The cipher object is made once and lives as long as the key is needed: a call on it costs 0.3 µs,
 * a fresh one ten times as much.
 *
 * @param key - 32 bytes; OpenSSL keeps its own copy, so that the caller can wipe this one
 * @throws `ERR_KEY_LENGTH`
 */
export function createAesCipher(key: Uint8Array): BlockCipher {
  if (key.length !== AES_256_KEY_BYTES) throw fail('ERR_KEY_LENGTH');
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  let closed = false;
  return {
    encrypt(input, output) {
      if (closed) throw fail('ERR_CLOSED');
      output.set(cipher.update(input));
    },
    close() {
      if (closed) return;
      closed = true;
      // Frees OpenSSL's context, which overwrites the expanded key.
      cipher.final();
    },
  };
}

/**
 * The two ciphers of one AES-256-SIV key.
 *
 * @param key - 64 bytes: the key of S2V, then the key of CTR
 * @throws `ERR_KEY_LENGTH`
 */
export function createSivCiphers(key: Uint8Array): SivCiphers {
  if (key.length !== 2 * AES_256_KEY_BYTES) throw fail('ERR_KEY_LENGTH');
  return { mac: createAesCipher(key.subarray(0, AES_256_KEY_BYTES)), ctr: createAesCipher(key.subarray(AES_256_KEY_BYTES)) };
}
