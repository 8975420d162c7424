/**
 * The egress guard over what a gateway says. Our own random words (ids, tokens, digests, signatures) read as a number once in some ten thousand
 * answers, by chance; an answer must not be lost for that. So what is found at first is looked for again without those words.
 *
 * A word is ours by its form, and only while nothing legible is in it: with eight digits in a row, or characters throughout once it is decoded,
 * it is text like any other.
 * @module
 */
import { createGuard, type FindingKind, scanText } from '@numbra/core/guard';

/** What was found, and where it begins: never what it says. */
export interface Raw {
  readonly kind: FindingKind;
  readonly place: string;
}

/** A text bound for a vendor, and what it is: `body`, `header location` … */
export interface Bound {
  readonly place: string;
  readonly text: string;
}

/** Looks through texts; of JSON, also what is split over neighbouring members. @returns what must not leave, nothing when all may */
export function findRaw(texts: Iterable<Bound>): Raw[] {
  const found: Raw[] = [];
  for (const { place, text } of texts) {
    const whole = scanText(text).length === 0 ? [] : scanText(withoutOwnWords(text));
    for (const { kind } of whole.length > 0 ? whole : scanJoined(text)) found.push({ kind, place });
  }
  return found;
}

/** No key: nothing known is looked for here, the bank does that. */
const fields = createGuard({ key: new Uint8Array(32) });

function scanJoined(text: string): readonly { readonly kind: FindingKind }[] {
  const members: string[] = [];
  for (const line of text.split('\n')) {
    const json = line.replace(/^data: /, '');
    if (json.startsWith('{') || json.startsWith('[')) collect(parsed(json), members);
  }
  return members.length < 2 ? [] : fields.scanFields(members.map(withoutOwnWord));
}

/** What stands in a token or an id was looked for in the whole text: here it only keeps its neighbours apart. */
function withoutOwnWord(member: string): string {
  if (member.length < 16) return member;
  return TOKEN.test(member) || ID.test(member) ? GONE : withoutOwnWords(member);
}

/** Texts of an answer, in its order; numbers are of the answer's own and stand alone. */
function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) collect(member, into);
}

/** One of several lines may be JSON, or the whole; what is neither was looked through as text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What stands for a word of ours: no digit, no letter. */
const GONE = '\u2026';

/** Compact JWS (RFC 7515), detached ones too. */
const JWS = /eyJ[A-Za-z0-9_-]+\.(?:[A-Za-z0-9_-]+)?\.[A-Za-z0-9_-]{43,}/g;
const WORD = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
/** A status list, compressed (draft-ietf-oauth-status-list): of any length. */
const STATUS_LIST = /"lst":"[A-Za-z0-9_-]+"/g;
const STATUS_LIST_AT = '"lst":"'.length;

/** A text without the words that are ours; what stands in a JWS is put in its place. */
export function withoutOwnWords(text: string): string {
  return text
    .replace(JWS, opened)
    .replace(STATUS_LIST, (member) => (isLegible(member.slice(STATUS_LIST_AT, -1)) ? member : GONE))
    .replace(WORD, withoutOwn);
}

/** Header and payload are JSON, so they are looked through as that. */
function opened(jws: string): string {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const parts = [header, payload].map((part) => {
    const text = Buffer.from(part, 'base64url').toString('utf8');
    return text.startsWith('{') ? text : part;
  });
  return [...parts, isLegible(signature) ? signature : GONE].join(` ${GONE} `);
}

/** `call_` and 12 random bytes. */
const ID = /^[a-z]{2,12}_[A-Za-z0-9_-]{16}$/;
const TOKEN = /^n[rd]1_[A-Za-z0-9_-]{48,}$/;
const PREFIX = /^(?:[a-z]{2,12}|n[rd]1)_/;
/** Characters of 16, 32 and 64 bytes, in base64url and in base64; and of a note's signature, whose key id makes it 4 longer. */
const RANDOM_LENGTHS: ReadonlySet<number> = new Set([22, 24, 43, 44, 48, 86, 88, 91, 92]);

function withoutOwn(word: string): string {
  if (RANDOM_LENGTHS.has(word.length) && isMixed(word) && !isLegible(word)) return GONE;
  // An id may stand at the end of a path; the path is not ours.
  const at = word.lastIndexOf('/') + 1;
  const last = word.slice(at);
  return (ID.test(last) || TOKEN.test(last)) && !isLegible(last.replace(PREFIX, '')) ? word.slice(0, at) + GONE : word;
}

function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word);
}

const EIGHT_DIGITS = /[0-9]{8}/;
/** Sixteen characters of ASCII or seven digits in a row happen once in ten million random words. */
const CHARACTERS = /[\x20-\x7e]{16}|[0-9]{7}|^[\x20-\x7e]+$/;

/** Whether somebody wrote something into what should be random. */
function isLegible(word: string): boolean {
  return EIGHT_DIGITS.test(word) || CHARACTERS.test(Buffer.from(word, 'base64url').toString('latin1'));
}
