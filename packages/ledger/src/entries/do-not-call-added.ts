import { defineEntry } from './define.js';
import { code, name, optional, subject } from './fields.js';

/** A customer is not to be called by anybody. */
export const doNotCallAdded = defineEntry('do-not-call.added', {
  subject: subject(),
  source: optional(code()),
  by: optional(name()),
});
