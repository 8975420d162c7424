import { defineEntry } from './define.js';
import { hash, list, name, optional } from './fields.js';

/** A vendor was registered, with the keys it proves itself by. */
export const vendorAdded = defineEntry('vendor.added', {
  vendor: name(),
  /** JWK thumbprints (RFC 7638) of its keys. */
  keys: optional(list(hash())),
  by: optional(name()),
});
