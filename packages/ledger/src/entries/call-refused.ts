import { defineEntry } from './define.js';
import { code, digest, id, name, oneOf, optional, rule, subject } from './fields.js';

/** A call was refused, with the bank's exact reason; the vendor was told less. Groups 3 and 4 make the same entry, so that counting entries tells nothing. */
export const callRefused = defineEntry('call.refused', {
  campaign: name(),
  vendor: name(),
  purpose: optional(name()),
  grant: id(),
  agent: optional(name()),
  code: code(),
  rule: optional(rule()),
  /** What was refused, when it was no call. */
  act: optional(oneOf('answer', 'handover')),
  policy: digest(),
  /** The customer, where one is known. */
  subject: optional(subject()),
});
