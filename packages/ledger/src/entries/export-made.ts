import { defineEntry } from './define.js';
import { count, digest, hash, id, list, name, optional, share } from './fields.js';

/** A list left for a vendor. Its rows are leaves of `root` (`rowLeaf`), so the entry holds no customer and proves each. */
export const exportMade = defineEntry('export.made', {
  export: id(),
  campaign: name(),
  vendor: name(),
  purpose: name(),
  policy: digest(),
  rows: count(),
  /** Root over one leaf a row, in the order of the file. */
  root: hash(),
  /** Digest of the file as delivered. */
  file: digest(),
  /** Columns of the file, by name. */
  columns: optional(list(name())),
  /** Rows of the smallest visible class. */
  smallestClass: optional(count()),
  /** Last digits that the mask shows. */
  digits: optional(count()),
  /** Largest expected linkability with any earlier list, and certain links with it. */
  linkability: optional(share()),
  certainLinks: optional(count()),
  by: optional(name()),
  approvals: optional(list(id())),
});
