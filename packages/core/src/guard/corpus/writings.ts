/**
 * Ways in which people write an identifier so that a search does not find it. Each is a class of the corpus.
 * @module
 */
import type { Draw } from './random.js';

/** How one identifier's characters (`0-9`, and an `X` of a resident ID) become text. */
export type Writing = (text: string, draw: Draw) => string;

const SCRIPT_ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xa8d0,
  0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1fbf0, 0x104a0,
];
const LOWER = '〇一二三四五六七八九';
const LOWER_ZERO = '零一二三四五六七八九';
const UPPER = '零壹贰叁肆伍陆柒捌玖';
const TRADITIONAL = '零壹貳參肆伍陸柒捌玖';
const SPOKEN = '洞幺两三四五六拐八勾';
const YAO = '零幺二三四五六七八九';
const ENGLISH = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const LOOK_ALIKES: readonly string[] = ['OoО', 'lIi', 'Zz', '', '', 'Ss', 'bG', 'T', 'B', 'gq'];
const INVISIBLE = ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u202c'];
const MARKS = ['\u0301', '\u0332', '\u0336', '\u0308', '\u20e3', '\ufe0f\u20e3', '\u0489'];

const mapped = (text: string, each: (digit: number) => string): string =>
  [...text].map((c) => (c >= '0' && c <= '9' ? each(Number(c)) : c)).join('');

/** Cuts as a person would: mobiles 3-4-4, cards and IDs by their usual groups. */
export function groups(text: string): string[] {
  const cut = (...lengths: number[]): string[] => {
    let at = 0;
    const parts = lengths.map((length) => {
      at += length;
      return text.slice(at - length, at);
    });
    return parts.filter((part) => part !== '');
  };
  if (text.length === 11) return cut(3, 4, 4);
  if (text.length === 18) return cut(6, 8, 4);
  if (text.length === 15) return cut(6, 6, 3);
  return cut(4, 4, 4, 4, 4);
}

export const plain: Writing = (text) => text;
export const separated: Writing = (text, draw) =>
  groups(text).join(draw.of([' ', '-', '.', '_', '/', ' - ', '–', '·', '\u00a0', '、', '|', '~']));
export const digitByDigit: Writing = (text, draw) => [...text].join(draw.of([' ', '-', '.', ',', '*', '、', '/', '  ', '_', '。']));
export const unusualGroups: Writing = (text, draw) => {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = draw.between(2, 5);
    parts.push(text.slice(at, at + length));
    at += length;
  }
  return parts.join(draw.of(['-', ' ', '_', '.']));
};
export const bracketed: Writing = (text) =>
  groups(text)
    .map((part) => `[${part}]`)
    .join('');
export const fullWidth: Writing = (text) => [...text].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('');
export const otherScript: Writing = (text, draw) => {
  const zero = draw.of(SCRIPT_ZEROS);
  return mapped(text, (digit) => String.fromCodePoint(zero + digit));
};
export const mixedScripts: Writing = (text, draw) =>
  mapped(text, (digit) => draw.of([String(digit), LOWER[digit] as string, UPPER[digit] as string, String.fromCharCode(0xff10 + digit)]));
export const numerals: Writing = (text, draw) => {
  const table = draw.of([LOWER, LOWER_ZERO]);
  return mapped(text, (digit) => table[digit] as string);
};
export const financialNumerals: Writing = (text, draw) => {
  const table = draw.of([UPPER, TRADITIONAL]);
  return mapped(text, (digit) => table[digit] as string);
};
export const spokenNumerals: Writing = (text, draw) => {
  const table = draw.of([SPOKEN, YAO]);
  return mapped(text, (digit) => table[digit] as string);
};
export const spacedNumerals: Writing = (text, draw) =>
  groups(mapped(text, (digit) => LOWER_ZERO[digit] as string)).join(draw.of([' ', '，', '-']));
