/**
 * What is asked and what is known: the two inputs of a decision besides the policy and the clock. Requests are plain data of the caller;
 * facts are what the bank read under its locks. A fact that is absent where a rule needs it refuses.
 * @module
 */
import type { Window } from './window.js';

/** Acts upon one customer, by token or reference. */
export type CustomerAction = 'dial' | 'trunk' | 'message' | 'answer' | 'handover';
/** Acts upon a whole list. */
export type ListAction = 'export' | 'list';
/** Acts of the bank's own people. */
export type DeskAction = 'lookup' | 'open';
export type Action = CustomerAction | ListAction | DeskAction;

export const CUSTOMER_ACTIONS: readonly CustomerAction[] = ['dial', 'trunk', 'message', 'answer', 'handover'];
export const LIST_ACTIONS: readonly ListAction[] = ['export', 'list'];
export const DESK_ACTIONS: readonly DeskAction[] = ['lookup', 'open'];
export const ACTIONS: readonly Action[] = [...CUSTOMER_ACTIONS, ...LIST_ACTIONS, ...DESK_ACTIONS];

/** A campaign's own terms. They narrow the policy and never widen it. */
export interface CampaignTerms {
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly window?: Window;
  /** Milliseconds since the epoch; `closesAt` itself is outside. */
  readonly opensAt?: number;
  readonly closesAt?: number;
  readonly budgetCalls: number;
  readonly perCustomer: number;
  readonly perAgentPerHour: number;
}

/** What a grant says beyond its campaign: can only narrow. */
export interface GrantLimits {
  readonly actions?: readonly string[];
  readonly window?: Window;
  readonly perCustomer?: number;
  readonly perAgentPerHour?: number;
}

interface RequestBase {
  readonly purpose: string;
  /** The recipient: a vendor, or for `lookup` and `open` a desk of the bank. */
  readonly vendor: string;
}

export interface CustomerRequest extends RequestBase {
  readonly action: CustomerAction;
  readonly campaign: CampaignTerms;
  /** The vendor's pseudonym of a person. */
  readonly agent?: string;
  /** The grant itself names the agent (`act`). */
  readonly agentGrant?: boolean;
  readonly grant?: GrantLimits;
  /** For `answer`: a question of the policy. */
  readonly question?: string;
  /** For `handover`: the fields, and who receives them. */
  readonly fields?: readonly string[];
  readonly recipient?: string;
}

export interface ListRequest extends RequestBase {
  readonly action: ListAction;
  readonly campaign: CampaignTerms;
  /** Columns: `reference`, `dial_token`, `masked_phone`, `numeric_token` and names of bands. */
  readonly fields?: readonly string[];
  readonly grant?: GrantLimits;
}

export interface DeskRequest extends RequestBase {
  readonly action: DeskAction;
  readonly person: string;
  readonly fields?: readonly string[];
}

export type DecisionRequest = CustomerRequest | ListRequest | DeskRequest;

export type CampaignState = 'open' | 'closed' | 'shredded';

export type TokenFact =
  | { readonly outcome: 'opened' }
  | {
      readonly outcome: 'refused';
      readonly code: 'token-malformed' | 'token-foreign' | 'token-forged' | 'token-unlisted' | 'reference-mismatch';
    };

/** What is known about one customer. */
export interface CustomerFacts {
  /** Consent to the purpose's consent key. */
  readonly consent: 'given' | 'none' | 'withdrawn';
  readonly doNotCall: boolean;
  readonly erased?: boolean;
  /** Taken out of the campaign by a batch of removals. */
  readonly removed?: boolean;
  /** The current dial phone is not the token's. */
  readonly phoneChanged?: boolean;
  /** On a call of another vendor, or within 15 minutes after one. */
  readonly busy?: boolean;
  /** Calls in each cap of `customerCaps(policy, purpose)`, same length and order. A dial needs it when there are caps. */
  readonly capCounts?: readonly number[];
  /** The `stickyUntil` of this customer's last refusal to this campaign, milliseconds. */
  readonly stickyUntil?: number;
  /** IANA name, when known; the campaign's otherwise. */
  readonly timeZone?: string;
  /** Region codes of the policy's closures that the customer belongs to, when known. */
  readonly regions?: readonly string[];
}

/** Facts of an act upon one customer. */
export interface CustomerActFacts {
  readonly campaignState: CampaignState;
  /** Calls, messages or answers that the campaign's budget still holds, this one not counted. */
  readonly budgetRemaining: number;
  /** Of this agent, in the last 60 minutes; absent when the request names no agent. */
  readonly agentCallsLastHour?: number;
  readonly concurrentCalls: number;
  /** Refusals of groups 3 and 4, and authorized calls, of this campaign on its local day. */
  readonly refusalsToday: number;
  readonly authorizedToday: number;
  /** The vendor countersigned the manifest; needed where the policy says `acknowledge: required`. */
  readonly acknowledged?: boolean;
  readonly token: TokenFact;
  /** Calls of this campaign to this customer; needed once the token opened. */
  readonly callsThisCampaign?: number;
  /** Needed once the token opened. */
  readonly customer?: CustomerFacts;
}

export interface ListFacts {
  readonly campaignState: CampaignState;
  readonly rows?: number;
  /** People who approved, none of whom asked. */
  readonly approvals?: number;
}

export interface DeskFacts {
  readonly lookupsToday?: number;
  readonly approvals?: number;
  readonly customerErased?: boolean;
}

export type Facts = CustomerActFacts | ListFacts | DeskFacts;
