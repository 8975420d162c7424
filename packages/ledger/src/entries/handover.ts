import { defineEntry } from './define.js';
import { digest, id, list, name, oneOf, optional, subject } from './fields.js';

/** One step of a handover: what the customer agreed to have passed on goes from the bank to a recipient, past the vendor that asked. */
export const handover = defineEntry('handover', {
  handover: id(),
  subject: subject(),
  campaign: name(),
  vendor: name(),
  recipient: name(),
  /** `code-…`: about the code by which the customer confirms. `lapsed`: no code will do any more. `confirmed` has the fields that were sealed. */
  step: oneOf('started', 'code-sent', 'code-unsent', 'code-unknown', 'code-wrong', 'lapsed', 'confirmed', 'delivered', 'undelivered'),
  purpose: optional(name()),
  grant: optional(id()),
  agent: optional(name()),
  /** Of `confirmed`: names of the fields, as the policy has them. */
  fields: optional(list(name())),
  /** Of `confirmed`: how the customer agreed. */
  by: optional(oneOf('code', 'consent')),
  /** The consent that stood in for the code, by its name in the policy. */
  consent: optional(name()),
  policy: optional(digest()),
  /** Digest of the sealed handover, as sent. */
  signed: optional(digest()),
});
