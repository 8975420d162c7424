import { describe, expect, it } from 'vitest';
import { unescaped } from './escapes.js';

const plain = (text: string) => unescaped(text, { steps: 0 })?.text;

describe('unescaped', () => {
  it.each([
    ['%31%33%38', '138'],
    ['\\x31\\x33\\x38', '138'],
    ['\\u0031\\u0033\\u0038', '138'],
    ['\\u{31}\\u{33}\\u{38}', '138'],
    ['&#49;&#51;&#56;', '138'],
    ['&#x31;&#x33;&#x38;', '138'],
    ['=31=33=38', '138'],
    ['%E4%B8%80%e4%b8%89a', '一三a'],
    ['a%31b%33c%38d', 'a1b3c8d'],
    ['%e4%31%33%38', '\ufffd138'],
  ])('undoes %s', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it('leaves a text with next to no escapes alone', () => {
    for (const text of ['100% of 50%', 'a=b', 'zh%2DCN', '\\n']) expect(plain(text)).toBeUndefined();
  });

  it('knows where each character came from', () => {
    const piece = unescaped('ab%E4%B8%80%31%33c', { steps: 0 });
    expect(piece?.text).toBe('ab一13c');
    expect([...(piece?.from ?? [])]).toEqual([0, 1, 2, 11, 14, 17]);
    expect([...(piece?.to ?? [])]).toEqual([1, 2, 11, 14, 17, 18]);
  });
});
