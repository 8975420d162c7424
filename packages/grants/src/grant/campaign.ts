/**
 * The business limits of a grant: one RFC 9396 authorization_details object of type `numbra_campaign`, with one campaign.
 * Copied from campaign and policy when a grant is issued; counters belong to the campaign. An unknown member, type or
 * value is refused, so that nobody believes in a limit that is not enforced.
 * @module
 */
import { parseName } from '@numbra/core';
import { hasMembers, isJsonObject, type Json, type JsonObject } from '../strict/json.js';

/** What a grant may be used for. `audit` is not among them: see audit.ts. */
export const grantActions = ['dial', 'list', 'answer', 'handover', 'message', 'trunk'] as const;
export type GrantAction = (typeof grantActions)[number];

export const weekdays = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;
export type Weekday = (typeof weekdays)[number];

/** Calling hours, in local time of `tz`. `to` may be smaller than `from`: then the window crosses midnight. */
export interface GrantedWindow {
  /** IANA time zone, such as Asia/Shanghai. */
  readonly tz: string;
  readonly days: readonly Weekday[];
  /** HH:MM, 00:00 to 23:59. */
  readonly from: string;
  /** HH:MM, 00:00 to 24:00. */
  readonly to: string;
  /** The last local day, YYYY-MM-DD. */
  readonly until?: string;
}

/** Limits in calls; the wire's spelling. */
export interface GrantedBudget {
  readonly calls: number;
  readonly per_customer: number;
  readonly per_agent_per_hour: number;
}

/** What a grant grants: the members of its authorization_details object, without `type`. */
export interface GrantedCampaign {
  /** Names this grant and every agent grant made from it, for revocation: `grant_` and 8 to 64 characters. */
  readonly identifier: string;
  readonly actions: readonly GrantAction[];
  readonly purpose: string;
  readonly campaign: string;
  readonly window: GrantedWindow;
  readonly budget: GrantedBudget;
}

export const CAMPAIGN_TYPE = 'numbra_campaign';

/** The largest limit that is a limit; above it a campaign has none, and should not be signed. */
const MAX_CALLS = 1_000_000_000;

/** The authorization_details array of a grant. */
export function campaignDetails(campaign: GrantedCampaign): readonly [JsonObject] {
  const { identifier, actions, purpose, campaign: name, window, budget } = campaign;
  return [{ type: CAMPAIGN_TYPE, identifier, actions, purpose, campaign: name, window: { ...window }, budget: { ...budget } }];
}

/** @returns the campaign, frozen, or the name of the first member that is wrong */
export function readCampaignDetails(details: Json | undefined): GrantedCampaign | string {
  const object = onlyObject(details);
  if (!object) return 'authorization_details';
  if (!hasMembers(object, ['type', 'identifier', 'actions', 'purpose', 'campaign', 'window', 'budget'])) return 'authorization_details';
  if (object.type !== CAMPAIGN_TYPE) return 'type';
  if (!isGrantIdentifier(object.identifier)) return 'identifier';
  if (!isListOf(object.actions, grantActions)) return 'actions';
  if (!isName(object.purpose)) return 'purpose';
  if (!isName(object.campaign)) return 'campaign';
  if (!isWindow(object.window)) return 'window';
  if (!isBudget(object.budget)) return 'budget';
  const { type: _type, ...campaign } = object as unknown as GrantedCampaign & { type: string };
  return freezeCampaign(campaign);
}

/** The one object of an authorization_details array. */
export function onlyObject(details: Json | undefined): JsonObject | undefined {
  if (!Array.isArray(details) || details.length !== 1) return undefined;
  const [only] = details as readonly Json[];
  return isJsonObject(only) ? only : undefined;
}

export function freezeCampaign(campaign: GrantedCampaign): GrantedCampaign {
  const { window, budget, actions } = campaign;
  return Object.freeze({
    ...campaign,
    actions: Object.freeze([...actions]),
    window: Object.freeze({ ...window, days: Object.freeze([...window.days]) }),
    budget: Object.freeze({ ...budget }),
  });
}

/** Names of banks, vendors, purposes, campaigns and agents' pseudonyms: one spelling each. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && parseName(value) !== undefined;
}

export function isGrantIdentifier(value: unknown): value is string {
  return typeof value === 'string' && /^grant_[A-Za-z0-9_-]{8,64}$/.test(value);
}

export function isWindow(value: unknown): value is GrantedWindow {
  if (!isJsonObject(value) || !hasMembers(value, ['tz', 'days', 'from', 'to'], ['until'])) return false;
  if (typeof value.tz !== 'string' || value.tz.length > 64 || !/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(value.tz)) return false;
  if (!isListOf(value.days, weekdays) || !isTime(value.from) || value.from === '24:00' || !isTime(value.to)) return false;
  return value.until === undefined || isDay(value.until);
}

export function isBudget(value: unknown): value is GrantedBudget {
  if (!isJsonObject(value) || !hasMembers(value, ['calls', 'per_customer', 'per_agent_per_hour'])) return false;
  return isLimit(value.calls) && isLimit(value.per_customer) && isLimit(value.per_agent_per_hour);
}

export function isLimit(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_CALLS;
}

/** A non-empty list of members of `known`, none twice. */
export function isListOf<T extends string>(value: unknown, known: readonly T[]): value is readonly T[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((item) => (known as readonly unknown[]).includes(item))
  );
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/.test(value);
}

function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}
