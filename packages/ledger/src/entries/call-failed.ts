import { defineEntry } from './define.js';
import { code, flag, id, name, optional, subject } from './fields.js';

/** The call was not placed, or nobody knows whether it was (cause `unknown`). */
export const callFailed = defineEntry('call.failed', {
  call: id(),
  campaign: optional(name()),
  subject: subject(),
  cause: code(),
  /** Whether budget and caps came back: only when certainly nothing was dialled. */
  returned: flag(),
});
