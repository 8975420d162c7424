import { defineEntry } from './define.js';
import { code, id, name, optional } from './fields.js';

/** A grant counts no more. */
export const grantRevoked = defineEntry('grant.revoked', {
  grant: id(),
  vendor: optional(name()),
  campaign: optional(name()),
  reason: optional(code()),
  by: optional(name()),
});
