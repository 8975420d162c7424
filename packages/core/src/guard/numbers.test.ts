import { describe, expect, it } from 'vitest';
import { readNumbers } from './numbers.js';

/** Groups of digits, `|` between them. */
function groupsOf(text: string): string {
  const numbers = readNumbers(text, { steps: 0 });
  return Array.from({ length: numbers.groupCount }, (_, g) =>
    numbers.value.subarray(numbers.first[g] as number, numbers.first[g + 1] as number).join(''),
  ).join('|');
}

describe('readNumbers', () => {
  it.each([
    ['138-0013', '138|0013'],
    ['１３８', '138'],
    ['一三八〇零', '13800'],
    ['壹贰叁肆伍陆柒捌玖', '123456789'],
    ['幺两洞拐勾', '12079'],
    ['١٢٣ १२३ ๑๒๓', '123|123|123'],
    ['𝟏𝟐𝟑𝟙𝟚', '12312'],
    ['①②③⓪', '1230'],
    ['²₃', '23'],
    ['1\u200b3\u03018️⃣', '138'],
    ['①138', '1|138'],
    ['①\ufe0f②', '1|2'],
    ['one two', '1|2'],
    ['onethreeeight', '138'],
    ['double zero', '00'],
    ['yao san ba', '1|3|8'],
    ['I38OO', '13800'],
    ['8OOO', '8000'],
    ['tel138wx', '138'],
  ])('reads the digits of %s', (text, groups) => {
    expect(groupsOf(text)).toBe(groups);
  });

  it.each([
    'oneself',
    'weight',
    'phone',
    'seventeen',
    'solo',
    '一个',
    '第三',
    '三十八',
    '两次',
    'Москва',
    '550e8400-e29b-41d4-a716-446655440000',
    'd41d8cd98f00b204e9800998ecf8427e',
    'nd1_oKGio6SlUXrLN3Xcrk74MqpCO7x2b9rFOkJWPu1F8sneQs2P',
  ])('reads none in %s', (text) => {
    expect(groupsOf(text)).toBe('');
  });
});
