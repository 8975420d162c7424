import { defineEntry } from './define.js';
import { code, name, optional, subject } from './fields.js';

/** A customer withdrew a consent, effective at once. */
export const consentWithdrawn = defineEntry('consent.withdrawn', {
  subject: subject(),
  consent: name(),
  source: optional(code()),
  by: optional(name()),
});
