/**
 * A decision, and what of it a vendor may see.
 * @module
 */
import { type DecisionCode, decisionCodes, type VendorCode, vendorSentences } from './codes.js';

/** Things the bank should know although they changed nothing. */
export type DecisionWarning = 'calendar-year-unknown';

export interface Allowed {
  readonly outcome: 'allowed';
  /** The rule that allowed it: its path in the policy document. */
  readonly rule: string;
  readonly sentence: string;
  /** Digest of the policy of record. */
  readonly policy: string;
  readonly warnings?: readonly DecisionWarning[];
}

export interface Refused {
  readonly outcome: 'refused';
  readonly code: DecisionCode;
  readonly group: 2 | 3 | 4;
  readonly vendorCode: VendorCode;
  readonly status: 403 | 429;
  /** The rule that refused: its path in the policy document, or `campaign.…`, `grant.…`, `built-in.…`. */
  readonly rule: string;
  readonly sentence: string;
  readonly policy: string;
  /** Group 4 under `refusals.sticky`: the bank keeps it for (campaign, customer). Milliseconds. Never for a vendor. */
  readonly stickyUntil?: number;
}

export type Decision = Allowed | Refused;

/** What a vendor learns from a refusal: a function of the vendor code alone. */
export interface VendorRefusal {
  readonly code: VendorCode;
  readonly status: 403 | 429;
  readonly sentence: string;
}

const views = new Map<VendorCode, VendorRefusal>();
for (const { vendorCode: code, status } of Object.values(decisionCodes))
  views.set(code, Object.freeze({ code, status, sentence: vendorSentences[code] }));

/** What may be told to the vendor about a refusal: the same object for every exact code behind one vendor code. */
export function vendorView(decision: Refused): VendorRefusal {
  return views.get(decisionCodes[decision.code].vendorCode)!;
}

export function refuse(code: DecisionCode, rule: string, policy: string, stickyUntil?: number): Refused {
  const { group, vendorCode, status, sentence } = decisionCodes[code];
  const refused = { outcome: 'refused', code, group, vendorCode, status, rule, sentence, policy } as const;
  return stickyUntil === undefined ? refused : { ...refused, stickyUntil };
}
