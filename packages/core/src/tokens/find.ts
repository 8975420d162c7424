/**
 * Finding tokens in any text (a CSV cell, a mail, a screenshot's text) by prefix, length and alphabet.
 *
 * A found token says nothing about who made it: anyone can write one, or copy a tag. What is genuine opens.
 * @module
 */
import { decodeToken, type TokenKind, tokenCharacters } from './token-text.js';

/** A token in a text. */
export interface FoundToken {
  readonly kind: TokenKind;
  /** The token itself, well spelled. */
  readonly text: string;
  /** Where it lies: characters `start` to `end`, `end` excluded. */
  readonly start: number;
  readonly end: number;
}

const PREFIX = /n[rd]1_/g;
/** Reference lengths as tokens are written: 14, 29 … 254 bytes of plaintext. */
const LENGTHS = Array.from({ length: 17 }, (_, step) => tokenCharacters(14 + 15 * step));
/** One character more than the longest token: a run of prefixes is not read to its end at each of them. */
const RUN = new RegExp(`[A-Za-z0-9_-]{0,${tokenCharacters(254) + 1}}`, 'y');

/**
 * Finds every token in a text, in order. Tokens that stand next to each other without a separator are found one by one; a run of the
 * alphabet that is longer than any token it could be is none.
 */
export function findTokens(text: string): FoundToken[] {
  const found: FoundToken[] = [];
  let from = 0;
  for (const { index: start } of text.matchAll(PREFIX)) {
    if (start < from) continue;
    const end = tokenEnd(text, start);
    const token = end === undefined ? undefined : decodeToken(text.slice(start, end));
    if (end === undefined || token === undefined) continue;
    found.push({ kind: token.kind, text: text.slice(start, end), start, end });
    from = end;
  }
  return found;
}

/** A token ends where its alphabet ends, or where the next token begins. */
function tokenEnd(text: string, start: number): number | undefined {
  RUN.lastIndex = start;
  const runEnd = start + (RUN.exec(text)?.[0].length ?? 0);
  const lengths = text.startsWith('nd1_', start) ? LENGTHS.slice(0, 1) : LENGTHS;
  return lengths
    .map((length) => start + length)
    .find((end) => end === runEnd || (end < runEnd && /^n[rd]1_/.test(text.slice(end, end + 4))));
}
