/**
 * The regulator's report: what the ledger says was done over a period, each line with the positions that support it. Made from entries
 * alone, so that an auditor who mirrors the ledger makes the same one; only when a list must be deleted comes from the policy in force.
 * @module
 */
import type { Entry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { readDecoyLines } from '../decoys/lines.js';
import { fail } from '../errors.js';
import { scanEntries } from '../ledger/scan.js';
import { plainArray } from '../store/arrays.js';
import { Lines } from './report-lines.js';

export interface ReportPeriod {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

const USE_COUNTS = ['authorized', 'placed', 'failed', 'ended', 'outcomes', 'answers', 'handovers'] as const;
type UseCount = (typeof USE_COUNTS)[number];

interface Supported {
  /** Positions in the ledger, `5-9,12`. */
  readonly positions: string;
}
interface UseHeading {
  readonly purpose: string;
  readonly vendor: string;
  readonly campaign: string;
}
interface RefusalHeading {
  readonly code: string;
  readonly rule: string;
  readonly vendor: string;
}
interface OpeningHeading {
  readonly what: 'reference' | 'lookup';
  readonly reason: string;
  readonly by: string;
}
interface Counted extends Supported {
  readonly count: number;
}

export interface ReportedExport extends Supported {
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly rows: number;
  readonly at: string;
  readonly smallestClass?: number;
  readonly digits?: number;
  readonly linkability?: number;
  readonly certainLinks?: number;
}

export interface ReportedDeletion extends Supported {
  readonly campaign: string;
  readonly vendor: string;
  readonly at: string;
}

/** A vendor that must have deleted a list and has not stated that it did. */
export interface OverdueDeletion extends Supported {
  readonly export: string;
  readonly campaign: string;
  readonly vendor: string;
  readonly purpose: string;
  /** By then the list was to be deleted: its export, and the purpose's retention after it. */
  readonly due: string;
}

export interface Report {
  readonly numbra: 'report/1';
  readonly bank: string;
  readonly origin: string;
  readonly from: string;
  readonly to: string;
  /** Entries read, and the signed checkpoint over them. */
  readonly size: number;
  readonly checkpoint: string;
  /** Without calls to decoys, which are nobody's use. */
  readonly uses: readonly (UseHeading & Readonly<Record<UseCount, number>> & Supported)[];
  /** Calls to decoys that were left out. */
  readonly decoyCalls: number;
  readonly refusals: readonly (RefusalHeading & Counted)[];
  readonly exports: readonly ReportedExport[];
  readonly openings: readonly (OpeningHeading & Counted)[];
  readonly alerts: readonly ({ readonly code: string } & Counted)[];
  readonly deletions: readonly ReportedDeletion[];
  readonly overdue: readonly OverdueDeletion[];
  /** Every other kind of entry. */
  readonly acts: readonly ({ readonly type: string } & Counted)[];
}

const DAY_MS = 86_400_000;
const OF_CALL = {
  'call.authorized': 'authorized',
  'call.placed': 'placed',
  'call.failed': 'failed',
  'call.ended': 'ended',
  'call.outcome': 'outcomes',
} as const;

/**
 * Makes the report of a period.
 *
 * @throws `ERR_REPORT_PERIOD`
 */
export async function reportOf(context: BankContext, { from, to }: ReportPeriod): Promise<Report> {
  if (!(from.getTime() < to.getTime())) throw fail('ERR_REPORT_PERIOD');
  const { size } = await context.ledger.sequence();
  const reading = new Reading(from.toISOString(), to.toISOString(), await callsToDecoys(context));
  await scanEntries(context.database, (body, position) => {
    if (position < size) reading.read(JSON.parse(body) as Entry, position);
  });
  const policy = await context.policies.refresh(context.database);
  return {
    numbra: 'report/1',
    bank: context.name,
    origin: context.logOrigin,
    from: from.toISOString(),
    to: to.toISOString(),
    size,
    checkpoint: (await context.ledger.proof(size - 1, size)).checkpoint,
    ...reading.result((purpose) => policy.purposes[purpose]?.retentionDays),
  };
}

/** Ids of calls to the bank's own lines. */
async function callsToDecoys(context: BankContext): Promise<ReadonlySet<string>> {
  const lines = await readDecoyLines(context);
  if (lines.size === 0) return new Set();
  const rows = await context.database.query<{ id: string }>('SELECT id FROM call WHERE customer = ANY ($1::text::bigint[])', [
    plainArray([...lines.keys()]),
  ]);
  return new Set(rows.map(({ id }) => id));
}

type Sections = Omit<Report, 'numbra' | 'bank' | 'origin' | 'from' | 'to' | 'size' | 'checkpoint'>;

/** One pass over the entries. What began before the period is remembered too: a call's end names only the call. */
class Reading {
  readonly #from: string;
  readonly #to: string;
  readonly #toDecoys: ReadonlySet<string>;
  #decoyCalls = 0;
  readonly #purposes = new Map<string, string>();
  readonly #calls = new Map<string, UseHeading>();
  readonly #uses = new Lines<UseHeading, UseCount>();
  readonly #refusals = new Lines<RefusalHeading, 'count'>();
  readonly #openings = new Lines<OpeningHeading, 'count'>();
  readonly #alerts = new Lines<{ code: string }, 'count'>();
  readonly #acts = new Lines<{ type: string }, 'count'>();
  /** Of all time until the period's end: a list of last year may be overdue in this one. */
  readonly #exports: (ReportedExport & { readonly position: number })[] = [];
  readonly #deletions: (ReportedDeletion & { readonly position: number; readonly exports?: readonly string[] })[] = [];

  constructor(from: string, to: string, toDecoys: ReadonlySet<string>) {
    this.#from = from;
    this.#to = to;
    this.#toDecoys = toDecoys;
  }

  read(entry: Entry, position: number): void {
    const { at } = entry;
    if (at >= this.#to) return;
    if (entry.type === 'campaign.created') this.#purposes.set(entry.campaign, entry.purpose);
    if (entry.type === 'call.authorized') {
      const { purpose, vendor, campaign } = entry;
      this.#calls.set(entry.call, { purpose, vendor, campaign });
    }
    if (entry.type === 'export.made') {
      const { export: id, campaign, vendor, purpose, rows, smallestClass, digits, linkability, certainLinks } = entry;
      const figures = { smallestClass, digits, linkability, certainLinks };
      const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
      this.#exports.push({ export: id, campaign, vendor, purpose, rows, at, ...known, position, positions: String(position) });
    }
    if (entry.type === 'deletion.stated') {
      const { campaign, vendor, exports } = entry;
      this.#deletions.push({ campaign, vendor, at, position, positions: String(position), ...(exports !== undefined && { exports }) });
    }
    if (at >= this.#from) this.#count(entry, position);
  }

  #count(entry: Entry, position: number): void {
    switch (entry.type) {
      case 'call.authorized':
      case 'call.placed':
      case 'call.failed':
      case 'call.ended':
      case 'call.outcome': {
        if (this.#toDecoys.has(entry.call)) {
          if (entry.type === 'call.authorized') this.#decoyCalls++;
          break;
        }
        const heading = this.#calls.get(entry.call) ?? { purpose: '', vendor: '', campaign: '' };
        this.#uses.count(heading, OF_CALL[entry.type], position);
        break;
      }
      case 'answer.given':
        this.#uses.count(this.#heading(entry), 'answers', position);
        break;
      case 'handover':
        if (entry.step === 'confirmed') this.#uses.count(this.#heading(entry), 'handovers', position);
        break;
      case 'call.refused':
        this.#refusals.count({ code: entry.code, rule: entry.rule ?? '', vendor: entry.vendor }, 'count', position);
        break;
      case 'refusals':
        for (const [code, count] of Object.entries(entry.codes))
          this.#refusals.count({ code, rule: '', vendor: entry.vendor }, 'count', position, count);
        break;
      case 'reference.opened':
        this.#openings.count({ what: 'reference', reason: entry.reason, by: entry.by }, 'count', position);
        break;
      case 'lookup':
        this.#openings.count({ what: 'lookup', reason: entry.reason ?? '', by: entry.by }, 'count', position);
        break;
      case 'alert':
        this.#alerts.count({ code: entry.code }, 'count', position);
        break;
      case 'export.made':
      case 'deletion.stated':
        break;
      default:
        this.#acts.count({ type: entry.type }, 'count', position);
    }
  }

  #heading(entry: { readonly purpose?: string; readonly vendor: string; readonly campaign: string }): UseHeading {
    const { vendor, campaign } = entry;
    return { purpose: entry.purpose ?? this.#purposes.get(campaign) ?? '', vendor, campaign };
  }

  result(retentionDays: (purpose: string) => number | undefined): Sections {
    const within = ({ at }: { readonly at: string }): boolean => at >= this.#from;
    const overdue = this.#exports.flatMap(({ export: id, campaign, vendor, purpose, at, position, positions }) => {
      const days = retentionDays(purpose);
      if (days === undefined) return [];
      const due = new Date(Date.parse(at) + days * DAY_MS).toISOString();
      const stated = this.#deletions.some(
        (each) => each.campaign === campaign && each.position > position && (each.exports === undefined || each.exports.includes(id)),
      );
      return due >= this.#to || stated ? [] : [{ export: id, campaign, vendor, purpose, due, positions }];
    });
    return {
      uses: this.#uses.list(...USE_COUNTS),
      decoyCalls: this.#decoyCalls,
      refusals: this.#refusals.list('count'),
      exports: this.#exports.filter(within).map(({ position: _position, ...made }) => made),
      openings: this.#openings.list('count'),
      alerts: this.#alerts.list('count'),
      deletions: this.#deletions.filter(within).map(({ campaign, vendor, at, positions }) => ({ campaign, vendor, at, positions })),
      overdue,
      acts: this.#acts.list('count'),
    };
  }
}
