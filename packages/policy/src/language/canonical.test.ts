import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.js';

const vectors = fileURLToPath(new URL('../../../../../shared/vectors/jcs/', import.meta.url));

describe('canonical JSON', () => {
  const files = existsSync(vectors) ? readdirSync(vectors).filter((name) => name.startsWith('input-')) : [];

  it.skipIf(files.length === 0)('gives the outputs of the RFC’s own test data', () => {
    for (const name of files) {
      const input = JSON.parse(readFileSync(`${vectors}${name}`, 'utf8')) as unknown;
      expect(canonicalJson(input), name).toBe(readFileSync(`${vectors}${name.replace('input', 'output')}`, 'utf8').trim());
    }
  });

  it('sorts members by UTF-16 code units, not by alphabet', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'x'], B: { '\u20ac': 1, '\r': 2 } })).toBe(
      '{"B":{"\\r":2,"€":1},"a":[true,null,"x"],"b":1}',
    );
  });
});
