import { defineEntry } from './define.js';
import { code, id, list, name, subject } from './fields.js';

/** Two people turned a reference back into a customer. */
export const referenceOpened = defineEntry('reference.opened', {
  subject: subject(),
  campaign: name(),
  reason: code(),
  by: name(),
  approvals: list(id()),
});
