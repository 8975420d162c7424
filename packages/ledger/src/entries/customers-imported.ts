import { defineEntry } from './define.js';
import { count, digest, id, name, optional } from './fields.js';

/** Customers came in from a file. */
export const customersImported = defineEntry('customers.imported', {
  import: id(),
  /** Digest of the file. */
  file: digest(),
  rows: count(),
  /** Rows of the file that were refused. */
  refused: count(),
  by: optional(name()),
});
