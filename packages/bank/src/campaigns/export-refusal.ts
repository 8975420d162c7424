/**
 * Why a list does not leave: what the policy decided, or what was found when the list was measured.
 * @module
 */
import type { DecisionCode } from '@numbra/policy';
import type { Measures } from './measure.js';

export interface ExportRefused {
  readonly outcome: 'refused';
  readonly code: DecisionCode | 'date-pacing' | 'padding' | 'linkability' | 'empty-list';
  /** The policy's rule, by its path. */
  readonly rule: string;
  readonly sentence: string;
  readonly measures?: Measures;
}

const REFUSED_LIST = {
  'date-pacing': ['selection.date_pacing_days', 'The selection reads a date, and the purpose does not release its lists over days enough.'],
  padding: ['padding', 'Too few customers outside the criterion can be called: being listed would prove it.'],
  linkability: ['linkability', 'Another recipient could link this list with its own better than the policy allows.'],
  'empty-list': ['campaign.selection', 'No customer is on this list.'],
} as const;

/** A refusal that only the list itself shows. */
export function refusedList(code: keyof typeof REFUSED_LIST, measures?: Measures): ExportRefused {
  const [rule, sentence] = REFUSED_LIST[code];
  return { outcome: 'refused', code, rule, sentence, ...(measures !== undefined && { measures }) };
}
