import { defineEntry } from './define.js';
import { digest, id, list, name, optional } from './fields.js';

/** A policy took effect: every later decision names its digest. */
export const policyAdopted = defineEntry('policy.adopted', {
  /** Digest of the policy, as in `Policy.digest`. */
  policy: digest(),
  by: optional(name()),
  approvals: optional(list(id())),
});
