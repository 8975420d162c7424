/**
 * What a character is to the guard, in one table look-up: the digits of every script, Chinese numerals, invisible characters,
 * separators, masks; and which ASCII letter or digit it stands for (full width, Cyrillic and Greek look-alikes).
 *
 * The tables cover the Basic Multilingual Plane; digits above it are in `digitAbove`.
 * @module
 * @see https://www.unicode.org/reports/tr44/#General_Category_Values
 */

/** Classes above the digit values 0 to 9. Up to `SURROGATE` they may hold a digit and are looked at more closely. */
export const LETTER = 10;
export const SURROGATE = 11;
export const IGNORED = 12;
export const SEPARATOR = 13;
export const LINE_END = 14;
/** Signs that stand for hidden characters. */
export const MASK = 15;
/** Stands between two fields that are scanned together. */
export const FIELD_END = 16;
export const OTHER = 17;
export const FIELD_SEPARATOR = '\u001f';

/** Traits of characters that stand for an ASCII letter or digit, as bits. */
export const IS_DIGIT = 1;
export const IS_LETTER = 2;
/** A letter that looks like no digit. */
export const IS_UNLIKE = 4;
/** A letter after F. */
export const IS_NOT_HEX = 8;

/** Chinese numerals as people say and write digits: plain, financial, traditional, and the spoken forms of phones and radio. */
const NUMERALS: readonly string[] = [
  '零〇洞',
  '一壹弌幺',
  '二贰貳弍两兩',
  '三叁參弎',
  '四肆',
  '五伍',
  '六陆陸',
  '七柒拐',
  '八捌',
  '九玖勾',
];

/** First characters of blocks that hold 1 to 9 in order but are not decimal digits to Unicode: circled, bracketed, dotted, dingbat. */
const ENCLOSED_ONES = [0x2460, 0x2474, 0x2488, 0x24f5, 0x2776, 0x2780, 0x278a, 0x3220, 0x3280];
const ENCLOSED_ZEROS = [0x24ea, 0x24ff];
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

/** Signs that stand for hidden characters in masked numbers. */
const MASKS = '*＊∗•●○◯×✕✖■□█▇※';

/** Cyrillic, Greek and Roman-numeral look-alikes → the ASCII letter or digit they look like. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  О: 'O',
  о: 'o',
  І: 'I',
  і: 'i',
  Ѕ: 'S',
  ѕ: 's',
  З: '3',
  з: '3',
  б: '6',
  Ч: '4',
  Ο: 'O',
  ο: 'o',
  Ι: 'I',
  ι: 'i',
  Օ: 'O',
  օ: 'o',
  Ⅰ: 'I',
  ⅼ: 'l',
  Х: 'X',
  х: 'x',
  Χ: 'X',
  Ⅹ: 'X',
  ⅹ: 'x',
};

export const NOT_ALIKE = 255;
/** The digit that each ASCII letter looks like, by character code, or `NOT_ALIKE`. */
export const ALIKE = new Uint8Array(128).fill(NOT_ALIKE);
for (const [value, letters] of ['Oo', 'IilL', 'Zz', '', '', 'Ss', 'bG', 'T', 'B', 'gq'].entries()) {
  for (const letter of letters) ALIKE[letter.charCodeAt(0)] = value;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The UTF-16 code units of a text, and a zero after the last. */
export function codesOf(text: string): Uint16Array {
  return writeCodes(text, new Uint16Array(text.length + 1));
}

/**
 * The code units of a text and a zero after the last, written into an array that is long enough.
 * Reading them from an array takes half the time of `charCodeAt`.
 */
export function writeCodes(text: string, into: Uint16Array): Uint16Array {
  const codes = into.subarray(0, text.length + 1);
  const bytes = Buffer.from(codes.buffer, codes.byteOffset, text.length * 2);
  bytes.write(text, 'utf16le');
  if (!IS_LITTLE_ENDIAN) bytes.swap16();
  codes[text.length] = 0;
  return codes;
}

let classes: Uint8Array | undefined;
let folds: Uint8Array | undefined;
let traits: Uint8Array | undefined;

/** Class of each code unit: 0 to 9 for a digit of that value, else one of the constants. Built when first asked for (10 ms). */
export function classTable(): Uint8Array {
  classes ??= buildClasses();
  return classes;
}

/** The ASCII letter or digit that each code unit stands for, or 0. */
export function foldTable(): Uint8Array {
  folds ??= buildFolds();
  return folds;
}

/** Traits of each code unit, 0 when it stands for no ASCII letter or digit. */
export function traitTable(): Uint8Array {
  traits ??= buildTraits();
  return traits;
}

/** The digit value of a code point above U+FFFF (mathematical, segmented, and other scripts' digits), or -1. */
export function digitAbove(codePoint: number): number {
  const block = blocksAbove().find(([first, last]) => codePoint >= first && codePoint <= last);
  return block === undefined ? -1 : (codePoint - block[0]) % 10;
}

let above: readonly (readonly [number, number])[] | undefined;

/** Decimal digits stand in blocks of ten (mathematical ones in five such blocks), zero first: the Unicode Standard, section 4.6. */
function blocksAbove(): readonly (readonly [number, number])[] {
  if (above !== undefined) return above;
  const blocks: [number, number][] = [];
  for (let codePoint = 0x10000; codePoint <= 0x1ffff; codePoint++) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(codePoint))) continue;
    const last = blocks[blocks.length - 1];
    if (last !== undefined && last[1] === codePoint - 1) last[1] = codePoint;
    else blocks.push([codePoint, codePoint]);
  }
  above = blocks;
  return above;
}

