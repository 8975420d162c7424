/**
 * ECDSA's second spelling: when (r, s) verifies, so does (r, n − s). What the bank signs has the smaller s, and a grant with
 * the larger one is refused, so that a grant has exactly one text. Signers elsewhere pick either, so proofs and assertions
 * are taken with both: there "seen before?" goes by decoded ids.
 * @see https://www.secg.org/sec1-v2.pdf § 4.1.3, and BIP 62 for the rule
 * @module
 */

/** The order of P-256 (FIPS 186-5, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF_ORDER = Buffer.from((ORDER / 2n).toString(16).padStart(64, '0'), 'hex');
const SCALAR_BYTES = 32;

/** Whether s of an r ‖ s of 64 bytes is at most half the order. */
export function isLowS(signature: Uint8Array): boolean {
  return Buffer.compare(signature.subarray(SCALAR_BYTES), HALF_ORDER) <= 0;
}

/** The same signature with the smaller s. */
export function toLowS(signature: Uint8Array): Uint8Array {
  return isLowS(signature) ? signature : negate(signature);
}

/** The other of the two. */
export function negate(signature: Uint8Array): Uint8Array {
  const s = ORDER - BigInt(`0x${Buffer.from(signature.subarray(SCALAR_BYTES)).toString('hex')}`);
  return Buffer.concat([signature.subarray(0, SCALAR_BYTES), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
}
