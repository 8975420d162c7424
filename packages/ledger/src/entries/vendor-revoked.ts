import { defineEntry } from './define.js';
import { count, name, optional } from './fields.js';

/** A vendor may hold no grant any more, and those that it held count no more. */
export const vendorRevoked = defineEntry('vendor.revoked', {
  vendor: name(),
  /** Its grants that had not expired. */
  grants: count(),
  by: optional(name()),
});
