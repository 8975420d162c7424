import { defineEntry } from './define.js';
import { code, id, name, optional } from './fields.js';

/** A finished export whose file never reached its final name. */
export const exportUndelivered = defineEntry('export.undelivered', {
  export: id(),
  campaign: name(),
  reason: optional(code()),
});
