/**
 * Chinese numerals that are words of a sentence, not digits of a number: `一个`, `三十八`, `第一`, `前三位`.
 * @module
 */

/** What follows a numeral that counts: measure words, and the powers of ten. */
const AFTER_COUNTS = codeSet('个位名次条种天年月日周号点分时岁元角块折楼层期级户倍成款类项份件家人些下样定般直起切旦十百千万亿兆');
/** What stands before one: powers of ten, and the ordinal. */
const BEFORE_COUNTS = codeSet('十百千万亿第廿');
/** 〇, the first of them. */
const FIRST_NUMERAL = 0x3007;

/**
 * Whether the digit character at `i` is a numeral of its sentence.
 *
 * @param lastEnd - where the last digit before it ends: one in a row of digits is a digit
 */
export function isCount(codes: Uint16Array, i: number, lastEnd: number): boolean {
  if ((codes[i] as number) < FIRST_NUMERAL || lastEnd === i) return false;
  return AFTER_COUNTS.has(codes[i + 1] as number) || BEFORE_COUNTS.has(codes[i - 1] ?? 0);
}

function codeSet(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.charCodeAt(0)));
}
