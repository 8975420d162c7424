/**
 * AES Key Wrap (RFC 3394) of 32 bytes, block by block, so that the wrapping key can lie in a token and needs no more than plain AES:
 * tokens that let no unwrapped key out again can do this too. The bytes are those of `id-aes256-wrap`.
 *
 * Not for keys in memory: node:crypto does it in one call.
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc3394
 */
import { timingSafeEqual } from 'node:crypto';

const HALF_BYTES = 8;
const BLOCK_BYTES = 16;
/** 64-bit halves in 32 bytes. */
const HALVES = 4;
const ROUNDS = 6;
export const SECRET_BYTES = HALVES * HALF_BYTES;
export const WRAPPED_BYTES = SECRET_BYTES + HALF_BYTES;
/** §2.2.3.1: the value that unwrapping checks. */
const INITIAL_VALUE = Buffer.alloc(HALF_BYTES, 0xa6);

/** Encrypts or decrypts one block of 16 bytes. */
export type BlockFunction = (block: Buffer) => Buffer;

/** §2.2.1 */
export function wrapKey(encrypt: BlockFunction, secret: Uint8Array): Uint8Array {
  const wrapped = Buffer.concat([INITIAL_VALUE, secret]);
  for (let step = 1; step <= ROUNDS * HALVES; step++) {
    const at = HALF_BYTES * (1 + ((step - 1) % HALVES));
    const block = encrypt(Buffer.concat([wrapped.subarray(0, HALF_BYTES), wrapped.subarray(at, at + HALF_BYTES)]));
    addStep(block, step);
    block.copy(wrapped, 0, 0, HALF_BYTES);
    block.copy(wrapped, at, HALF_BYTES);
    block.fill(0);
  }
  return Uint8Array.from(wrapped);
}

/** §2.2.2. `undefined`: not wrapped under this key, or changed. */
export function unwrapKey(decrypt: BlockFunction, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.length !== WRAPPED_BYTES) return undefined;
  const secret = Buffer.from(wrapped);
  for (let step = ROUNDS * HALVES; step >= 1; step--) {
    const at = HALF_BYTES * (1 + ((step - 1) % HALVES));
    const block = Buffer.concat([secret.subarray(0, HALF_BYTES), secret.subarray(at, at + HALF_BYTES)], BLOCK_BYTES);
    addStep(block, step);
    const opened = decrypt(block);
    opened.copy(secret, 0, 0, HALF_BYTES);
    opened.copy(secret, at, HALF_BYTES);
    opened.fill(0);
  }
  const isGenuine = timingSafeEqual(secret.subarray(0, HALF_BYTES), INITIAL_VALUE);
  const result = Uint8Array.from(secret.subarray(HALF_BYTES));
  secret.fill(0);
  if (isGenuine) return result;
  result.fill(0);
  return undefined;
}

/** A ← A ⊕ t. t is at most 24 and touches the last byte alone. */
function addStep(block: Buffer, step: number): void {
  block[HALF_BYTES - 1] = (block[HALF_BYTES - 1] as number) ^ step;
}
