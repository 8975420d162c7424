import { defineEntry } from './define.js';
import { hash, id, list, name, oneOf, optional } from './fields.js';

/** A key was replaced. */
export const keyRotated = defineEntry('key.rotated', {
  use: oneOf('ledger', 'grant', 'vendor', 'witness', 'shred', 'carrier'),
  /** SHA-256 of the new public key (JWK thumbprint, or of the 32 bytes of an Ed25519 key). */
  key: optional(hash()),
  previous: optional(hash()),
  vendor: optional(name()),
  by: optional(name()),
  approvals: optional(list(id())),
});
