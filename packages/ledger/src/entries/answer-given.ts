import { defineEntry } from './define.js';
import { digest, id, name, optional, subject } from './fields.js';

/** A vendor got a signed yes or no about a customer instead of an attribute. */
export const answerGiven = defineEntry('answer.given', {
  answer: id(),
  subject: subject(),
  campaign: name(),
  vendor: name(),
  purpose: optional(name()),
  grant: optional(id()),
  question: name(),
  /** Digest of the signed answer. */
  signed: digest(),
  policy: digest(),
});
