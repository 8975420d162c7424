import { defineEntry } from './define.js';
import { code, id, name, optional, subject } from './fields.js';

/** What the vendor says came of a call. */
export const callOutcome = defineEntry('call.outcome', {
  call: id(),
  campaign: optional(name()),
  subject: subject(),
  outcome: code(),
  agent: optional(name()),
});
