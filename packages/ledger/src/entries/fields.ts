/**
 * The kinds of value that an entry may hold, and no others: ids of acts, names, codes, counts, times, hashes, subjects.
 * There is no kind for free text, and none that a phone, account or resident-ID number fits: a value that reads as one is refused.
 * Every kind is ASCII without quotes or backslashes, so that writing it needs no escaping.
 * @module
 */
import { base64urlOf } from '../bytes.js';

/** One kind: how it is given, how it reads in the JSON, and its JSON Schema (2020-12). */
export interface Field<In, Out> {
  /** The JSON text of a value, or `undefined` when it is not of this kind. */
  readonly write: (value: In) => string | undefined;
  /** Whether a parsed JSON value is of this kind. */
  readonly accepts: (value: unknown) => value is Out;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly optional?: true;
}

export interface OptionalField<In, Out> extends Field<In, Out> {
  readonly optional: true;
}

/** Bytes of a nonce and of a subject. */
export const SUBJECT_BYTES = 16;

/** Items in one list: with 2,000 subjects an entry stays below the 65,535 bytes that an entry bundle can hold. */
export const MAX_LIST = 2_000;

/** Values remembered by one kind. */
const MAX_REMEMBERED = 1_024;

interface TextForm {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** What the value must not contain or be. */
  readonly never?: readonly RegExp[];
  /** A bank has few of these and writes each many times: those accepted are remembered, because a look-up costs a tenth of the patterns. */
  readonly repeats: boolean;
}

function text({ pattern, maxLength, never = [], repeats }: TextForm): Field<string, string> {
  const accepted = new Set<string>();
  const accepts = (value: unknown): value is string => {
    if (typeof value !== 'string') return false;
    if (accepted.has(value)) return true;
    if (value.length > maxLength || !pattern.test(value) || never.some((bad) => bad.test(value))) return false;
    if (repeats) {
      if (accepted.size >= MAX_REMEMBERED) accepted.clear();
      accepted.add(value);
    }
    return true;
  };
  const not = never.length === 0 ? {} : { not: { anyOf: never.map((bad) => ({ pattern: bad.source })) } };
  return {
    write: (value) => (accepts(value) ? `"${value}"` : undefined),
    accepts,
    schema: { type: 'string', pattern: pattern.source, maxLength, ...not },
  };
}

/** Nine digits in a row are a number of somebody; a date has eight. */
const LONG_NUMBER = /\d{9}/;
/** Digits and separators alone, seven digits or more: what E.164, cards and resident IDs look like. */
const ONLY_A_NUMBER = /^(?=(?:[._-]*\d){7})[\d._-]+[Xx]?$/;