function buildClasses(): Uint8Array {
  const table = new Uint8Array(0x10000).fill(OTHER);
  let firstOfBlock = -1;
  for (let code = 0; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    if (code >= 0xd800 && code <= 0xdbff) table[code] = SURROGATE;
    else if (/\p{Nd}/u.test(character)) {
      if (firstOfBlock === -1) firstOfBlock = code;
      table[code] = (code - firstOfBlock) % 10;
      continue;
    } else if (/[\n\r\v\f\u0085\u2028\u2029]/.test(character)) table[code] = LINE_END;
    else if (/[\p{Cf}\p{Mn}\p{Me}\p{Mc}\u115f\u1160\u3164\uffa0\u00ad]/u.test(character)) table[code] = IGNORED;
    else if (/[\p{P}\p{Z}\p{S}\t]/u.test(character)) table[code] = SEPARATOR;
    firstOfBlock = -1;
  }
  for (const character of MASKS) table[character.charCodeAt(0)] = MASK;
  for (const first of ENCLOSED_ONES) for (let digit = 1; digit <= 9; digit++) table[first + digit - 1] = digit;
  for (const zero of ENCLOSED_ZEROS) table[zero] = 0;
  for (const digits of [SUPERSCRIPTS, SUBSCRIPTS, ...transposed(NUMERALS)]) {
    for (const [value, character] of [...digits].entries()) if (character !== ' ') table[character.charCodeAt(0)] = value;
  }
  for (const [code, folded] of foldTable().entries()) if (folded >= FIRST_LETTER) table[code] = LETTER;
  table[FIELD_SEPARATOR.charCodeAt(0)] = FIELD_END;
  return table;
}

const FIRST_LETTER = 0x41;

function buildTraits(): Uint8Array {
  return foldTable().map((folded) => {
    if (folded === 0) return 0;
    if (folded < FIRST_LETTER) return IS_DIGIT;
    return IS_LETTER | (ALIKE[folded] === NOT_ALIKE ? IS_UNLIKE : 0) | (/[a-f]/i.test(String.fromCharCode(folded)) ? 0 : IS_NOT_HEX);
  });
}

/** From "spellings of each digit" to "ten digits of each spelling". */
function transposed(spellings: readonly string[]): string[] {
  const longest = Math.max(...spellings.map((spelling) => spelling.length));
  return Array.from({ length: longest }, (_, i) => spellings.map((spelling) => spelling[i] ?? ' ').join(''));
}

function buildFolds(): Uint8Array {
  const table = new Uint8Array(0x10000);
  const isAlphanumeric = /[0-9A-Za-z]/;
  for (let code = 0x21; code <= 0x7e; code++) {
    if (!isAlphanumeric.test(String.fromCharCode(code))) continue;
    table[code] = code;
    table[code - 0x21 + 0xff01] = code; // full width
  }
  for (const [character, ascii] of Object.entries(LOOK_ALIKES)) table[character.charCodeAt(0)] = ascii.charCodeAt(0);
  return table;
}
