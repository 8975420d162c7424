/**
 * An independent search: does any raw value of any customer stand in what a vendor received? It shares no code with the
 * product's guard: it cuts every text into all windows of the lengths that raw values have and looks them up.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyntheticCustomer } from './customers.js';

export interface RawValues {
  readonly byLength: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Every phone, account, ID number, name and balance, by length. */
export function rawValues(customers: Iterable<SyntheticCustomer>): RawValues {
  const byLength = new Map<number, Set<string>>();
  const add = (value: string): void => {
    const set = byLength.get(value.length) ?? new Set();
    byLength.set(value.length, set.add(value));
  };
  for (const { name, phone, account, resident_id, balance } of customers)
    for (const value of [name, phone, account, resident_id, balance]) add(value);
  return { byLength };
}

/**
 * Searches every file below a folder.
 *
 * @returns the number of bytes read and of raw values found
 */
export function searchFolder(folder: string, raw: RawValues): { readonly files: number; readonly bytes: number; readonly found: number } {
  let files = 0;
  let bytes = 0;
  let found = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const content = readFileSync(join(entry.parentPath, entry.name));
    files += 1;
    bytes += content.length;
    found += countIn(content.toString('utf8'), raw) + countIn(entry.name, raw);
  }
  return { files, bytes, found };
}

/** A raw value is digits, digits with a point, or Chinese characters: only runs of those can hold one. */
const RUNS = /[0-9.X]+|\p{Script=Han}+/gu;

/** How often raw values stand in a text. */
export function countIn(text: string, { byLength }: RawValues): number {
  let found = 0;
  for (const [run] of text.matchAll(RUNS)) {
    for (const [length, values] of byLength) {
      for (let start = 0; start + length <= run.length; start++) if (values.has(run.slice(start, start + length))) found += 1;
    }
  }
  return found;
}