const NAME: TextForm = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  maxLength: 64,
  never: [LONG_NUMBER, ONLY_A_NUMBER],
  repeats: true,
};
const ID: TextForm = {
  pattern: /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-z][a-z-]{0,23}_(?!\d{7,}$)[A-Za-z0-9_-]{1,64})$/,
  maxLength: 96,
  repeats: false,
};
const CODE: TextForm = { pattern: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, maxLength: 64, never: [LONG_NUMBER], repeats: true };
const RULE: TextForm = { pattern: /^[A-Za-z/#][A-Za-z0-9._:/#[\]-]*$/, maxLength: 200, never: [LONG_NUMBER], repeats: true };
const DIGEST: TextForm = { pattern: /^sha256:[0-9a-f]{64}$/, maxLength: 71, repeats: true };

/** A vendor, purpose, campaign, person or agent by its name. */
export const name = (): Field<string, string> => text(NAME);
/** The id of an act: a UUID in lower case, or a word, `_` and the rest, as in `call_Zk3…`; the rest is not one long number. */
export const id = (): Field<string, string> => text(ID);
/** A code of a closed list elsewhere (a decision, a cause, an alert): kebab-case, beginning with a letter. */
export const code = (): Field<string, string> => text(CODE);
/** The place of a rule in the policy, such as `purposes.marketing.insurance.window` or `/purposes/marketing/caps/0`. */
export const rule = (): Field<string, string> => text(RULE);
/** A SHA-256 of a document, `sha256:` and 64 hex digits. */
export const digest = (): Field<string, string> => text(DIGEST);

const names = name();

/**
 * Whether a name of a bank, vendor, purpose, campaign, person or agent may stand in an entry: the form of all names,
 * and not one that reads as a phone, card or resident-ID number. Ask before you accept a vendor's pseudonym of an agent.
 */
export const fitsEntry = (value: string): boolean => names.accepts(value);

/** One of the given words. */
export const oneOf = <const W extends string>(...words: readonly W[]): Field<W, W> => {
  const accepts = (value: unknown): value is W => (words as readonly unknown[]).includes(value);
  return { write: (value) => (accepts(value) ? `"${value}"` : undefined), accepts, schema: { enum: words } };
};

/** A position, count or size: a whole number from 0 to 2^53 − 1. */
export const count = (): Field<number, number> => {
  const accepts = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
  return {
    write: (value) => (accepts(value) ? String(value) : undefined),
    accepts,
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  };
};

/** A share, 0 to 1. */
export const share = (): Field<number, number> => {
  const accepts = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1 && !Object.is(value, -0);
  // String() is RFC 8785's number format (§ 3.2.2.3).
  return { write: (value) => (accepts(value) ? String(value) : undefined), accepts, schema: { type: 'number', minimum: 0, maximum: 1 } };
};

export const flag = (): Field<boolean, boolean> => {
  const accepts = (value: unknown): value is boolean => typeof value === 'boolean';
  return { write: (value) => (accepts(value) ? String(value) : undefined), accepts, schema: { type: 'boolean' } };
};

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const isTime = (value: unknown): value is string => typeof value === 'string' && ISO.test(value) && isoOf(Date.parse(value)) === value;

const EARLIEST = -62_167_219_200_000;
const LATEST = 253_402_300_799_999;
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);

let lastSecond = Number.NaN;
let lastPrefix = '';

/** `2026-11-23T08:00:00.000Z`, or `undefined` outside the years 0000 to 9999. Entries come in bursts, so the last second is kept. */
function isoOf(ms: number): string | undefined {
  if (!Number.isSafeInteger(ms) || ms < EARLIEST || ms > LATEST) return undefined;
  const second = Math.floor(ms / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastPrefix = new Date(second * 1_000).toISOString().slice(0, -4);
  }
  return lastPrefix + MILLISECONDS[ms - second * 1_000]!;
}

/** A moment: given in milliseconds since the epoch, written in UTC. */
export const time = (): Field<number, string> => ({
  write: (value) => {
    const iso = isoOf(value);
    return iso === undefined ? undefined : `"${iso}"`;
  },
  accepts: isTime,
  schema: { type: 'string', pattern: ISO.source },
});

function fixedBytes(length: number): Field<Uint8Array, string> {
  const characters = Math.ceil((length * 4) / 3);
  // The last character carries spare bits, which must be 0: one spelling (RFC 4648 § 3.5).
  const pattern = new RegExp(`^[A-Za-z0-9_-]{${characters - 1}}${length % 3 === 1 ? '[AQgw]' : '[AEIMQUYcgkosw048]'}$`);
  return {
    write: (value) => (value instanceof Uint8Array && value.length === length ? `"${base64urlOf(value)}"` : undefined),
    accepts: (value): value is string => typeof value === 'string' && pattern.test(value),
    schema: { type: 'string', pattern: pattern.source },
  };
}

/** 16 random bytes, so that a leaf hash confirms no guess. */
export const nonce = (): Field<Uint8Array, string> => fixedBytes(SUBJECT_BYTES);
/** A customer in this one entry (`subjectOf`): given as 16 bytes, base64url in the JSON. */
export const subject = (): Field<Uint8Array, string> => fixedBytes(SUBJECT_BYTES);
/** A Merkle root, or the SHA-256 of a key (JWK thumbprint): given as 32 bytes, base64url in the JSON. */
export const hash = (): Field<Uint8Array, string> => fixedBytes(32);

/** Several values of one kind, in the order given; at most 2,000. */
export const list = <In, Out>(item: Field<In, Out>): Field<readonly In[], readonly Out[]> => ({
  write: (values) => {
    if (!Array.isArray(values) || values.length > MAX_LIST) return undefined;
    const texts: string[] = [];
    for (const value of values) {
      const written = item.write(value);
      if (written === undefined) return undefined;
      texts.push(written);
    }
    return `[${texts.join(',')}]`;
  },
  accepts: (values): values is readonly Out[] => Array.isArray(values) && values.length <= MAX_LIST && values.every(item.accepts),
  schema: { type: 'array', items: item.schema, maxItems: MAX_LIST },
});

/** How many of each code, as an object. */
export const counts = (): Field<Readonly<Record<string, number>>, Readonly<Record<string, number>>> => {
  const codes = code();
  const numbers = count();
  const isObject = (value: unknown): value is Record<string, number> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length <= 64;
  const fits = ([key, value]: readonly [string, unknown]): boolean => codes.accepts(key) && numbers.accepts(value);
  return {
    write: (value) => {
      if (!isObject(value)) return undefined;
      const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      return pairs.every(fits) ? `{${pairs.map(([key, number]) => `"${key}":${number}`).join(',')}}` : undefined;
    },
    accepts: (value): value is Record<string, number> => isObject(value) && Object.entries(value).every(fits),
    schema: { type: 'object', propertyNames: codes.schema, additionalProperties: numbers.schema, maxProperties: 64 },
  };
};

/** A field that may be left out (`undefined` counts as left out). */
export const optional = <In, Out>(field: Field<In, Out>): OptionalField<In, Out> => ({ ...field, optional: true });
