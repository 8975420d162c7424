/**
 * Why a field does not leave, and in what form it does: per purpose and recipient, with the place in the policy.
 * @module
 */
import type { Policy } from '../language/policy.js';

export interface FieldPassage {
  readonly purpose: string;
  readonly recipient: string;
  /** As what it leaves. */
  readonly form: 'band' | 'answer' | 'handover' | 'lookup' | 'ending';
  /** The band, question, or who receives it. */
  readonly as: string;
}

export interface WhyNot {
  readonly field: string;
  readonly defined: boolean;
  readonly class?: 'C1' | 'C2' | 'C3';
  /** Why it does not leave as it is, in sentences. */
  readonly reasons: readonly string[];
  /** The forms in which something of it does. Empty: nothing leaves. */
  readonly passages: readonly FieldPassage[];
}

/** Answers why a field of a customer does not leave the bank. */
export function whyNot(policy: Policy, field: string): WhyNot {
  const definition = Object.hasOwn(policy.fields, field) ? policy.fields[field] : undefined;
  if (definition === undefined)
    return {
      field,
      defined: false,
      reasons: ['The policy does not define this field, and what is not defined does not leave.'],
      passages: [],
    };
  const passages = [...passagesOf(policy, field)];
  const reasons = ['A list never carries a field itself: it carries references, dial tokens, masked phones and bands.'];
  if (definition.class === 'C3')
    reasons.push('It is of class C3, which never leaves in any form; a policy that releases it does not load.');
  else if (passages.length === 0) reasons.push('No purpose releases it as a band, an answer, a handover or a look-up.');
  return { field, defined: true, class: definition.class, reasons, passages };
}

function* passagesOf(policy: Policy, field: string): Generator<FieldPassage> {
  for (const { name: purpose, abstract, recipients } of Object.values(policy.purposes)) {
    if (abstract) continue;
    for (const [recipient, release] of Object.entries(recipients)) {
      const passage = (form: FieldPassage['form'], as: string): FieldPassage => ({ purpose, recipient, form, as });
      for (const band of release.bands) if (policy.bands[band]?.field === field) yield passage('band', band);
      for (const question of release.answers) if (policy.questions[question]?.field === field) yield passage('answer', question);
      if (release.handover?.fields.includes(field)) for (const to of release.handover.to) yield passage('handover', to);
      if (release.lookup?.fields.includes(field)) yield passage('lookup', recipient);
      if (release.lookup?.endings.includes(field)) yield passage('ending', recipient);
    }
  }
}
