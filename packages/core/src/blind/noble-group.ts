/**
 * Both groups by @noble/curves: plain JavaScript, everywhere, and what is used where nothing faster is installed.
 *
 * Its multiplication does the same steps whatever the scalar, but on JavaScript's big integers, whose time depends on their value and
 * whose memory cannot be wiped: whoever can measure this process very well, or read its memory, is not kept out.
 * @module
 */
import { type CurvePoint, type CurvePointCons, mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { p256, p256_hasher } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { type AnyGroup, type BlindSuite, type Group, RANDOM_BYTES } from './group.js';

interface Curve<P extends CurvePoint<unknown, P>> {
  readonly suite: BlindSuite;
  readonly Point: CurvePointCons<P>;
  readonly hash: (message: Uint8Array) => Uint8Array;
  readonly hashToCurve: (message: Uint8Array, options: { readonly DST: Uint8Array }) => P;
  readonly hashToScalar: (message: Uint8Array, options: { readonly DST: Uint8Array }) => bigint;
  /** How scalars are written: ristretto255 little-endian, P-256 big-endian. */
  readonly littleEndian: boolean;
}

/** Makes the group of a suite and hands it to `use`, which may hide what its elements are. */
export function createNobleGroup(suite: BlindSuite, use: <E>(group: Group<E>) => AnyGroup): AnyGroup {
  switch (suite) {
    case 'ristretto255-SHA512':
      return use(groupOf({ suite, Point: ristretto255.Point, hash: sha512, littleEndian: true, ...hashers(ristretto255_hasher) }));
    case 'P256-SHA256':
      return use(groupOf({ suite, Point: p256.Point, hash: sha256, littleEndian: false, ...hashers(p256_hasher) }));
    default:
      throw new TypeError(suite satisfies never);
  }
}

function hashers<P>(hasher: {
  hashToCurve(message: Uint8Array, options: { readonly DST: Uint8Array }): P;
  hashToScalar(message: Uint8Array, options: { readonly DST: Uint8Array }): bigint;
}) {
  return {
    hashToCurve: (message: Uint8Array, options: { readonly DST: Uint8Array }) => hasher.hashToCurve(message, options),
    hashToScalar: (message: Uint8Array, options: { readonly DST: Uint8Array }) => hasher.hashToScalar(message, options),
  };
}

function groupOf<P extends CurvePoint<unknown, P>>({ suite, Point, hash, hashToCurve, hashToScalar, littleEndian }: Curve<P>): Group<P> {
  const { Fn } = Point;
  const elementBytes = Point.BASE.toBytes().length;
  const read = (scalar: Uint8Array): bigint => Fn.fromBytes(scalar);
  const write = (scalar: bigint): Uint8Array => Fn.toBytes(scalar);
  const isScalar = (scalar: Uint8Array): boolean => scalar.length === Fn.BYTES && toBigInt(scalar, littleEndian) < Fn.ORDER;
  return {
    suite,
    backend: 'noble',
    elementBytes,
    scalarBytes: Fn.BYTES,
    generator: Point.BASE,
    hash: (...parts) => hash(concatBytes(...parts)),
    hashToElement(message, dst) {
      const element = hashToCurve(message, { DST: dst });
      return element.is0() ? undefined : element;
    },
    hashToScalar: (message, dst) => write(hashToScalar(message, { DST: dst })),
    decode(bytes) {
      // Compressed only: noble reads uncompressed points of P-256, too. Its own errors say what it read.
      if (bytes.length !== elementBytes) return undefined;
      try {
        const element = Point.fromBytes(Uint8Array.from(bytes));
        return element.is0() ? undefined : element;
      } catch {
        return undefined;
      }
    },
    encode: (element) => element.toBytes(),
    multiply: (element, scalar) => element.multiply(read(scalar)),
    multiplyBase: (scalar) => Point.BASE.multiply(read(scalar)),
    add: (left, right) => left.add(right),
    combine: (elements, scalars) => mulAddUnsafe(Point, [...elements], scalars.map(read)),
    isIdentity: (element) => element.is0(),
    isScalar,
    isKey: (scalar) => isScalar(scalar) && toBigInt(scalar, littleEndian) !== 0n,
    randomScalar(random) {
      for (;;) {
        const scalar = toBigInt(random(RANDOM_BYTES), false) % Fn.ORDER;
        if (scalar !== 0n) return write(scalar);
      }
    },
    addScalars: (left, right) => write(Fn.add(read(left), read(right))),
    subtractScalars: (left, right) => write(Fn.sub(read(left), read(right))),
    multiplyScalars: (left, right) => write(Fn.mul(read(left), read(right))),
    invertScalar: (scalar) => write(Fn.inv(read(scalar))),
  };
}

function toBigInt(bytes: Uint8Array, littleEndian: boolean): bigint {
  const ordered = littleEndian ? Uint8Array.from(bytes).reverse() : bytes;
  return BigInt(`0x${Buffer.from(ordered).toString('hex')}`);
}
