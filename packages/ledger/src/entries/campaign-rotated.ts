import { defineEntry } from './define.js';
import { id, list, name, optional } from './fields.js';

/** A campaign goes on under new keys as another campaign. */
export const campaignRotated = defineEntry('campaign.rotated', {
  campaign: name(),
  successor: name(),
  by: optional(name()),
  approvals: optional(list(id())),
});
