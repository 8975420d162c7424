import { defineEntry } from './define.js';
import { count, id, list, name, optional } from './fields.js';

/** The key of a campaign's older list was deleted: its tokens are refused as forged ones are. */
export const listWithdrawn = defineEntry('list.withdrawn', {
  campaign: name(),
  /** Of the list that is valid no more. */
  generation: count(),
  by: optional(name()),
  approvals: optional(list(id())),
});
