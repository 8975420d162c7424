/**
 * One proof for a whole batch: that every evaluation was made with the key behind one public element (RFC 9497 § 2.2, a proof of equal
 * discrete logarithms of Chaum and Pedersen over a random combination of the batch).
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9497#section-2.2
 */
import type { Group } from './group.js';
import { join, label, sized } from './transcript.js';

/** Pairs that are to have the same logarithm: `right[i] = key · left[i]`. */
export interface Pairs<E> {
  readonly left: readonly E[];
  readonly right: readonly E[];
  /** Their encodings, which come or go over the wire anyway. */
  readonly leftBytes: readonly Uint8Array[];
  readonly rightBytes: readonly Uint8Array[];
}

/**
 * Proves.
 *
 * @param key - the secret scalar; `publicKey` is the generator times it
 * @returns two scalars, challenge and response
 */
export function prove<E>(
  group: Group<E>,
  context: Uint8Array,
  key: Uint8Array,
  publicKey: E,
  pairs: Pairs<E>,
  random: (bytes: number) => Uint8Array,
): Uint8Array {
  const weights = weightsOf(group, context, publicKey, pairs);
  const left = group.combine(pairs.left, weights);
  // Whoever has the key spares the second combination (§ 2.2.1).
  const right = group.multiply(left, key);
  const r = group.randomScalar(random);
  const challenge = challengeOf(group, context, [publicKey, left, right, group.multiplyBase(r), group.multiply(left, r)]);
  const response = group.subtractScalars(r, group.multiplyScalars(challenge, key));
  r.fill(0);
  return join([challenge, response]);
}

/** Whether a proof holds. Everything it looks at is public. */
export function holds<E>(group: Group<E>, context: Uint8Array, publicKey: E, pairs: Pairs<E>, proof: Uint8Array): boolean {
  const { scalarBytes } = group;
  if (proof.length !== 2 * scalarBytes) return false;
  const challenge = proof.subarray(0, scalarBytes);
  const response = proof.subarray(scalarBytes);
  if (!group.isScalar(challenge) || !group.isScalar(response)) return false;
  const weights = weightsOf(group, context, publicKey, pairs);
  const left = group.combine(pairs.left, weights);
  const right = group.combine(pairs.right, weights);
  const first = group.combine([group.generator, publicKey], [response, challenge]);
  const second = group.combine([left, right], [response, challenge]);
  // Only a forged proof leads to the identity, which P-256 has no encoding for.
  if ([left, right, first, second].some((element) => group.isIdentity(element))) return false;
  return equal(challengeOf(group, context, [publicKey, left, right, first, second]), challenge);
}

function weightsOf<E>(group: Group<E>, context: Uint8Array, publicKey: E, { leftBytes, rightBytes }: Pairs<E>): Uint8Array[] {
  const seed = sized(group.hash(sized(group.encode(publicKey)), sized(join([label('Seed-'), context]))));
  const dst = join([label('HashToScalar-'), context]);
  const composite = label('Composite');
  return leftBytes.map((left, i) => {
    const index = Uint8Array.of(i >> 8, i & 0xff);
    return group.hashToScalar(join([seed, index, sized(left), sized(rightBytes[i] as Uint8Array), composite]), dst);
  });
}

function challengeOf<E>(group: Group<E>, context: Uint8Array, elements: readonly E[]): Uint8Array {
  const parts = elements.map((element) => sized(group.encode(element)));
  return group.hashToScalar(join([...parts, label('Challenge')]), join([label('HashToScalar-'), context]));
}

/** Public bytes. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
