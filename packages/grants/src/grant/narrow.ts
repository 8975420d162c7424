/**
 * What a vendor asks for (RFC 9396 § 6) against what it may have: the answer is what may be had, narrowed to what was asked.
 * Asking for more than may be had is refused and not cut down, so that nobody takes a smaller grant for the one asked for.
 * @module
 */
import { fail } from '../errors.js';
import { hasMembers, isJsonObject, type JsonObject, parseJson } from '../strict/json.js';
import {
  CAMPAIGN_TYPE,
  freezeCampaign,
  type GrantAction,
  type GrantedBudget,
  type GrantedCampaign,
  type GrantedWindow,
  grantActions,
  isLimit,
  isListOf,
  isName,
  isWindow,
  onlyObject,
} from './campaign.js';

/** One campaign, and whatever of its limits the vendor wants smaller. */
export interface AskedCampaign {
  readonly campaign: string;
  readonly purpose?: string;
  readonly actions?: readonly GrantAction[];
  readonly window?: GrantedWindow;
  readonly budget?: Partial<GrantedBudget>;
}

/** Form parameters are bounded by the server; this bounds what is parsed. */
const MAX_DETAILS_LENGTH = 4096;
const BUDGET_MEMBERS = ['calls', 'per_customer', 'per_agent_per_hour'] as const;

/**
 * Parses the `authorization_details` parameter of a token request.
 *
 * @param text - JSON: an array of exactly one object of type `numbra_campaign`
 * @throws `ERR_DETAILS_INVALID`: another shape, type or an unknown member (`where.field`)
 */
export function parseAskedCampaign(text: string): AskedCampaign {
  const object = text.length > MAX_DETAILS_LENGTH ? undefined : onlyObject(parseJson(text));
  if (!object || !hasMembers(object, ['type', 'campaign'], ['purpose', 'actions', 'window', 'budget'])) throw fail('ERR_DETAILS_INVALID');
  const { type, campaign, purpose, actions, window, budget } = object;
  if (type !== CAMPAIGN_TYPE) throw fail('ERR_DETAILS_INVALID', { field: 'type' });
  if (!isName(campaign)) throw fail('ERR_DETAILS_INVALID', { field: 'campaign' });
  if (purpose !== undefined && !isName(purpose)) throw fail('ERR_DETAILS_INVALID', { field: 'purpose' });
  if (actions !== undefined && !isListOf(actions, grantActions)) throw fail('ERR_DETAILS_INVALID', { field: 'actions' });
  if (window !== undefined && !isWindow(window)) throw fail('ERR_DETAILS_INVALID', { field: 'window' });
  if (budget !== undefined && !isAskedBudget(budget)) throw fail('ERR_DETAILS_INVALID', { field: 'budget' });
  return {
    campaign,
    ...(purpose !== undefined && { purpose }),
    ...(actions !== undefined && { actions }),
    ...(window !== undefined && { window }),
    ...(budget !== undefined && { budget: budget as Partial<GrantedBudget> }),
  };
}

/**
 * Narrows what may be had to what was asked for.
 *
 * @param offered - what campaign and policy allow, or what the parent grant says
 * @returns the offer with the asked members in place of wider ones, frozen
 * @throws `ERR_DETAILS_WIDER`: a member asks for more, or for another campaign or purpose (`where.field`)
 */
export function narrowCampaign(offered: GrantedCampaign, asked: AskedCampaign): GrantedCampaign {
  const { actions = offered.actions, window = offered.window, budget = {} } = asked;
  const wider = (field: string) => fail('ERR_DETAILS_WIDER', { field });
  if (asked.campaign !== offered.campaign) throw wider('campaign');
  if (asked.purpose !== undefined && asked.purpose !== offered.purpose) throw wider('purpose');
  if (!actions.every((action) => offered.actions.includes(action))) throw wider('actions');
  if (!windowFits(window, offered.window)) throw wider('window');
  if (BUDGET_MEMBERS.some((member) => (budget[member] ?? 0) > offered.budget[member])) throw wider('budget');
  return freezeCampaign({ ...offered, actions, window, budget: { ...offered.budget, ...budget } });
}

/** Inside, by days, hours and last day of one time zone. A window that crosses midnight fits only one with the same hours. */
function windowFits(inner: GrantedWindow, outer: GrantedWindow): boolean {
  if (inner.tz !== outer.tz || !inner.days.every((day) => outer.days.includes(day))) return false;
  if (outer.until !== undefined && (inner.until === undefined || inner.until > outer.until)) return false;
  if (inner.from === outer.from && inner.to === outer.to) return true;
  const withinOneDay = inner.from < inner.to && outer.from < outer.to;
  return withinOneDay && inner.from >= outer.from && inner.to <= outer.to;
}

function isAskedBudget(value: unknown): value is JsonObject {
  return isJsonObject(value) && hasMembers(value, [], BUDGET_MEMBERS) && Object.values(value).every(isLimit);
}
