/**
 * A loaded policy: resolved, frozen, and no more than data. Only `loadPolicy` makes one.
 * @module
 */
import type { Calendar } from '../decide/calendar.js';
import type { Action } from '../decide/request.js';
import type { Window } from '../decide/window.js';

export type FieldClass = 'C1' | 'C2' | 'C3';
export type FieldKind = 'text' | 'category' | 'number' | 'amount' | 'date';
export type LegalBasis = 'consent' | 'contract' | 'legal-obligation' | 'vital-interest' | 'public-interest' | 'legitimate-interest';

/** An attribute of a customer, classed after JR/T 0171-2020. C3 never leaves. */
export interface PolicyField {
  readonly class: FieldClass;
  readonly kind?: FieldKind;
  readonly title?: string;
}

/** A coarse label of one field. A list shows it only while the smallest visible class holds `k` rows and `l` different values of what is not shown. */
export interface PolicyBand {
  readonly field: string;
  readonly edges: readonly number[];
  readonly labels?: readonly string[];
  readonly k: number;
  readonly l: number;
}

/** A yes/no question with one threshold. */
export interface PolicyQuestion {
  readonly field: string;
  readonly atLeast: number;
  readonly text: string;
}

export interface MaskRule {
  /** The smallest class of (mask × bands) that a list may show. */
  readonly k: number;
  /** Last digits shown at most, 0 to 4. */
  readonly maxDigits: number;
}

/** What may leave. Absent or false is closed. */
export interface Release {
  readonly reference: boolean;
  readonly dial: boolean;
  readonly numeric: boolean;
  readonly message: boolean;
  readonly mask?: MaskRule;
  readonly bands: readonly string[];
  readonly answers: readonly string[];
  readonly handover?: {
    readonly fields: readonly string[];
    readonly to: readonly string[];
    /** The consent that stands in for the customer's code where it is held. */
    readonly consent?: string;
  };
  readonly lookup?: { readonly fields: readonly string[]; readonly endings: readonly string[]; readonly perDay: number };
  readonly open: boolean;
}

/** A sliding cap on calls to one customer, counted by the bank over all vendors. */
export interface CustomerCap {
  readonly kind: 'purpose' | 'all-vendors';
  /** For `purpose`: calls for this purpose and every purpose below it count. */
  readonly purpose?: string;
  readonly calls: number;
  readonly days: number;
  /** Where the policy says so. */
  readonly rule: string;
}

/** Windows stated at one place: open when one of them is. */
export interface StatedWindows {
  readonly rule: string;
  /** Whose clock they are all on. */
  readonly clock: 'campaign' | 'customer';
  readonly windows: readonly Window[];
}

export interface Limit {
  readonly limit: number;
  readonly rule: string;
}

export interface Purpose {
  readonly name: string;
  /** The nearest purpose above that the policy states. */
  readonly parent?: string;
  /** Bounds what is below it; nobody may use it itself. */
  readonly abstract: boolean;
  readonly title?: string;
  readonly dpv?: string;
  readonly legalBasis: LegalBasis;
  /** The key under which consent is kept. */
  readonly consent?: string;
  readonly release: Release;
  /** What each recipient may have: the purpose's release, narrowed. */
  readonly recipients: Readonly<Record<string, Release>>;
  /** Its own and every ancestor's: all must be open. */
  readonly windows: readonly StatedWindows[];
  readonly customerCaps: readonly CustomerCap[];
  /** The largest budget, and the most calls to one customer, that a campaign may have. */
  readonly budgetCalls?: Limit;
  readonly perCustomer?: Limit;
  readonly perAgentPerHour?: Limit;
  readonly concurrent?: Limit;
  readonly retentionDays?: number;
  readonly agentGrants: 'optional' | 'required';
  readonly acknowledge: 'none' | 'required';
  /** Prohibited actions, its own and every ancestor's. */
  readonly prohibited: readonly Action[];
  /** Share of a list that is drawn from outside the criterion, 0 to 1. */
  readonly padding: number;
  /** Days over which a list is released. */
  readonly pacingDays: number;
}

export interface RegionClosure {
  readonly region: string;
  /** Local days of the campaign's zone, both inside. */
  readonly from: string;
  readonly until: string;
}

export interface ApprovalRule {
  readonly people: number;
  readonly aboveRows?: number;
}

export interface Policy {
  /** `sha256:` and hex, over the canonical JSON of the document. */
  readonly digest: string;
  readonly bank: string;
  readonly timeZone: string;
  readonly fields: Readonly<Record<string, PolicyField>>;
  readonly bands: Readonly<Record<string, PolicyBand>>;
  readonly questions: Readonly<Record<string, PolicyQuestion>>;
  readonly calendars: Readonly<Record<string, Calendar>>;
  readonly purposes: Readonly<Record<string, Purpose>>;
  readonly closures: readonly RegionClosure[];
  readonly refusals: { readonly sticky: boolean; readonly perDay: number | 'default' };
  readonly linkability: { readonly expected: number; readonly certain: number };
  /** Days over which a list selected by a date must be released. */
  readonly datePacingDays: number;
  readonly approvals: Readonly<Record<'export' | 'open' | 'policy', ApprovalRule>>;
  /** How answers are made: `signed` for anybody to verify, or `mac`, which only the asker can verify and could have made. */
  readonly answers: 'signed' | 'mac';
  /** Months that a do-not-call entry made by an opt-out holds, 6 at least. */
  readonly optOutMonths: number;
  /** What becomes of a vendor's note in which the guard finds a raw identifier. */
  readonly notes: 'refuse' | 'redact';
  /** The document as written, composed and before inheritance. */
  readonly document: Readonly<Record<string, unknown>>;
}
