/**
 * The digest of a policy of record: SHA-256 over the RFC 8785 form of its document, so that comments, order of members and spelling of
 * YAML do not change it and anything that means something does.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 * @module
 */
import { createHash } from 'node:crypto';

/** RFC 8785 JSON of plain data (JSON values only). Members are sorted by UTF-16 code units. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

/** `sha256:` and 64 hex digits. */
export function digestOf(document: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(document)).digest('hex')}`;
}
