/**
 * Texts: JavaScript strings into and out of the workspace, a chunk in one piece. Joining strings and writing them once costs a
 * fifth of reading them character by character.
 * @module
 */
import { SHORT_TOKEN_CHARACTERS } from './token-text.js';
import { SLACK } from './values.js';
import { CHUNK, type Workspace } from './workspace.js';

/** In place of what is no token: well spelled, of no kind, and so refused like a forged one, by the same path. */
const NO_TOKEN = 'A'.repeat(SHORT_TOKEN_CHARACTERS);
const SHORT_TOKEN = /^[A-Za-z0-9_-]{52}$/;
/** Not Latin-1: such a string cannot be written a byte a character. The engine decides this for a Latin-1 string without reading it. */
const WIDE = /[^\x00-\xff]/;

/**
 * Writes values into `work.input` and `work.offsets`, a byte a character.
 *
 * @returns false when that cannot be: a character is wider, or they do not fit; the offsets hold anyway
 */
export function putValues(work: Workspace, values: readonly string[]): boolean {
  const { offsets } = work;
  // Strings of their own are put together by `+` a third faster than by `join`.
  let joined = '';
  for (let i = 0; i < values.length; i++) {
    offsets[i] = joined.length;
    joined += values[i] as string;
  }
  offsets[values.length] = joined.length;
  if (joined.length > work.input.length - 2 * SLACK) {
    offsets.fill(0);
    return false;
  }
  if (WIDE.test(joined)) return false;
  work.input.write(joined, SLACK, 'latin1');
  work.used = SLACK + joined.length;
  return true;
}

/** Writes short tokens into frames; whatever is not spelled exactly as a short token becomes one that is of no kind. */
export function putTokens(work: Workspace, tokens: readonly string[]): void {
  let joined = '';
  let short = true;
  for (let i = 0; i < tokens.length; i++) {
    const token: unknown = tokens[i];
    if (typeof token !== 'string' || token.length !== SHORT_TOKEN_CHARACTERS) short = false;
    else joined += token;
  }
  if (short && work.frames.parse(joined)) return;
  work.frames.parse(tokens.map((token) => (SHORT_TOKEN.test(token) ? token : NO_TOKEN)).join(''));
}

/** The same for short tokens that stand one after another in one text. */
export function putTokenText(work: Workspace, text: string): void {
  if (work.frames.parse(text)) return;
  const count = text.length / SHORT_TOKEN_CHARACTERS;
  putTokens(
    work,
    Array.from({ length: count }, (_, i) => text.slice(SHORT_TOKEN_CHARACTERS * i, SHORT_TOKEN_CHARACTERS * (i + 1))),
  );
}

/** The first `count` frames as tokens. They share one string of 53 kB: whoever keeps one for long should copy it. */
export function takeTokens(work: Workspace, count: number): string[] {
  const text = work.frames.text(count);
  const tokens = new Array<string>(count);
  for (let i = 0, at = 0; i < count; i++, at += SHORT_TOKEN_CHARACTERS) tokens[i] = text.slice(at, at + SHORT_TOKEN_CHARACTERS);
  return tokens;
}

/**
 * Runs `work` over chunks of a list and puts the results together.
 *
 * @param work - gets a chunk and the row of its first value
 */
export function inChunks<T, R>(values: readonly T[], work: (chunk: readonly T[], first: number) => R[]): R[] {
  if (values.length === 0) return [];
  if (values.length <= CHUNK) return work(values, 0);
  const results: R[] = [];
  for (let first = 0; first < values.length; first += CHUNK) {
    for (const result of work(values.slice(first, first + CHUNK), first)) results.push(result);
  }
  return results;
}
