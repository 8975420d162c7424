import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkability, linkabilityToRecipient } from './linkability.js';
import { joinOnVisible } from './linkage-attack.js';
import { coarserLabels, jointLabels, type Span, spanOf } from './spans.js';
import type { VisibleList } from './visible.js';

const labelled = (...labels: string[]) => labels.map((label) => ({ label }));
const list = (bands: readonly string[], more: Partial<VisibleList> = {}): VisibleList => ({
  bandNames: ['age'],
  rows: bands.map((label, customer) => ({ customer, digits: '', bands: [label] })),
  ...more,
});

describe('what a label covers', () => {
  it('is read from the label, negative and broken numbers too', () => {
    expect(['<30', '30-40', '>=40', '-5--1.5', '<-0.5'].map((label) => spanOf(label))).toEqual([
      [Number.NEGATIVE_INFINITY, 30],
      [30, 40],
      [40, Number.POSITIVE_INFINITY],
      [-5, -1.5],
      [Number.NEGATIVE_INFINITY, -0.5],
    ]);
  });

  it('is given for labels that do not say it, and none for other texts', () => {
    expect(spanOf('young', new Map<string, Span>([['young', [0, 40]]]))).toEqual([0, 40]);
    expect(['', 'young', '30', '30–40', '<', '2026-11-25'].map((label) => spanOf(label))).toEqual(new Array(6).fill(undefined));
  });
});

describe('labels of two lists', () => {
  it('become the coarser ones where they overlap, and stay where they do not', () => {
    const joint = jointLabels(labelled('<30', '30-40', '40-50', '<40', '>=50', '', 'other'));
    expect(Object.fromEntries(joint)).toEqual({
      '<40': '<40',
      '<30': '<40',
      '30-40': '<40',
      '40-50': '40-50',
      '>=50': '>=50',
      '': '',
      other: 'other',
    });
  });

  it('become one where edges were moved between the lists', () => {
    const joint = jointLabels(labelled('<30', '30-50', '<40', '40-60'));
    expect(new Set(joint.values()).size).toBe(1);
  });

  it('are brought to the coarser list’s, and never to a finer one’s', () => {
    expect(Object.fromEntries(coarserLabels(labelled('<30', '30-40', '', '70-80'), labelled('<40', '40-60')) ?? [])).toEqual({
      '<30': '<40',
      '30-40': '<40',
      '': '',
      '70-80': '70-80',
    });
    expect(coarserLabels(labelled('<40'), labelled('<30', '30-40'))).toBeUndefined();
    expect(coarserLabels(labelled('20-40'), labelled('<30'))).toBeUndefined();
  });
});

describe('lists that show one band at different widths', () => {
  const fine = list(['<30', '<30', '30-40', '30-40', '40-50', '40-50']);
  const coarse = list(['<40', '<40', '<40', '<40', '40-60', '40-60']);

  it('link as if the finer had been as coarse', () => {
    expect(linkability(fine, coarse)).toEqual({ expected: 2 / 6, certain: 0, common: 6 });
    expect(linkability(coarse, fine)).toEqual(linkability(fine, coarse));
  });

  it('are joined by an attacker who has nothing but the files', () => {
    expect(joinOnVisible(fine, coarse)).toMatchObject({ classes: 2, pairs: 4 * 4 + 2 * 2, unique: [] });
    expect(joinOnVisible(list(['<30', '40-50']), list(['<40', '>=40']))).toMatchObject({
      unique: [
        [0, 0],
        [1, 1],
      ],
    });
  });

  it('are put together by a recipient of both: the finer list counts for the view of the coarser, not the other way', () => {
    const mine = list(['<40', '<40', '<40', '<40', '40-60', '40-60']);
    const halves = [
      { ...fine, rows: fine.rows.slice(0, 3) },
      { ...coarse, rows: coarse.rows.slice(3) },
    ];
    const { union } = linkabilityToRecipient(mine, halves);
    expect(union).toMatchObject({ common: 6, certain: 0 });
    expect(union.expected).toBeCloseTo(2 / 6, 12);
  });

  it('never link worse for being read at the finer width of both', () => {
    const edges = [20, 30, 40, 50, 60];
    const label = (value: number, step: number) => {
      const kept = edges.filter((_, i) => i % step === step - 1);
      const at = kept.findIndex((edge) => value < edge);
      return at === 0 ? `<${kept[0]}` : at < 0 ? `>=${kept.at(-1)}` : `${kept[at - 1]}-${kept[at]}`;
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10, max: 70 }), { minLength: 1, maxLength: 30 }), (ages) => {
        const at = (step: number) => list(ages.map((age) => label(age, step)));
        expect(linkability(at(1), at(2))).toEqual(linkability(at(2), at(2)));
        expect(linkability(at(1), at(2)).common).toBe(ages.length);
      }),
    );
  });
});
