import { defineEntry } from './define.js';
import { count, id, list, name, oneOf, optional } from './fields.js';

/** Two lists were matched blindly. How many, and who learned; of whom, no entry tells. */
export const matchRun = defineEntry('match.run', {
  match: id(),
  vendor: name(),
  purpose: name(),
  campaign: name(),
  /** Who learned which elements both lists hold. Where it is the vendor, the entry precedes what it may learn. */
  learner: oneOf('bank', 'vendor'),
  /** Elements of the learner's list and of the other one. */
  asked: count(),
  listed: count(),
  /** Elements that both hold, where the bank learned it. */
  matches: optional(count()),
  by: optional(name()),
  approvals: optional(list(id())),
});
