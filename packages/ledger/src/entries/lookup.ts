import { defineEntry } from './define.js';
import { code, id, list, name, optional, subject } from './fields.js';

/** A member of staff looked a customer up. */
export const lookup = defineEntry('lookup', {
  lookup: id(),
  subject: subject(),
  purpose: name(),
  reason: optional(code()),
  by: name(),
  approvals: optional(list(id())),
  /** Why nothing was shown. */
  refused: optional(code()),
});
