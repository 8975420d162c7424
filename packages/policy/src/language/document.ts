/**
 * The policy document as written: what the schema lets through, before inheritance. The schema is the border; these types only name it.
 * @module
 */
import type { Action } from '../decide/request.js';
import type { Window } from '../decide/window.js';
import type { FieldClass, FieldKind, LegalBasis } from './policy.js';

export type OneOrMany<T> = T | readonly T[];

export interface SlidingText {
  readonly calls: number;
  readonly days: number;
}

export interface ReleaseText {
  readonly reference?: boolean;
  readonly dial?: boolean;
  readonly numeric?: boolean;
  readonly message?: boolean;
  readonly mask?: false | { readonly k: number; readonly max_digits: number };
  readonly bands?: readonly string[];
  readonly answers?: readonly string[];
  readonly handover?: { readonly fields: readonly string[]; readonly to: readonly string[]; readonly consent?: string };
  readonly lookup?: { readonly fields: readonly string[]; readonly endings?: readonly string[]; readonly per_day: number };
  readonly open?: boolean;
}

export interface CapsText {
  readonly per_customer?: {
    readonly campaign?: number;
    readonly purpose?: OneOrMany<SlidingText>;
    readonly all_vendors?: OneOrMany<SlidingText>;
  };
  readonly per_campaign?: number;
  readonly per_agent_per_hour?: number;
  readonly concurrent?: number;
}

export interface PurposeText {
  readonly title?: string;
  readonly abstract?: boolean;
  readonly dpv?: string;
  readonly legal_basis?: LegalBasis;
  readonly consent?: string;
  readonly release?: ReleaseText;
  readonly recipients?: readonly string[] | Readonly<Record<string, ReleaseText>>;
  readonly prohibited?: readonly Action[];
  readonly window?: OneOrMany<Window>;
  readonly caps?: CapsText;
  readonly retention?: { readonly days: number };
  readonly grants?: { readonly agent?: 'optional' | 'required' };
  readonly acknowledge?: 'none' | 'required';
  readonly padding?: number;
  readonly pacing?: { readonly days: number };
}

export interface CalendarText {
  readonly library?: 'chinese-days';
  readonly closed?: readonly string[];
  readonly open?: readonly string[];
  readonly years?: readonly number[];
  readonly unknown_year?: 'closed' | 'statutory' | 'weekdays';
}

export interface PolicyDocument {
  readonly numbra: 1;
  readonly bank: string;
  readonly time_zone?: string;
  readonly fields?: Readonly<Record<string, { readonly class: FieldClass; readonly kind?: FieldKind; readonly title?: string }>>;
  readonly bands?: Readonly<
    Record<
      string,
      {
        readonly field: string;
        readonly edges: readonly number[];
        readonly labels?: readonly string[];
        readonly k?: number;
        readonly l?: number;
      }
    >
  >;
  readonly questions?: Readonly<Record<string, { readonly field: string; readonly at_least: number; readonly text: string }>>;
  readonly calendars?: Readonly<Record<string, CalendarText>>;
  readonly regions_closed?: readonly { readonly region: string; readonly from: string; readonly until: string }[];
  readonly purposes: Readonly<Record<string, PurposeText>>;
  readonly refusals?: { readonly sticky?: boolean; readonly per_day?: number | 'default' };
  readonly linkability?: { readonly expected?: number; readonly certain?: number };
  readonly selection?: { readonly date_pacing_days?: number };
  readonly acknowledge?: 'none' | 'required';
  readonly grants?: { readonly agent?: 'optional' | 'required' };
  readonly approvals?: {
    readonly export?: { readonly people: number; readonly above_rows?: number };
    readonly open?: { readonly people: number };
    readonly policy?: { readonly people: number };
  };
  readonly answers?: 'signed' | 'mac';
  readonly opt_out_months?: number;
  readonly notes?: 'refuse' | 'redact';
}

export function many<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
