import { defineEntry } from './define.js';
import { code, name, optional, subject } from './fields.js';

/** A customer gave a consent. */
export const consentGiven = defineEntry('consent.given', {
  subject: subject(),
  consent: name(),
  /** Where it was given: branch, app, letter. */
  source: optional(code()),
  by: optional(name()),
});
