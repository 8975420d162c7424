/**
 * ristretto255 by libsodium, compiled to WebAssembly: a multiplication takes a tenth of the time it takes in JavaScript. libsodium takes
 * the identity's encoding for a valid point and throws when a product is the identity, so that both are looked for first.
 *
 * Its multiplication and scalar arithmetic do not branch on secrets; what a WebAssembly engine makes of them is not promised by anybody.
 * @module
 * @see https://doc.libsodium.org/advanced/point-arithmetic/ristretto
 */
import { createHash } from 'node:crypto';
import { expandMessage } from './expand-message.js';
import { type Group, RANDOM_BYTES } from './group.js';

/** What is used of libsodium. */
export interface SodiumRistretto {
  crypto_core_ristretto255_add(p: Uint8Array, q: Uint8Array): Uint8Array;
  crypto_core_ristretto255_from_hash(hash: Uint8Array): Uint8Array;
  crypto_core_ristretto255_is_valid_point(point: Uint8Array): boolean;
  crypto_core_ristretto255_scalar_add(x: Uint8Array, y: Uint8Array): Uint8Array;
  crypto_core_ristretto255_scalar_sub(x: Uint8Array, y: Uint8Array): Uint8Array;
  crypto_core_ristretto255_scalar_mul(x: Uint8Array, y: Uint8Array): Uint8Array;
  crypto_core_ristretto255_scalar_invert(s: Uint8Array): Uint8Array;
  crypto_core_ristretto255_scalar_reduce(wide: Uint8Array): Uint8Array;
  crypto_scalarmult_ristretto255(scalar: Uint8Array, element: Uint8Array): Uint8Array;
  crypto_scalarmult_ristretto255_base(scalar: Uint8Array): Uint8Array;
}

const BYTES = 32;
/** Bytes that are reduced to one scalar: so many more than the order's that no scalar is likelier (RFC 9497 § 4.1). */
const WIDE_BYTES = 64;
/** 2^252 + 27742317777372353535851937790883648493, little-endian. */
const ORDER = Uint8Array.from(Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex'));

const sha512 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  const digest = hash.digest();
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
};

/** Makes the group. An element is its encoding, which libsodium takes and gives. */
export function createSodiumGroup(sodium: SodiumRistretto): Group<Uint8Array> {
  const add = (left: Uint8Array, right: Uint8Array): Uint8Array => sodium.crypto_core_ristretto255_add(left, right);
  const expand = (message: Uint8Array, dst: Uint8Array): Uint8Array => expandMessage('sha512', message, dst, WIDE_BYTES);
  const isScalar = (scalar: Uint8Array): boolean => scalar.length === BYTES && isBelowOrder(scalar);
  return {
    suite: 'ristretto255-SHA512',
    backend: 'libsodium',
    elementBytes: BYTES,
    scalarBytes: BYTES,
    generator: sodium.crypto_scalarmult_ristretto255_base(Uint8Array.from({ length: BYTES }, (_, i) => (i === 0 ? 1 : 0))),
    hash: sha512,
    hashToElement(message, dst) {
      const element = sodium.crypto_core_ristretto255_from_hash(expand(message, dst));
      return isZero(element) ? undefined : element;
    },
    hashToScalar: (message, dst) => sodium.crypto_core_ristretto255_scalar_reduce(expand(message, dst)),
    decode(bytes) {
      if (bytes.length !== BYTES || isZero(bytes) || !sodium.crypto_core_ristretto255_is_valid_point(bytes)) return undefined;
      return Uint8Array.from(bytes);
    },
    encode: (element) => Uint8Array.from(element),
    multiply: (element, scalar) => sodium.crypto_scalarmult_ristretto255(scalar, element),
    multiplyBase: (scalar) => sodium.crypto_scalarmult_ristretto255_base(scalar),
    add,
    combine(elements, scalars) {
      let sum = new Uint8Array(BYTES);
      for (const [i, element] of elements.entries()) {
        const scalar = scalars[i] as Uint8Array;
        // libsodium throws when a product is the identity.
        if (isZero(scalar) || isZero(element)) continue;
        sum = Uint8Array.from(add(sum, sodium.crypto_scalarmult_ristretto255(scalar, element)));
      }
      return sum;
    },
    isIdentity: isZero,
    isScalar,
    isKey: (scalar) => isScalar(scalar) && !isZero(scalar),
    randomScalar(random) {
      for (;;) {
        // As the other library draws: the same random bytes give the same scalar.
        const drawn = random(RANDOM_BYTES);
        const wide = new Uint8Array(WIDE_BYTES);
        for (const [i, byte] of drawn.entries()) wide[RANDOM_BYTES - 1 - i] = byte;
        const scalar = sodium.crypto_core_ristretto255_scalar_reduce(wide);
        wide.fill(0);
        if (!isZero(scalar)) return scalar;
      }
    },
    addScalars: (left, right) => sodium.crypto_core_ristretto255_scalar_add(left, right),
    subtractScalars: (left, right) => sodium.crypto_core_ristretto255_scalar_sub(left, right),
    multiplyScalars: (left, right) => sodium.crypto_core_ristretto255_scalar_mul(left, right),
    invertScalar: (scalar) => sodium.crypto_core_ristretto255_scalar_invert(scalar),
  };
}

/** Looks at every byte, whatever they are: this is asked of keys, too. */
function isZero(bytes: Uint8Array): boolean {
  let any = 0;
  for (const byte of bytes) any |= byte;
  return any === 0;
}

/** Subtracts the order and looks at the borrow. */
function isBelowOrder(scalar: Uint8Array): boolean {
  let borrow = 0;
  for (let i = 0; i < BYTES; i++) borrow = ((scalar[i] as number) - (ORDER[i] as number) - borrow) >>> 31;
  return borrow === 1;
}
