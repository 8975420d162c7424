import { defineEntry } from './define.js';
import { id, list, name, optional } from './fields.js';

/** A campaign's secret was deleted: no copy of the database opens its tokens again. */
export const campaignShredded = defineEntry('campaign.shredded', {
  campaign: name(),
  by: optional(name()),
  approvals: optional(list(id())),
});
