/**
 * E-mail addresses, with the at sign as itself, full width, or as `(at)`; dots as themselves, full width, or as `(dot)`.
 * @module
 */
import { classTable, foldTable, IGNORED } from '../characters.js';
import type { Finding, Work } from '../finding.js';
import type { Numbers } from '../numbers.js';

const AT_SIGNS = new Set(['@', '＠', '﹫']);
const SIGNS = [...AT_SIGNS, '(', '[', '{', '<', '（', '【'];
const WRITTEN_AT = /^\s?[([{（【<]\s?at\s?[)\]}）】>]\s?/i;
const WRITTEN_DOT = /^\s?[([{（【<]\s?dot\s?[)\]}）】>]\s?/i;
/** RFC 5321 §4.5.3.1: 64 octets before the at sign, 255 after. */
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;
const WRITTEN_CHARACTERS = 8;
const SPACE = 0x20;
const LETTER_A = 0x61;
const DOTS = new Set(['.', '．', '。', '｡']);
const LOCAL_SIGNS = "._%+-!#$&'*/=?^`{|}~．＿－＋";

/** Finds the e-mail addresses of a text. */
export function findEmails(numbers: Numbers): Finding[] {
  const { text, codes, work } = numbers;
  const findings: Finding[] = [];
  let from = 0;
  const signs = new Signs(text);
  for (let at = signs.next(0); at < text.length; at = signs.next(at + 1)) {
    const sign = signAt(text, codes, at);
    if (sign === 0) continue;
    const start = localStart(text, codes, at, from, work);
    const end = start < at ? domainEnd(text, codes, at + sign, work) : -1;
    if (end < 0) continue;
    findings.push({ kind: 'email', by: 'pattern', start, end });
    from = end;
    at = end - 1;
  }
  work.steps += text.length;
  return findings;
}

/** The places of at signs and of brackets that may hold an `at`, in order. Each sign's next place is searched once. */
class Signs {
  readonly #text: string;
  readonly #next: number[] = SIGNS.map(() => -1);

  constructor(text: string) {
    this.#text = text;
  }

  /** The first place from `from` on, or infinity. Places asked for must rise. */
  next(from: number): number {
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < SIGNS.length; i++) {
      if ((this.#next[i] as number) < from) {
        const found = this.#text.indexOf(SIGNS[i] as string, from);
        this.#next[i] = found === -1 ? Number.POSITIVE_INFINITY : found;
      }
      first = Math.min(first, this.#next[i] as number);
    }
    return first;
  }
}

/** Length of the at sign at this place, in any writing, or 0. */
function signAt(text: string, codes: Uint16Array, at: number): number {
  if (AT_SIGNS.has(text[at] as string)) return 1;
  const next = codes[at + 1] === SPACE ? (codes[at + 2] as number) : (codes[at + 1] as number);
  if ((next | 0x20) !== LETTER_A) return 0;
  return WRITTEN_AT.exec(text.slice(at, at + WRITTEN_CHARACTERS))?.[0].length ?? 0;
}

function localStart(text: string, codes: Uint16Array, at: number, from: number, work: Work): number {
  const classOf = classTable();
  const foldOf = foldTable();
  let end = at;
  if (text[end - 1] === ' ' && !AT_SIGNS.has(text[at] as string)) end -= 1;
  let start = at;
  for (let i = end - 1; i >= from && end - i <= LONGEST_LOCAL; i--) {
    const code = codes[i] as number;
    work.steps += 1;
    if (classOf[code] === IGNORED) continue;
    if (foldOf[code] === 0 && !LOCAL_SIGNS.includes(text[i] as string)) break;
    if (foldOf[code] !== 0) start = i;
  }
  return start;
}

/** Labels and dots; the last label is at least two letters. */
function domainEnd(text: string, codes: Uint16Array, from: number, work: Work): number {
  const classOf = classTable();
  const foldOf = foldTable();
  let end = -1;
  let labelLetters = 0;
  let labelLength = 0;
  let labels = 0;
  for (let i = from; i < text.length && i - from < LONGEST_DOMAIN; i++) {
    work.steps += 1;
    const code = codes[i] as number;
    if (classOf[code] === IGNORED) continue;
    const folded = foldOf[code] as number;
    if (folded !== 0 || code === 0x2d) {
      labelLength += 1;
      if (folded >= 0x41) labelLetters += 1;
      if (labels > 0 && labelLetters >= 2 && labelLetters === labelLength) end = i + 1;
      else if (labels > 0 && labelLetters !== labelLength) end = -1;
      continue;
    }
    const dot = DOTS.has(text[i] as string) ? 1 : (WRITTEN_DOT.exec(text.slice(i, i + WRITTEN_CHARACTERS))?.[0].length ?? 0);
    if (dot === 0 || labelLength === 0) break;
    const isSentenceEnd = end > 0 && (foldOf[codes[i + dot] ?? 0] as number) === 0;
    if (isSentenceEnd) break;
    labels += 1;
    labelLength = 0;
    labelLetters = 0;
    i += dot - 1;
  }
  return end;
}
