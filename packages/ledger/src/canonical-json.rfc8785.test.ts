import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';

const vector = (name: string): string => readFileSync(new URL(`./vectors/jcs/${name}.json`, import.meta.url), 'utf8');

describe('canonical JSON', () => {
  it.each(['arrays', 'french', 'structures', 'unicode', 'values', 'weird'])('writes the foreign vector "%s" byte for byte', (name) => {
    expect(canonicalJson(JSON.parse(vector(`input-${name}`)))).toBe(vector(`output-${name}`));
    expect(parseCanonicalJson(vector(`output-${name}`))).toEqual(JSON.parse(vector(`input-${name}`)));
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        let text: string;
        try {
          text = canonicalJson(value);
        } catch {
          // A lone surrogate among the random strings.
          return;
        }
        expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['a number that is not finite', Number.NaN],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udfff': 1 }],
    ['a bigint', 1n],
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
  ])('refuses %s', async (_, value) => {
    await expect(() => canonicalJson(value)).toFailWith('ERR_JSON_NOT_CANONICAL');
  });

  it('refuses nesting that would exhaust the stack', async () => {
    await expect(() => parseCanonicalJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toFailWith('ERR_JSON_NOT_CANONICAL');
  });

  it.each(['{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '[1.0]', '[1e0]', '[-0]', '["\\u0061"]', '{} ', '', '{', 'nul'])(
    'reads no second spelling: %s',
    async (text) => {
      await expect(() => parseCanonicalJson(text)).toFailWith('ERR_JSON_NOT_CANONICAL');
    },
  );

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});
