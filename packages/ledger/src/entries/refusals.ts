import { defineEntry } from './define.js';
import { count, counts, digest, id, list, name, subject, time } from './fields.js';

/** Refusals of one grant beyond a hundred a minute, in one entry. */
export const refusals = defineEntry('refusals', {
  campaign: name(),
  vendor: name(),
  grant: id(),
  from: time(),
  to: time(),
  count: count(),
  codes: counts(),
  policy: digest(),
  /** Every known customer among them, in the order of the requests. */
  subjects: list(subject()),
});
