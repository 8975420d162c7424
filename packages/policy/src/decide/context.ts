/**
 * What a rule sees of a request, and what a rule is.
 * @module
 */
import type { Policy, Purpose, Release } from '../language/policy.js';
import type { Verdict } from './customer.js';
import type { Action, CampaignTerms, GrantLimits } from './request.js';

/** A request of any kind, read without trust in its type. */
export interface LooseRequest {
  readonly action?: Action;
  readonly purpose?: string;
  readonly vendor?: string;
  readonly campaign?: CampaignTerms;
  readonly agent?: string;
  readonly agentGrant?: boolean;
  readonly grant?: GrantLimits;
  readonly question?: string;
  readonly fields?: readonly string[];
  readonly recipient?: string;
  readonly person?: string;
}

export type LooseFacts = Readonly<Record<string, unknown>>;

export interface Context {
  readonly request: LooseRequest;
  readonly policy: Policy;
  readonly facts: LooseFacts;
  readonly now: number;
  readonly action: Action;
  /** {@link NOWHERE} when the policy knows no such purpose: then `purpose` has refused before any rule reads it. */
  readonly purpose: Purpose;
  readonly release: Release;
  /** The campaign's terms, or for the bank's own people none. */
  readonly campaign: CampaignTerms | undefined;
}

export interface Rule {
  readonly name: string;
  readonly group: 2 | 3 | 4;
  /** The facts it reads, by name. */
  readonly facts: readonly string[];
  readonly judge: (context: Context) => Verdict | undefined;
}

export const CLOSED: Release = Object.freeze({
  reference: false,
  dial: false,
  numeric: false,
  message: false,
  bands: Object.freeze([]),
  answers: Object.freeze([]),
  open: false,
});

export const NOWHERE: Purpose = Object.freeze({
  name: '',
  abstract: true,
  legalBasis: 'consent',
  release: CLOSED,
  recipients: Object.freeze(Object.create(null) as Record<string, Release>),
  windows: Object.freeze([]),
  customerCaps: Object.freeze([]),
  agentGrants: 'required',
  acknowledge: 'required',
  prohibited: Object.freeze([]),
  padding: 0,
  pacingDays: 1,
});
