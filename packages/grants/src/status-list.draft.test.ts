/** The test vectors of draft-ietf-oauth-status-list-20, "Test vectors for Status List encoding". */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeStatusList, encodeStatusList, type StatusBits, statusAt } from './status-list.js';

const folder = fileURLToPath(new URL('../../../../shared/vectors/tsl/', import.meta.url));
const present = existsSync(folder);
const read = (name: string): string => (present ? readFileSync(folder + name, 'utf8') : '');

/** The JSON of an example, folded over lines as in the draft. */
const listOf = (name: string) => {
  const text = read(name);
  return decodeStatusList(JSON.parse(text.slice(text.indexOf('{')).replace(/\n\s+(?=[\w-]+")|(?<=[\w-])\n\s+/g, '')));
};
/** `status[1993] = 0b10` under the heading of one size. */
const statusesOf = (bits: StatusBits): readonly (readonly [number, number])[] => {
  const section = read('draft.md').split(`## ${bits}-bit Status List\n`)[1]?.split('JSON encoding:')[0] ?? '';
  return [...section.matchAll(/status\[(\d+)\]\s*=\s*0b([01]+)/g)].map(
    ([, index, value]) => [Number(index), Number.parseInt(value as string, 2)] as const,
  );
};

describe.skipIf(!present)("the draft's status lists", () => {
  it('of two and three bytes are encoded and decoded', () => {
    expect(listOf('status_list_encoding_json.md')).toEqual({ bits: 1, bytes: new Uint8Array([0xb9, 0xa3]) });
    expect(listOf('status_list_encoding2_json.md')).toEqual({ bits: 2, bytes: new Uint8Array([0xc9, 0x44, 0xf9]) });
    expect(encodeStatusList({ bits: 1, bytes: new Uint8Array([0xb9, 0xa3]) })).toEqual({ bits: 1, lst: 'eNrbuRgAAhcBXQ' });
    expect(encodeStatusList({ bits: 2, bytes: new Uint8Array([0xc9, 0x44, 0xf9]) })).toEqual({ bits: 2, lst: 'eNo76fITAAPfAgc' });
  });

  it.each([
    [1, 'status_list_encoding1_long_json.md', 11],
    [2, 'status_list_encoding2_long_json.md', 11],
    [4, 'status_list_encoding4_json.md', 15],
    [8, 'status_list_encoding8_json.md', 256],
  ] as const)('of %i bits and 2^20 entries hold every status that the draft names, and 0 elsewhere', (bits, name, count) => {
    const list = listOf(name);
    const named = new Map(statusesOf(bits));
    expect(named.size).toBe(count);
    expect(list.bytes.length).toBe((2 ** 20 * bits) / 8);
    let differing = 0;
    for (let index = 0; index < 2 ** 20; index += 1) if (statusAt(list, index) !== (named.get(index) ?? 0)) differing += 1;
    expect(differing).toBe(0);
    expect(Buffer.compare(decodeStatusList(encodeStatusList(list)).bytes, list.bytes)).toBe(0);
  });
});
