import { defineEntry } from './define.js';
import { digest, hash, id, name } from './fields.js';

/** A vendor signed the manifest of its list: it cannot say later that it got another. */
export const manifestCountersigned = defineEntry('manifest.countersigned', {
  export: id(),
  campaign: name(),
  vendor: name(),
  manifest: digest(),
  /** JWK thumbprint of the key that signed. */
  key: hash(),
});
