import { defineEntry } from './define.js';
import { digest, id, name, optional, subject } from './fields.js';

/** A vendor handed an interested customer over to the bank. */
export const handover = defineEntry('handover', {
  handover: id(),
  subject: subject(),
  campaign: name(),
  vendor: name(),
  call: optional(id()),
  agent: optional(name()),
  /** Digest of the signed handover. */
  signed: optional(digest()),
});
