/**
 * Ids of acts: a word that says what it is, and 96 random bits.
 * @module
 */

const RANDOM_BYTES = 12;

/** `export_Zk3…`: the word, `_`, 16 characters of base64url. */
export function newId(source: { readonly random: (bytes: number) => Uint8Array }, word: string): string {
  return `${word}_${Buffer.from(source.random(RANDOM_BYTES)).toString('base64url')}`;
}
