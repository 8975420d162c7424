/**
 * Finding tokens that somebody or something has changed: percent-encoded in a URL, wrapped over the lines of a mail, put into one case by
 * a form, cut by a screenshot. What was only wrapped or encoded is put together again and is a token like any other; of what was cut or
 * re-cased only the beginning is left, and that is a likelihood, never a proof.
 *
 * For tracing alone: opening a token never repairs one.
 * @module
 */
import { findTokens } from './find.js';
import { decodeToken, isReferenceLength, type TokenKind, tokenCharacters } from './token-text.js';

/** A whole token, as it must have been, and where it lies now. */
export interface WrittenToken {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What is left of a token. */
export interface TokenFragment {
  readonly kind: TokenKind;
  /** The characters that are left, prefix included, in the case in which they were found. */
  readonly text: string;
  /** Its letters are all of one case: they may have been of either. */
  readonly recased: boolean;
  readonly start: number;
  readonly end: number;
}

export interface DamagedTokens {
  readonly tokens: readonly WrittenToken[];
  readonly fragments: readonly TokenFragment[];
}

const PREFIX = /n([rd])1(?:_|%5f)/gi;
/** One character of a token, also percent-encoded; or the end of a line with what mails and chats put around it. */
const PIECE = /%(?:5f|2d|3[0-9]|[46][1-9a-f]|[57][0-9a])|[A-Za-z0-9_-]|(?:=|[ \t])?\r?\n[ \t>|]*/giy;
const LONGEST = tokenCharacters(254);
const LENGTHS: ReadonlySet<number> = new Set(
  Array.from({ length: 255 }, (_, bytes) => bytes)
    .filter(isReferenceLength)
    .map(tokenCharacters),
);
/** Over how many line ends a token is put together. */
const MOST_LINES = 16;
const DIAL_LENGTH = tokenCharacters(14);
/** Prefix and tag, and seven characters more: the 40 bits that the bank keeps of each row's reference. */
export const FRAGMENT_CHARACTERS = 4 + 8 + 7;

/** Finds whole tokens and what is left of others, in order. Time grows with the text's length alone. */
export function findDamagedTokens(text: string): DamagedTokens {
  // In one case it still spells a token, of nobody's.
  const tokens: WrittenToken[] = findTokens(text).filter((token) => !isRecased(token.text));
  const fragments: TokenFragment[] = [];
  const taken = new Map(tokens.map((token) => [token.start, token]));
  let from = 0;
  for (const match of text.matchAll(PREFIX)) {
    const start = match.index;
    const known = taken.get(start);
    if (known !== undefined) from = known.end;
    if (start < from || known !== undefined) continue;
    const found = readFrom(text, start, match[1]?.toLowerCase() === 'd' ? 'dial-token' : 'reference');
    if (found === undefined) continue;
    from = found.end;
    if ('recased' in found) fragments.push(found);
    else tokens.push(found);
  }
  return { tokens: tokens.sort((a, b) => a.start - b.start), fragments };
}

/** The characters from here on, put together over lines; at each of `ends` the text may have been whole. */
function readFrom(text: string, start: number, kind: TokenKind): WrittenToken | TokenFragment | undefined {
  let written = '';
  const ends: { readonly characters: number; readonly at: number }[] = [];
  let at = start;
  PIECE.lastIndex = start;
  for (let piece = PIECE.exec(text); piece !== null && written.length <= LONGEST; piece = PIECE.exec(text)) {
    const [found] = piece;
    if (found.includes('\n')) {
      if (ends.length === MOST_LINES) break;
      ends.push({ characters: written.length, at });
      // Where the next line begins with a token, this one has ended.
      if (startsToken(text, PIECE.lastIndex)) break;
    } else {
      if (written.length >= FRAGMENT_CHARACTERS && startsToken(text, piece.index)) break;
      written += found.length === 1 ? found : String.fromCharCode(Number.parseInt(found.slice(1), 16));
      at = PIECE.lastIndex;
    }
  }
  if (ends.at(-1)?.characters !== written.length) ends.push({ characters: written.length, at });
  for (const end of ends) {
    const whole = written.slice(0, end.characters);
    const fits = kind === 'dial-token' ? whole.length === DIAL_LENGTH : LENGTHS.has(whole.length);
    if (fits && !isRecased(whole) && decodeToken(whole)?.kind === kind) return { kind, text: whole, start, end: end.at };
  }
  // The first line alone: what follows a cut token on the next one is no part of it.
  const first = ends[0] as (typeof ends)[number];
  const left = written.slice(0, Math.min(first.characters, LONGEST));
  if (left.length < FRAGMENT_CHARACTERS) return undefined;
  return { kind, text: left, recased: isRecased(left), start, end: first.at };
}

function startsToken(text: string, at: number): boolean {
  return /^n[rd]1(?:_|%5f)/i.test(text.slice(at, at + 6));
}

/** Of seven letters and more all of one case: by chance once in 128, and then only the chance of an error is a little larger than stated. */
function isRecased(written: string): boolean {
  const letters = written.slice(4).replaceAll(/[^A-Za-z]/g, '');
  return !written.startsWith('n') || (letters.length >= 7 && (letters === letters.toLowerCase() || letters === letters.toUpperCase()));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * The first 40 bits of the SIV that a fragment may have had, as numbers: one, or where its letters may have been of either case up to 128.
 *
 * @returns none where a character is no token's
 */
export function fragmentR5({ text, recased }: Pick<TokenFragment, 'text' | 'recased'>): number[] {
  let found = [0];
  for (const [i, character] of [...text.slice(12, FRAGMENT_CHARACTERS)].entries()) {
    const choices = recased ? [...new Set([character.toLowerCase(), character.toUpperCase()])] : [character];
    const values = choices.map((choice) => ALPHABET.indexOf(choice)).filter((value) => value >= 0);
    // Of the seventh character four bits belong to the 40.
    const last = i === 6;
    found = [...new Set(found.flatMap((high) => values.map((value) => (last ? high * 16 + (value >> 2) : high * 64 + value))))];
  }
  return found;
}
