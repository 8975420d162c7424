/**
 * Whose key signed a text that a vendor sent: a countersignature, a statement.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { type DetachedUse, type KeySource, readKeySet, type VerificationKey, verifyDetached } from '@numbra/grants';

/**
 * Which of a vendor's keys signed a text.
 *
 * @param signature - detached JWS, `header..signature`
 * @returns `undefined`: none of them
 * @throws what fetching keys throws: keys that cannot be had now are no reason to call a signature invalid
 */
export async function signerOf(signature: string, text: string, keys: KeySource, use: DetachedUse): Promise<VerificationKey | undefined> {
  const of = typeof keys === 'function' ? keys : 'find' in keys ? keys.find.bind(keys) : readKeySet(keys).find;
  let found: VerificationKey | undefined;
  const remembering: KeySource = async (kid, algorithm) => {
    found = await of(kid, algorithm);
    return found;
  };
  try {
    await verifyDetached(signature, new TextEncoder().encode(text), remembering, use);
    return found;
  } catch (error) {
    if (isNumbraError(error) && error.code.startsWith('ERR_DETACHED_')) return undefined;
    throw error;
  }
}
