import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codesOf } from './characters.js';
import { decodeRuns } from './encodings.js';

const decoded = (text: string) => decodeRuns(codesOf(text), { steps: 0 }).map((piece) => piece.text);

describe('decodeRuns', () => {
  it('decodes base64 at every alignment, in either alphabet', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1[3-9][0-9]{9}$/), fc.stringMatching(/^[a-z]{0,3}$/), (phone, glue) => {
        for (const alphabet of ['base64', 'base64url'] as const) {
          expect(decoded(`x ${glue}${Buffer.from(phone).toString(alphabet)} y`).join(' ')).toContain(phone);
        }
      }),
    );
  });

  it('decodes Chinese in base64 whatever stands before it', () => {
    for (const before of ['', 'a', 'ab', 'abc'])
      expect(decoded(Buffer.from(`${before}一三八零零一三八零零零`).toString('base64')).join()).toContain('一三八零零一三八零零零');
  });

  it('decodes hexadecimal, joined and in pairs', () => {
    for (const text of [
      '3133383030313338303030',
      '31 33 38 30 30 31 33 38 30 30 30',
      '31:33:38:30:30:31:33:38:30:30:30',
      '31-33-38-30-30-31-33-38-30-30-30',
      '0x31, 0x33, 0x38, 0x30, 0x30, 0x31, 0x33, 0x38, 0x30, 0x30, 0x30',
    ]) {
      expect(decoded(`[${text}]`), text).toContain('13800138000');
    }
  });

  it('leaves words, tokens and random bytes alone', () => {
    expect(decoded('internationalization of telecommunications, The Responsibilities')).toEqual([]);
    expect(decoded('nr1_oKGio6SljY0Gq8Rx87kpEL_GKcrVgRqwommJK4LafOMhAqAM')).toEqual([]);
  });

  it('places a piece where its run lies', () => {
    const [piece] = decodeRuns(codesOf('ab MTM4MDAxMzgwMDA= cd'), { steps: 0 });
    expect([piece?.from[0], piece?.to[0]]).toEqual([3, 18]);
  });
});
