import { defineEntry } from './define.js';
import { count, hash, id, list, name } from './fields.js';

/** The bank went on from an older copy: which entries are gone, and what was done about it. */
export const restored = defineEntry('restored', {
  /** Size and root of the copy. */
  size: count(),
  root: hash(),
  /** Size and root of the last checkpoint known from elsewhere. */
  lostSize: count(),
  lostRoot: hash(),
  revokedGrants: count(),
  by: name(),
  approvals: list(id()),
});
