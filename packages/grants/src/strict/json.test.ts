import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasMembers, parseJsonObject, readJsonObject } from './json.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('reading JSON', () => {
  it('reads what JSON.parse reads when no member stands twice', () => {
    const json = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
    const spelled = fc.tuple(json, fc.constantFrom(undefined, 1, '\t'));
    fc.assert(
      fc.property(spelled, ([value, indent]) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseJsonObject(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses a member that stands twice, wherever and however it is spelled', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '{"b":{"c":[{"d":1,"d":2}]}}',
      '{"a":":","a":2}',
      '{"__proto__":1,"__proto__":2}',
    ])
      expect(parseJsonObject(text)).toBeUndefined();
  });

  it('is not misled by colons, quotes and backslashes in strings', () => {
    for (const text of ['{"a:b":":"}', '{"a":"\\":\\""}', '{"a\\\\":"b"}', '{"a":"\\\\"}', '{"\\"":1}'])
      expect(parseJsonObject(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['nothing', ''],
    ['an array', '[]'],
    ['text', '"a"'],
    ['null', 'null'],
    ['a mark of byte order', '\ufeff{}'],
    ['something behind', '{} {}'],
    ['a comment', '{/**/}'],
    ['a comma too many', '{"a":1,}'],
    ['nine levels', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`],
    ['4,000 levels', `{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`],
  ])('refuses %s', (_name, text) => {
    expect(readJsonObject(utf8(text))).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(readJsonObject(new Uint8Array([...utf8('{"a":"'), 0xff, ...utf8('"}')]))).toBeUndefined();
    expect(readJsonObject(new Uint8Array([...utf8('{"a":"'), 0xed, 0xa0, 0x80, ...utf8('"}')]))).toBeUndefined();
  });

  it('knows exactly the members it was told', () => {
    expect(hasMembers({ a: 1, b: 2 }, ['a'], ['b'])).toBe(true);
    expect(hasMembers({ a: 1 }, ['a'], ['b'])).toBe(true);
    expect(hasMembers({ b: 1 }, ['a'], ['b'])).toBe(false);
    expect(hasMembers({ a: 1, c: 1 }, ['a'], ['b'])).toBe(false);
    expect(hasMembers(JSON.parse('{"a":1,"__proto__":{"b":1}}'), ['a'], ['b'])).toBe(false);
  });
});
