/**
 * JSON from outside, read strictly: an object, valid UTF-8, no member twice, not nested deeply (RFC 8725 § 2.6, RFC 8259 § 4).
 * `JSON.parse` keeps the last of two equal members, and another reader the first: two readers, two meanings.
 * @module
 */
import { isUtf8 } from 'node:buffer';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/** A grant is three deep; nothing that we accept is deeper than this. */
const MAX_DEPTH = 8;

/** @returns the object, or `undefined` when the bytes are not exactly one well-formed JSON object */
export function readJsonObject(bytes: Uint8Array): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  return parseJsonObject(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

/** As {@link readJsonObject}, of text. */
export function parseJsonObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** @returns the value, or `undefined` when the text is not JSON, names a member twice or is nested too deeply */
export function parseJson(text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const members = countMembers(value, 0);
  return members === countColons(text) ? value : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object has all of `required`, none but these and `optional`. */
export function hasMembers(value: JsonObject, required: readonly string[], optional: readonly string[] = []): boolean {
  let found = 0;
  for (const member of Object.keys(value)) {
    if (required.includes(member)) found += 1;
    else if (!optional.includes(member)) return false;
  }
  return found === required.length;
}

/** NaN when too deep, which equals no count. */
function countMembers(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === MAX_DEPTH) return Number.NaN;
  const children = Object.values(value) as Json[];
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) count += countMembers(child, depth + 1);
  return count;
}

/** Each member has one colon outside strings; `JSON.parse` has proven the text well-formed. */
function countColons(text: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) inString = !inString;
    else if (unit === 0x5c) i += 1;
    else if (unit === 0x3a && !inString) count += 1;
  }
  return count;
}
