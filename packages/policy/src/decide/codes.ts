/**
 * The closed table of refusals. The bank sees the exact code; a vendor sees the code of its column and nothing else.
 *
 * Groups are looked at in order, and a later one never when an earlier one refuses: 2 is about the vendor's own limits, 3 about the
 * token and the campaign's own cap, 4 about the customer. (Group 1, credentials, is judged before anything is decided.) Within
 * group 4, and within `token-invalid`, a vendor cannot tell one code from another: a code that told more would let two vendors find out
 * that they hold the same customer.
 * @module
 */

export type VendorCode =
  | 'outside-window'
  | 'campaign-closed'
  | 'budget-used'
  | 'agent-limit'
  | 'concurrency-limit'
  | 'probing-limit'
  | 'token-invalid'
  | 'customer-cap'
  | 'customer-unavailable';

export interface DecisionCodeEntry {
  readonly group: 2 | 3 | 4;
  readonly vendorCode: VendorCode;
  readonly status: 403 | 429;
  /** For the bank: what happened, in a sentence. */
  readonly sentence: string;
}

const refusal = <const G extends 2 | 3 | 4, const V extends VendorCode>(group: G, vendorCode: V, sentence: string) => ({
  group,
  vendorCode,
  status: TOO_MANY.has(vendorCode) ? (429 as const) : (403 as const),
  sentence,
});

const TOO_MANY: ReadonlySet<VendorCode> = new Set<VendorCode>(['agent-limit', 'concurrency-limit', 'probing-limit']);

/** Every refusal that `decide` can give. A retired code stays listed and is never given another meaning. */
export const decisionCodes = Object.freeze({
  // 2: what the policy never allows. A vendor that holds a valid grant meets these only when campaign and policy disagree.
  'request-malformed': refusal(2, 'campaign-closed', 'The request has a member that the policy does not know, or lacks one that it needs.'),
  'action-not-allowed': refusal(2, 'campaign-closed', 'The policy does not allow this action for this purpose and recipient.'),
  'purpose-not-allowed': refusal(2, 'campaign-closed', 'The policy knows no such purpose, or nobody may use it.'),
  'recipient-not-allowed': refusal(2, 'campaign-closed', 'The policy does not name this recipient for this purpose.'),
  'field-not-allowed': refusal(2, 'campaign-closed', 'The policy does not let this field leave for this purpose and recipient.'),
  'question-not-allowed': refusal(2, 'campaign-closed', 'The policy does not let this recipient ask this question for this purpose.'),
  'grant-not-allowed': refusal(2, 'campaign-closed', 'The grant does not cover this action.'),
  'agent-grant-required': refusal(2, 'campaign-closed', 'The policy asks for a grant that names the agent, and this one does not.'),
  'approval-missing': refusal(2, 'campaign-closed', 'Fewer people than the policy asks for have approved this.'),
  'facts-missing': refusal(2, 'campaign-closed', 'A fact that a rule needs was not given; nothing is allowed on a guess.'),
  'denied-elsewhere': refusal(2, 'campaign-closed', 'The external decision point did not allow this.'),
  // 2: the vendor's own limits.
  'outside-window': refusal(2, 'outside-window', 'It is outside the calling window.'),
  'calendar-year-unknown': refusal(2, 'outside-window', 'The calendar does not know this year yet, and the policy closes such days.'),
  'campaign-not-open': refusal(2, 'campaign-closed', 'The campaign has not begun, or its time is over.'),
  'campaign-closed': refusal(2, 'campaign-closed', 'The campaign is closed.'),
  'campaign-shredded': refusal(2, 'campaign-closed', 'The campaign was shredded.'),
  'not-acknowledged': refusal(2, 'campaign-closed', 'The vendor has not countersigned the manifest of its list.'),
  'budget-used': refusal(2, 'budget-used', 'The budget of the campaign is used up.'),
  'agent-limit': refusal(2, 'agent-limit', 'This agent has reached its limit for the hour.'),
  'concurrency-limit': refusal(2, 'concurrency-limit', 'As many calls as the policy allows are under way.'),
  'probing-limit': refusal(2, 'probing-limit', 'This campaign had too many refusals today; it rests until its next local midnight.'),
  // 3: the token, and the campaign's own cap.
  'token-malformed': refusal(3, 'token-invalid', 'The token is not spelt as a token is.'),
  'token-foreign': refusal(3, 'token-invalid', 'The token carries the tag of another scope.'),
  'token-forged': refusal(3, 'token-invalid', 'The token does not open under the key of this scope.'),
  'token-unlisted': refusal(3, 'token-invalid', 'The token opens, but was never exported in this campaign.'),
  'reference-mismatch': refusal(3, 'token-invalid', 'The reference does not belong to the token.'),
  'customer-cap': refusal(3, 'customer-cap', 'This campaign has called the customer as often as it may.'),
  // 4: the customer.
  'customer-unknown': refusal(4, 'customer-unavailable', 'Nothing is known about the customer; nothing is allowed on a guess.'),
  'customer-erased': refusal(4, 'customer-unavailable', 'The customer was erased.'),
  'customer-removed': refusal(4, 'customer-unavailable', 'The customer was removed from the campaign.'),
  'phone-changed': refusal(4, 'customer-unavailable', 'The phone in the token is no longer the customer’s.'),
  'do-not-call': refusal(4, 'customer-unavailable', 'The customer is on the do-not-call list.'),
  'consent-withdrawn': refusal(4, 'customer-unavailable', 'The customer withdrew consent to this purpose.'),
  'no-consent': refusal(4, 'customer-unavailable', 'The customer never consented to this purpose.'),
  'region-closed': refusal(4, 'customer-unavailable', 'The customer’s region is closed for a time.'),
  'customer-outside-window': refusal(4, 'customer-unavailable', 'It is outside the calling window on the customer’s own clock.'),
  'cap-purpose': refusal(4, 'customer-unavailable', 'The customer was called for this purpose as often as the policy allows.'),
  'cap-all-vendors': refusal(4, 'customer-unavailable', 'The customer was called by all vendors together as often as the policy allows.'),
  'customer-busy': refusal(4, 'customer-unavailable', 'The customer is on a call, or was a few minutes ago.'),
  'customer-refused-today': refusal(
    4,
    'customer-unavailable',
    'The customer was refused to this campaign earlier today, and stays so until its next local midnight.',
  ),
} satisfies Record<string, DecisionCodeEntry>);

/** The exact reason of a refusal, for the bank. */
export type DecisionCode = keyof typeof decisionCodes;

/** What a vendor is told, the same for every exact code behind it. */
export const vendorSentences: Readonly<Record<VendorCode, string>> = Object.freeze({
  'outside-window': 'It is outside the calling window of this campaign.',
  'campaign-closed': 'This campaign is not open for this.',
  'budget-used': 'The budget of this campaign is used up.',
  'agent-limit': 'This agent has reached its limit for the hour.',
  'concurrency-limit': 'As many calls as this campaign may hold are under way.',
  'probing-limit': 'This campaign rests until its next local midnight.',
  'token-invalid': 'This is no token of this campaign.',
  'customer-cap': 'This campaign has called this customer as often as it may.',
  'customer-unavailable': 'This customer is not available now.',
});