export const circled: Writing = (text) => mapped(text, (digit) => (digit === 0 ? '⓪' : String.fromCharCode(0x245f + digit)));
export const zeroWidth: Writing = (text, draw) => [...text].map((c) => (draw.below(2) === 0 ? c + draw.of(INVISIBLE) : c)).join('');
export const combining: Writing = (text, draw) => {
  const mark = draw.of(MARKS);
  return mapped(text, (digit) => digit + mark);
};
export const lineBreaks: Writing = (text, draw) => groups(text).join(draw.of(['\n', '\r\n', '\n\n', ' \n', '\u2028']));
export const column: Writing = (text) => [...text].join('\n');
export const wordsBetween: Writing = (text, draw) =>
  groups(text).join(draw.of([' then ', ' and then ', ' dash ', ' space ', '然后', '，接着', '横杠', '空格', '后面是', ' next ', '再']));
export const labels: Writing = (text) => {
  const [first = '', second = '', ...rest] = groups(text);
  return `前三位${first}，中间${second}，后面${rest.join('，最后')}`;
};
export const remarks: Writing = (text, draw) => groups(text).join(draw.of(['(my number)', '（本人）', '[ok]', '(wx)', '【勿转】']));
export const sameWord: Writing = (text, draw) => groups(text).join(draw.of(['abc', '哈哈', 'xx', '啊', ' foo ', '喵喵喵']));
export const letterBetween: Writing = (text, draw) => [...text].map((c, i) => (i === 0 ? c : draw.of('acdhkmnprtuvwy') + c)).join('');
export const english: Writing = (text, draw) => {
  const separator = draw.of([' ', '-', ', ', '']);
  return [...text].map((c) => (c === 'X' ? 'X' : (ENGLISH[Number(c)] as string))).join(separator);
};
export const englishRepeats: Writing = (text) =>
  text
    .replace(/(\d)\1\1/g, (_, d: string) => ` triple ${ENGLISH[Number(d)]} `)
    .replace(/(\d)\1/g, (_, d: string) => ` double ${ENGLISH[Number(d)]} `)
    .replace(/\d/g, (d) => ` ${ENGLISH[Number(d)]} `)
    .replace(/ +/g, ' ')
    .trim();
export const lookAlikes: Writing = (text, draw) =>
  mapped(text, (digit) => (LOOK_ALIKES[digit] !== '' && draw.below(2) === 0 ? draw.of(LOOK_ALIKES[digit] as string) : String(digit)));
export const zerosAsO: Writing = (text) => text.replaceAll('0', 'O').replaceAll('1', 'l');
export const reversed: Writing = (text) => [...text].reverse().join('');
export const base64: Writing = (text, draw) => {
  const encoded = Buffer.from(draw.of(['', 'tel:', '{"phone":"', '客户 ']) + text + draw.of(['', '"}', '\n'])).toString('base64');
  return draw.below(2) === 0 ? encoded : encoded.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};
export const base64Glued: Writing = (text, draw) =>
  draw.text(draw.between(1, 3), 'abcdefgh') + Buffer.from(text).toString('base64').replace(/=+$/, '');
export const base64Wide: Writing = (text) => Buffer.from(mapped(text, (digit) => LOWER_ZERO[digit] as string)).toString('base64');
export const base64Twice: Writing = (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64');
export const hex: Writing = (text, draw) => Buffer.from(text).toString('hex')[draw.below(2) === 0 ? 'toUpperCase' : 'toLowerCase']();
export const spacedHex: Writing = (text, draw) =>
  [...Buffer.from(text).toString('hex').matchAll(/../g)].join(draw.of([' ', ':', '-', ', ']));
export const urlEncoded: Writing = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('');
export const partlyUrlEncoded: Writing = (text, draw) =>
  [...text].map((c, i) => (i < 3 || draw.below(2) === 0 ? `%${c.charCodeAt(0).toString(16)}` : c)).join('');
export const entities: Writing = (text, draw) =>
  [...text].map((c) => (draw.below(2) === 0 ? `&#${c.charCodeAt(0)};` : `&#x${c.charCodeAt(0).toString(16)};`)).join('');
export const unicodeEscapes: Writing = (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
