import { defineEntry } from './define.js';
import { code, name, optional } from './fields.js';

/** A campaign takes no more calls; its keys still exist. */
export const campaignClosed = defineEntry('campaign.closed', {
  campaign: name(),
  reason: optional(code()),
  by: optional(name()),
});
