/**
 * Escapes inside a text, undone: `%31`, `\\x31`, `\\u0031`, `&#49;`, `=31`.
 * @module
 */
import type { Decoded } from './encodings.js';
import type { Work } from './finding.js';

const ESCAPES = /%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|&#[0-9]{1,7};|&#x[0-9a-f]{1,6};|=[0-9a-f]{2}/gi;
/** Fewer escapes hide no identifier. */
const FEWEST_ESCAPES = 3;

/**
 * The text with its escapes undone, or `undefined` when it has next to none.
 *
 * Each alternative of the expression begins with a sign of its own and has a fixed or bounded length: nothing to go back over.
 */
export function unescaped(text: string, work: Work): Decoded | undefined {
  work.steps += text.length;
  if (!text.includes('%') && !text.includes('\\') && !text.includes('&#') && !text.includes('=')) return undefined;
  const matches = [...text.matchAll(ESCAPES)];
  if (matches.length < FEWEST_ESCAPES) return undefined;
  const units: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const add = (piece: string, start: number, end: number): void => {
    for (let i = 0; i < piece.length; i++) {
      units.push(piece.charCodeAt(i));
      from.push(start);
      to.push(end);
    }
  };
  let at = 0;
  for (let m = 0; m < matches.length; m++) {
    const { index, 0: written } = matches[m] as RegExpExecArray;
    for (; at < index; at++) add(text[at] as string, at, at + 1);
    const isByte = written.startsWith('%') || written.startsWith('=') || /^\\x/i.test(written);
    if (!isByte) {
      add(characterOf(written), index, index + written.length);
      at = index + written.length;
      continue;
    }
    // Bytes that follow each other make UTF-8 characters together.
    const bytes = [byteOf(written)];
    let end = index + written.length;
    while (
      bytes.length < 4 &&
      (bytes[0] as number) >= 0xc2 &&
      matches[m + 1]?.index === end &&
      (byteOf((matches[m + 1] as RegExpExecArray)[0]) & 0xc0) === 0x80
    ) {
      m += 1;
      bytes.push(byteOf((matches[m] as RegExpExecArray)[0]));
      end += (matches[m] as RegExpExecArray)[0].length;
    }
    add(Buffer.from(bytes).toString('utf8'), index, end);
    at = end;
  }
  for (; at < text.length; at++) add(text[at] as string, at, at + 1);
  work.steps += units.length;
  return { text: textOf(units), from: Uint32Array.from(from), to: Uint32Array.from(to), isWhole: false };
}

function byteOf(written: string): number {
  return Number.parseInt(written.slice(-2), 16);
}

function characterOf(written: string): string {
  const digits = /[0-9a-f]+(?=[;}]?$)/i.exec(written)?.[0] ?? '';
  const codePoint = Number.parseInt(digits, written.startsWith('&#') && !/x/i.test(written) ? 10 : 16);
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd';
}

function textOf(units: readonly number[]): string {
  let text = '';
  for (let i = 0; i < units.length; i += 4096) text += String.fromCharCode(...units.slice(i, i + 4096));
  return text;
}
