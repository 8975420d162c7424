/** Hostile texts: twice the text, twice the steps, never more. */
import { describe, expect, it } from 'vitest';
import { scanCounted } from './guard.js';

const PIECES = [
  '1',
  '13',
  '138',
  '13800138000',
  '1 ',
  '138 ',
  '138-',
  '138\n',
  '138 then ',
  '138abc',
  '1a',
  '13****',
  '0',
  '00',
  '+1 ',
  '+861',
  '86',
  '62',
  '6222 0212 ',
  '110105',
  '1101051949',
  '2026-11-23 ',
  '1,380,',
  '1.',
  '10:30:',
  '一',
  '一三八',
  '一个',
  '一abc',
  'one ',
  'one',
  'double ',
  'triple',
  'oneoneone ',
  'O0',
  'OO ',
  'I3',
  'aaaaaaaa',
  'abcdef12',
  '12345678-',
  '1234567a-0000-',
  'nr1_',
  'nd1_a',
  'nd1_AAAA',
  'GB29',
  'GB29 ',
  'GB29NWBK',
  'E1',
  'G',
  'E ',
  'passport 1 ',
  '@',
  'a@',
  'a@a.',
  'a@a.bc ',
  '(at)',
  'a(at)',
  '(a',
  '[dot]',
  'MTM4',
  'MTM4MDAx',
  '5LiA',
  'TVRN',
  'A',
  '31',
  '31 ',
  '31:',
  '31-',
  '0x31 ',
  '313338',
  '%31',
  '%E4%B8%80',
  '\\x31',
  '\\u0031',
  '&#49;',
  '=31',
  '%',
  '&#',
  '\\',
  '\u200b',
  '1\u200b',
  'E\u200b',
  '\u0301',
  '𝟏',
  '\ud835',
  '①',
  '\u001f',
  '1\u001f',
  '*',
  '1*',
  '(',
  '（',
  '1(a)',
  '1（',
  '[',
  '138(',
  '、',
  '护照',
  ' ',
  '\n',
  '\u0000',
];
const CHARACTERS = 6_000;
/** Buffers of even and odd length divide differently; beyond this it is not linear. */
const MOST_GROWTH = 2.1;
/** Encodings in encodings are read again at each alignment: this many times the text at the very most. */
const MOST_STEPS_A_CHARACTER = 250;

function stepsFor(piece: string, characters: number): number {
  const work = { steps: 0 };
  scanCounted(piece.repeat(Math.ceil(characters / piece.length)).slice(0, characters), work);
  return work.steps;
}

describe('the guard on hostile text', () => {
  it.each(PIECES.map((piece) => [JSON.stringify(piece), piece]))('does twice the work for twice as much of %s', (_, piece) => {
    const once = stepsFor(piece, CHARACTERS);
    const twice = stepsFor(piece, 2 * CHARACTERS);
    expect(twice / once).toBeLessThanOrEqual(MOST_GROWTH);
    expect(once / CHARACTERS).toBeLessThanOrEqual(MOST_STEPS_A_CHARACTER);
  });

  it('does twice the work for twice as much of every mixture of two', () => {
    let worst = 0;
    for (let i = 0; i < PIECES.length; i++) {
      const mixture =
        (PIECES[i] as string) + (PIECES[(i * 37 + 11) % PIECES.length] as string) + (PIECES[(i * 53 + 29) % PIECES.length] as string);
      worst = Math.max(worst, stepsFor(mixture, 2 * CHARACTERS) / stepsFor(mixture, CHARACTERS));
    }
    expect(worst).toBeLessThanOrEqual(MOST_GROWTH);
  });

  it('finds a million numbers in one text', () => {
    expect(scanCounted('13800138000 '.repeat(200_000), { steps: 0 })).toHaveLength(200_000);
  });
});
