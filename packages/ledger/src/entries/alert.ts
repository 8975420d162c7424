import { defineEntry } from './define.js';
import { code, count, counts, id, name, optional, subject } from './fields.js';

/** Something that a person must look at. */
export const alert = defineEntry('alert', {
  code: code(),
  campaign: optional(name()),
  vendor: optional(name()),
  grant: optional(id()),
  count: optional(count()),
  subject: optional(subject()),
  /** Pseudonymous staff id. */
  person: optional(name()),
  figures: optional(counts()),
});
