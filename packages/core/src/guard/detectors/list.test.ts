/** What every detector must do, whichever kind it finds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepare } from '../guard.js';
import { detectors } from './list.js';

const SAMPLE =
  '电话13800138000，身份证11010519491231002X，卡6222021234567890128，护照E12345678，GB29NWBK60161331926819，a@b.cn，2026-11-23';
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'0123456789 -+.@aEGX一三八', '138', '86', '62', 'GB29', '(at)') }),
);

describe.each(detectors.map((detector) => [detector.name, detector] as const))('%s', (_, detector) => {
  it('finds its kind in a text that holds all', () => {
    expect(new Set(detector(prepare(SAMPLE, { steps: 0 })).map(({ kind }) => kind)).size).toBe(1);
  });

  it('finds nothing in nothing', () => {
    expect(detector(prepare('', { steps: 0 }))).toEqual([]);
  });

  it('returns places inside the text, in order, by pattern, and the same when asked again', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const numbers = prepare(text, { steps: 0 });
        const findings = detector(numbers);
        expect(detector(numbers)).toEqual(findings);
        let last = 0;
        for (const { by, start, end } of findings) {
          expect(by).toBe('pattern');
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
    );
  });

  it('counts its work', () => {
    const work = { steps: 0 };
    const numbers = prepare(SAMPLE.repeat(10), work);
    const before = work.steps;
    detector(numbers);
    expect(work.steps).toBeGreaterThan(before);
  });
});
