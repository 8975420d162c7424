import { defineEntry } from './define.js';
import { digest, hash, id, list, name, optional } from './fields.js';

/** A vendor stated over its signature that it deleted what it had received. */
export const deletionStated = defineEntry('deletion.stated', {
  campaign: name(),
  vendor: name(),
  exports: optional(list(id())),
  /** Digest of the signed statement. */
  statement: digest(),
  key: optional(hash()),
});
