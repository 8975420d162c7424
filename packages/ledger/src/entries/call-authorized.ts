import { defineEntry } from './define.js';
import { digest, id, name, optional, rule, subject } from './fields.js';

/** A call may be placed. Committed before the carrier is asked: no ledger, no call. */
export const callAuthorized = defineEntry('call.authorized', {
  call: id(),
  campaign: name(),
  vendor: name(),
  purpose: name(),
  grant: id(),
  /** The vendor's pseudonym of a person, asserted by the vendor. */
  agent: optional(name()),
  subject: subject(),
  policy: digest(),
  rule: optional(rule()),
  /** The consent that the decision rests on, by its name in the policy. */
  consent: optional(name()),
});
