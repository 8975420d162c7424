import { defineEntry } from './define.js';
import { code, count, hash, id, name, optional } from './fields.js';

/** An export took its customers' numbers n and was not finished: `root` is over its subjects, so that no n is missing. */
export const exportAbandoned = defineEntry('export.abandoned', {
  export: id(),
  campaign: name(),
  rows: count(),
  /** Root over one leaf a subject (`subjectLeaf`), in the order in which the numbers were taken. */
  root: hash(),
  reason: optional(code()),
});
