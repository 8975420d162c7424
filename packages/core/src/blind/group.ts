/**
 * What a protocol needs of a group, and nothing else, so that a faster library takes the place of a slower one and every byte stays the
 * same.
 *
 * Scalars and encoded elements are bytes, as RFC 9497 writes them. An element from outside becomes one only through `decode`, which refuses
 * the identity and every second spelling of an element, whatever the library below would have accepted (§ 2.1 and § 3.3 there).
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497#section-2.1
 */

/** A cipher suite of RFC 9497 § 4. */
export type BlindSuite = 'ristretto255-SHA512' | 'P256-SHA256';

/** Which library computes. The outputs are the same. */
export type BlindBackend = 'noble' | 'libsodium';

/** A group of prime order. `E` is what the library below holds an element as; it leaves no module but as bytes. */
export interface Group<E> {
  readonly suite: BlindSuite;
  readonly backend: BlindBackend;
  readonly elementBytes: number;
  readonly scalarBytes: number;
  readonly generator: E;

  /** The suite's hash over what is joined from `parts`: 64 bytes, or 32 for P-256. */
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  /** Hashes to an element; `undefined` when that is the identity, which nobody can bring about. */
  hashToElement(message: Uint8Array, dst: Uint8Array): E | undefined;
  /** Hashes to a scalar, 0 included. */
  hashToScalar(message: Uint8Array, dst: Uint8Array): Uint8Array;

  /** @returns `undefined`: another length, no element, the identity, or a second spelling */
  decode(bytes: Uint8Array): E | undefined;
  encode(element: E): Uint8Array;
  /** By a secret scalar that is not 0. */
  multiply(element: E, scalar: Uint8Array): E;
  /** The generator by a secret scalar that is not 0. */
  multiplyBase(scalar: Uint8Array): E;
  add(left: E, right: E): E;
  /** Σ scalar · element over public values only: its time tells them. Scalars may be 0. */
  combine(elements: readonly E[], scalars: readonly Uint8Array[]): E;
  isIdentity(element: E): boolean;

  /** Whether these are the bytes of a scalar from 1 to order − 1, in its one spelling. */
  isKey(scalar: Uint8Array): boolean;
  /** Whether these are the bytes of a scalar from 0 to order − 1, in its one spelling. */
  isScalar(scalar: Uint8Array): boolean;
  /** A scalar from 1 to order − 1, each as likely as any other. */
  randomScalar(random: (bytes: number) => Uint8Array): Uint8Array;
  addScalars(left: Uint8Array, right: Uint8Array): Uint8Array;
  subtractScalars(left: Uint8Array, right: Uint8Array): Uint8Array;
  multiplyScalars(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** Of a scalar that is not 0. */
  invertScalar(scalar: Uint8Array): Uint8Array;
}

/** A group whose elements nobody outside names. */
export type AnyGroup = {
  readonly use: <R>(work: <E>(group: Group<E>) => R) => R;
  readonly suite: BlindSuite;
  readonly backend: BlindBackend;
};

/** Random bytes that become one scalar: 128 bits more than an order has, so that no scalar is likelier than another. */
export const RANDOM_BYTES = 48;

/** Hides the type of a group's elements. */
export function closed<E>(group: Group<E>): AnyGroup {
  return { suite: group.suite, backend: group.backend, use: (work) => work(group) };
}
