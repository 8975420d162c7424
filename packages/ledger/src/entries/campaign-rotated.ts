import { defineEntry } from './define.js';
import { count, id, list, name, optional } from './fields.js';

/** A campaign goes on under a new key, with the same members; its list so far is valid until it is withdrawn. */
export const campaignRotated = defineEntry('campaign.rotated', {
  campaign: name(),
  /** Of the new key; the first is 1. */
  generation: count(),
  by: optional(name()),
  approvals: optional(list(id())),
});
