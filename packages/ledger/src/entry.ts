/**
 * Entries: what the ledger records, as canonical JSON (RFC 8785). Entries hide: a nonce in each makes a leaf hash confirm no guess,
 * and a customer appears only as a subject of that one use (`subject.ts`). No type has room for a reference, token, mask, band or customer id.
 * @module
 */
import { MAX_ENTRY_BYTES } from './bundle.js';
import { parseCanonicalJson } from './canonical-json.js';
import type { EntryStamp, FieldsGiven, FieldsRead } from './entries/define.js';
import { entryDefinitions } from './entries/index.js';
import { fail } from './errors.js';

type Definitions = typeof entryDefinitions;

/** The name of an entry type, such as `call.authorized`. */
export type EntryType = keyof Definitions;

/** What the writer of a type takes besides time and nonce: hashes and subjects as bytes, times in milliseconds since the epoch. */
export type EntryFields<T extends EntryType> = FieldsGiven<Definitions[T]['fields']>;

interface EntryBase<T extends EntryType> {
  readonly v: 1;
  readonly type: T;
  /** UTC, `2026-11-23T08:00:00.000Z`. */
  readonly at: string;
  /** 16 bytes, base64url. */
  readonly nonce: string;
}

/** A parsed entry: hashes and subjects as base64url, times as ISO 8601. A union that `type` discriminates. */
export type Entry = { readonly [T in EntryType]: EntryBase<T> & FieldsRead<Definitions[T]['fields']> }[EntryType];

/** Every type's name, sorted. */
export const entryTypes: readonly EntryType[] = (Object.keys(entryDefinitions) as EntryType[]).sort();

/** JSON Schema (2020-12) of every type, by its name. */
export const entrySchemas: Readonly<Record<EntryType, Readonly<Record<string, unknown>>>> = Object.fromEntries(
  entryTypes.map((type) => [type, entryDefinitions[type].schema]),
) as Record<EntryType, Readonly<Record<string, unknown>>>;

/**
 * Writes one entry: the exact text that is hashed, kept and proved.
 *
 * @param type - a name of the closed list
 * @param fields - the type's fields; subjects, roots and key hashes as bytes
 * @param stamp - when the act happened, and 16 fresh random bytes
 * @returns canonical JSON in ASCII, without a newline
 * @throws `ERR_ENTRY_TYPE`, or `ERR_ENTRY_FIELD` with the field's name
 */
export function writeEntry<T extends EntryType>(type: T, fields: EntryFields<T>, stamp: EntryStamp): string {
  const definition = definitionOf(type);
  const body = definition.write(fields, stamp);
  if (body.length > MAX_ENTRY_BYTES) throw fail('ERR_ENTRY_FIELD', { type }, 'the entry is longer than 65,535 bytes');
  return body;
}

/**
 * Reads one entry strictly: canonical form, a listed type and version, every field of its kind, no other member.
 *
 * @param body - the text as recorded
 * @throws `ERR_ENTRY_NOT_CANONICAL`, `ERR_ENTRY_TYPE`, or `ERR_ENTRY_FIELD` with the field's name
 */
export function parseEntry(body: string): Entry {
  let value: unknown;
  try {
    value = parseCanonicalJson(body);
  } catch (cause) {
    throw Object.assign(fail('ERR_ENTRY_NOT_CANONICAL'), { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('ERR_ENTRY_NOT_CANONICAL');
  const members = value as Readonly<Record<string, unknown>>;
  const definition = definitionOf(members['type']);
  const bad = definition.firstBadField(members);
  if (bad !== undefined) throw fail('ERR_ENTRY_FIELD', { type: definition.type, field: bad });
  // The definition has just checked every member against the type that Entry is inferred from.
  return value as Entry;
}

interface AnyDefinition {
  readonly type: string;
  readonly write: (given: never, stamp: EntryStamp) => string;
  readonly firstBadField: (value: Readonly<Record<string, unknown>>) => string | undefined;
}

function definitionOf(type: unknown): AnyDefinition & { readonly write: (given: unknown, stamp: EntryStamp) => string } {
  if (typeof type !== 'string' || !Object.hasOwn(entryDefinitions, type)) throw fail('ERR_ENTRY_TYPE');
  // Each definition takes its own fields; writeEntry's signature ties them to the type's name.
  return entryDefinitions[type as EntryType] as unknown as AnyDefinition & { write: (given: unknown, stamp: EntryStamp) => string };
}
