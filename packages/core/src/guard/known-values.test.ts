import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sensitive } from '../sensitive.js';
import type { FindingKind } from './finding.js';
import { createGuard } from './guard.js';

const key = new Uint8Array(32).fill(9);
const guardOf = (...known: [FindingKind, string][]) =>
  createGuard({ key, known: known.map(([kind, value]) => ({ kind, value: new Sensitive(value) })) });
const knownIn = (guard: ReturnType<typeof guardOf>, text: string) =>
  guard
    .scan(text)
    .filter(({ by }) => by === 'known')
    .map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe('known digits', () => {
  const guard = guardOf(
    ['phone', '8613900139000'],
    ['account', '6222021234567890127'],
    ['account', '12345678'],
    ['resident-id', '11010519491231002X'],
    ['phone', '85291234567'],
  );

  it.each([
    ['13900139000', 'phone 13900139000'],
    ['+86 139-0013-9000', 'phone +86 139-0013-9000'],
    ['20261123139001390001', 'phone 13900139000'],
    ['1390 apples, 0139 pears, 000 plums', 'phone 1390 apples, 0139 pears, 000'],
    ['00093100931', 'phone 00093100931'],
    ['一三九零零一三九零零零', 'phone 一三九零零一三九零零零'],
    ['账号6222021234567890127', 'account 6222021234567890127'],
    ['ref 1234 5678.', 'account 1234 5678'],
    ['110105194912310 02X', 'resident-id 110105194912310 02X'],
    ['85291234567', 'phone 85291234567'],
  ])('are found in %s', (text, expected) => {
    expect(knownIn(guard, text)).toContain(expected);
  });

  it('that are short are not found inside longer numbers, nor across words', () => {
    expect(knownIn(guard, '9123456789')).toEqual([]);
    expect(knownIn(guard, '1234 customers and 5678 visits')).toEqual([]);
  });

  it('are not mistaken for their neighbours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }), (number) => {
        expect(knownIn(guard, String(number)).length).toBe(number === 13_900_139_000 ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are all found, of many', () => {
    const numbers = Array.from({ length: 5_000 }, (_, i) => String(8_613_000_000_000 + i * 199_999));
    const many = guardOf(...numbers.map((number): [FindingKind, string] => ['phone', number]));
    for (const number of numbers) expect(many.scan(`x ${number.slice(2)} y`)).toEqual([{ kind: 'phone', by: 'known', start: 2, end: 13 }]);
  });
});

describe('known texts', () => {
  const guard = guardOf(
    ['name', '张伟'],
    ['name', 'Li Si'],
    ['name', '阿卜杜热合曼·买买提'],
    ['email', 'Zhang.San@Example.com'],
    ['passport', 'C12345678'],
  );

  it.each([
    ['客户张伟来电', 'name 张伟'],
    ['张 伟', 'name 张 伟'],
    ['张\u200b伟', 'name 张\u200b伟'],
    ['Mr LI SI called', 'name LI SI'],
    ['Ｌｉ　Ｓｉ', 'name Ｌｉ　Ｓｉ'],
    ['阿卜杜热合曼买买提', 'name 阿卜杜热合曼买买提'],
    ['zhang.san@example.com', 'email zhang.san@example.com'],
    ['no c12345678', 'passport c12345678'],
    ['5byg5Lyf', 'name 5byg5Lyf'],
  ])('are found in %s', (text, expected) => {
    expect(knownIn(guard, text)).toContain(expected);
  });

  it('are not found inside other words or across a sentence', () => {
    expect(knownIn(guard, 'cali site, Li Sih')).toEqual([]);
    expect(knownIn(guard, '张。伟大')).toEqual([]);
  });
});
