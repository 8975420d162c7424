import { defineEntry } from './define.js';
import { count, digest, id, list, name, optional } from './fields.js';

/** A campaign exists: one vendor, one purpose, one list, one window. */
export const campaignCreated = defineEntry('campaign.created', {
  campaign: name(),
  vendor: name(),
  purpose: name(),
  policy: digest(),
  /** Most calls of the whole campaign, and to one customer. */
  budget: optional(count()),
  perCustomer: optional(count()),
  by: optional(name()),
  approvals: optional(list(id())),
});
