/**
 * From one list of fields: the writer of an entry type (its keys sorted beforehand), its strict reader, its JSON Schema and its TypeScript types.
 * @module
 */
import { fail } from '../errors.js';
import { type Field, nonce, type OptionalField, time } from './fields.js';

/** Version of all entry types. A changed type is a new version; old ones stay readable for ever. */
export const ENTRY_VERSION = 1;

// biome-ignore lint/suspicious/noExplicitAny: a list of fields of different kinds; each kind is recovered by inference below
type AnyField = Field<any, any>;
export type Fields = Readonly<Record<string, AnyField>>;

type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends OptionalField<infer _I, infer _O> ? K : never }[keyof F];
type RequiredNames<F extends Fields> = Exclude<keyof F, OptionalNames<F>>;
type Given<T> = T extends Field<infer In, infer _Out> ? In : never;
type Read<T> = T extends Field<infer _In, infer Out> ? Out : never;

/** What the writer of a type takes. */
export type FieldsGiven<F extends Fields> = { readonly [K in RequiredNames<F>]: Given<F[K]> } & {
  readonly [K in OptionalNames<F>]?: Given<F[K]> | undefined;
};

/** What the reader of a type returns. */
export type FieldsRead<F extends Fields> = { readonly [K in RequiredNames<F>]: Read<F[K]> } & {
  readonly [K in OptionalNames<F>]?: Read<F[K]>;
};

/** When an act happened, and the 16 random bytes that make its entry unguessable. */
export interface EntryStamp {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 16 bytes from a cryptographic random source, never used twice. */
  readonly nonce: Uint8Array;
}

export interface EntryDefinition<T extends string, F extends Fields> {
  readonly type: T;
  readonly fields: F;
  readonly write: (given: FieldsGiven<F>, stamp: EntryStamp) => string;
  /** Checks parsed JSON: every required field, no unknown one, each of its kind. Returns the name of the first bad field. */
  readonly firstBadField: (value: Readonly<Record<string, unknown>>) => string | undefined;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** What every entry has, whatever its type. */
const COMMON = ['at', 'nonce', 'type', 'v'] as const;

interface Step {
  readonly name: string;
  readonly key: string;
  /** Text that is the same in every entry of the type, or the kind of the value. */
  readonly is: string | AnyField;
}

/** Defines an entry type: its name and, besides version, type, time and nonce, its fields. */
export function defineEntry<const T extends string, const F extends Fields>(type: T, fields: F): EntryDefinition<T, F> {
  for (const name of COMMON) if (name in fields) throw fail('ERR_LEDGER_ARGUMENT', { type, field: name });
  const kinds: Readonly<Record<string, string | AnyField>> = {
    ...fields,
    at: time(),
    nonce: nonce(),
    type: JSON.stringify(type),
    v: String(ENTRY_VERSION),
  };
  // Keys lie ready in canonical order: writing an entry is one pass of joins, faster than JSON.stringify.
  const plan: readonly Step[] = Object.keys(kinds)
    .sort()
    .map((name) => ({ name, key: `,${JSON.stringify(name)}:`, is: kinds[name]! }));

  function write(given: FieldsGiven<F>, stamp: EntryStamp): string {
    const values = given as Readonly<Record<string, unknown>>;
    let text = '';
    for (const { name, key, is } of plan) {
      if (typeof is === 'string') {
        text += key + is;
        continue;
      }
      const value = name === 'at' ? stamp.at : name === 'nonce' ? stamp.nonce : values[name];
      if (value === undefined && is.optional) continue;
      const written = value === undefined ? undefined : is.write(value);
      if (written === undefined) throw fail('ERR_ENTRY_FIELD', { type, field: name });
      text += key + written;
    }
    return `{${text.slice(1)}}`;
  }

  function firstBadField(value: Readonly<Record<string, unknown>>): string | undefined {
    if (Object.keys(value).some((name) => !Object.hasOwn(kinds, name))) return 'unknown';
    const bad = plan.find(({ name, is }) => {
      const member = value[name];
      if (typeof is === 'string') return JSON.stringify(member) !== is;
      return member === undefined ? !is.optional : !is.accepts(member);
    });
    return bad?.name;
  }

  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: type,
    type: 'object',
    properties: Object.fromEntries(plan.map(({ name, is }) => [name, typeof is === 'string' ? { const: JSON.parse(is) } : is.schema])),
    required: plan.filter(({ is }) => typeof is === 'string' || !is.optional).map(({ name }) => name),
    additionalProperties: false,
  };
  return { type, fields, write, firstBadField, schema };
}
