/**
 * A selection against the policy. The attributes that select never leave, but a list can tell them all the same: a call on the day a
 * deposit matures says that it did. So a selection by a date needs a purpose whose lists are released over several days (measures/pacing.ts).
 * @module
 */
import type { Policy } from '../language/policy.js';

export interface SelectionFinding {
  readonly code: 'purpose-unknown' | 'field-unknown' | 'pacing-missing';
  /** The field, by its name in the policy; absent when it is not defined there. */
  readonly field?: string;
  readonly message: string;
}

/**
 * What keeps a selection from being used for a purpose; empty when nothing does.
 *
 * @param fields - names of the policy's fields that the selection reads
 */
export function checkSelection(policy: Policy, purpose: string, fields: readonly string[]): SelectionFinding[] {
  const known = policy.purposes[purpose];
  if (known === undefined) return [{ code: 'purpose-unknown', message: 'The policy knows no such purpose.' }];
  const findings: SelectionFinding[] = [];
  for (const field of fields) {
    const definition = policy.fields[field];
    if (definition === undefined)
      findings.push({ code: 'field-unknown', message: 'The selection reads a field that the policy does not define.' });
    else if (definition.kind === 'date' && known.pacingDays < policy.datePacingDays) {
      const days = `${policy.datePacingDays} days`;
      findings.push({
        code: 'pacing-missing',
        field,
        message: `A list selected by a date must be released over ${days} at least; the purpose has ${known.pacingDays}.`,
      });
    }
  }
  return findings;
}
