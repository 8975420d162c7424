/**
 * What the guard says about a text: kind and place, never the value.
 * @module
 */
import type { Sensitive } from '../sensitive.js';

/** What a raw identifier is. `account` and `name` are found only when known: no pattern tells them from other text. */
export type FindingKind = 'phone' | 'resident-id' | 'bank-card' | 'account' | 'passport' | 'iban' | 'email' | 'name';

/** A raw identifier in a text. */
export interface Finding {
  readonly kind: FindingKind;
  /** `known`: exactly a value that the guard was given. `pattern`: it reads as one. */
  readonly by: 'pattern' | 'known';
  /** Where it lies, in UTF-16 code units of the text as given: `start` to `end`, `end` excluded. Of an encoded value: the whole encoded run. */
  readonly start: number;
  readonly end: number;
}

/** A raw identifier in one of several fields, or split over some that follow each other. */
export interface FieldFinding {
  readonly kind: FindingKind;
  readonly by: 'pattern' | 'known';
  readonly start: { readonly field: number; readonly at: number };
  readonly end: { readonly field: number; readonly at: number };
}

/** An identifier that the guard looks for exactly. */
export interface KnownValue {
  readonly kind: FindingKind;
  /** A phone in E.164 without `+`, an account's digits, a resident ID, a name … as parsed. */
  readonly value: Sensitive<string>;
}

/** Counts what a scan does, so that a test can show that it grows with the text and no faster. */
export interface Work {
  steps: number;
}

/** The order in which two findings about the same characters are preferred: the more telling first. */
const RANK: Readonly<Record<FindingKind, number>> = {
  'resident-id': 0,
  'bank-card': 1,
  account: 2,
  iban: 3,
  passport: 4,
  phone: 5,
  email: 6,
  name: 7,
};

/**
 * Puts findings in order and joins those that overlap: the best kind (known before pattern, then the longer, then the more telling)
 * over all that any of them covers.
 *
 * @returns findings that do not overlap, by `start`
 */
export function settleFindings(findings: readonly Finding[]): Finding[] {
  if (findings.length < 2) return [...findings];
  const kept: Finding[] = [];
  let best: Finding | undefined;
  for (const finding of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept[kept.length - 1];
    if (last === undefined || best === undefined || finding.start >= last.end) {
      kept.push(finding);
      best = finding;
      continue;
    }
    if (isBetter(finding, best)) best = finding;
    kept[kept.length - 1] = { kind: best.kind, by: best.by, start: last.start, end: Math.max(last.end, finding.end) };
  }
  return kept;
}

function isBetter(a: Finding, b: Finding): boolean {
  if (a.by !== b.by) return a.by === 'known';
  // An ID number proves itself; a card found across it has a Luhn digit by chance.
  if (a.kind !== b.kind && (a.kind === 'resident-id' || b.kind === 'resident-id')) return a.kind === 'resident-id';
  const longer = a.end - a.start - (b.end - b.start);
  return longer !== 0 ? longer > 0 : RANK[a.kind] < RANK[b.kind];
}
