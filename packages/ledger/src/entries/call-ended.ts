import { defineEntry } from './define.js';
import { count, id, name, oneOf, optional, subject } from './fields.js';

/** A placed call is over. */
export const callEnded = defineEntry('call.ended', {
  call: id(),
  campaign: optional(name()),
  subject: subject(),
  state: oneOf('answered', 'busy', 'not-reached', 'ended'),
  /** Talk time, rounded up to ten seconds. */
  seconds: optional(count()),
});
