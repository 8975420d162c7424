/**
 * Plain digits out of what people and spreadsheets write: full-width digits folded, spaces and hyphens between them dropped.
 * Used by account, card and ID numbers; phones have rules of their own (phone.ts).
 * @module
 */

const FULL_WIDTH_ZERO = 0xff10;
const ZERO = 0x30;

/** The separators that are dropped: space, no-break and ideographic space, hyphens and dashes, figure and minus sign. */
const SEPARATORS = new Set([0x20, 0xa0, 0x3000, 0x2d, 0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xff0d]);

/**
 * @param text - digits, possibly full-width and separated
 * @param lastX - also take one `x` or `X` (any width) at the very end, as resident IDs have it
 * @returns only `0-9` (and the final `X`), or `undefined` at any other character
 */
export function plainDigits(text: string, lastX: 'with-last-x' | 'digits-only' = 'digits-only'): string | undefined {
  let digits = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= 0x39) digits += text[i];
    else if (code >= FULL_WIDTH_ZERO && code <= 0xff19) digits += String.fromCharCode(code - FULL_WIDTH_ZERO + ZERO);
    else if (SEPARATORS.has(code)) continue;
    else if (lastX === 'with-last-x' && i === text.length - 1 && 'xXｘＸ'.includes(text[i] as string)) digits += 'X';
    else return undefined;
  }
  return digits;
}
