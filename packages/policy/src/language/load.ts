/**
 * From text to a policy. `checkPolicy` reports everything that is wrong or doubtful; `loadPolicy` gives the policy or throws its first error.
 * @module
 */
import type { Calendar } from '../decide/calendar.js';
import { PolicyError, type PolicyErrorCode } from '../errors.js';
import { buildCalendar } from './calendars.js';
import { digestOf } from './canonical.js';
import type { PolicyDocument } from './document.js';
import { reportDoubts } from './doubts.js';
import { byPlace, type PolicyFinding, whereOf } from './findings.js';
import { inheritPurposes } from './inherit.js';
import { checkMeaning } from './meaning.js';
import type { Policy } from './policy.js';
import { checkShape } from './shape.js';
import { compose, type PolicySource } from './sources.js';

export interface CheckOptions {
  /** The file's name in findings, when one text is given. */
  readonly file?: string;
  /** Milliseconds since the epoch: with it, calendars that end soon and closures that are over are reported. */
  readonly now?: number;
}

export interface PolicyCheck {
  /** No finding is an error. */
  readonly ok: boolean;
  /** Errors before warnings, each by file, line and column. */
  readonly findings: readonly PolicyFinding[];
  /** Present when `ok`. */
  readonly policy?: Policy;
}

/**
 * Checks a policy: YAML, schema, meaning, inheritance, doubts. Later steps run only when earlier ones found no error.
 *
 * @param policy - one text, or several files that are composed (see sources.ts)
 */
export function checkPolicy(policy: string | readonly PolicySource[], options: CheckOptions = {}): PolicyCheck {
  const sources = typeof policy === 'string' ? [{ text: policy, ...(options.file !== undefined && { file: options.file }) }] : policy;
  const { document, findings, report } = compose(sources);
  const failed = () => findings.some(({ severity }) => severity === 'error');
  const done = (loaded?: Policy): PolicyCheck => ({
    ok: !failed() && loaded !== undefined,
    findings: findings.sort(byPlace),
    ...(loaded !== undefined && { policy: loaded }),
  });
  if (failed() || !checkShape(document, report)) return done();
  const typed = document as PolicyDocument;
  checkMeaning(typed, report);
  const purposes = inheritPurposes(typed, report);
  checkContactWindows(purposes, report);
  if (failed()) return done();
  const loaded = deepFreeze(build(typed, purposes));
  reportDoubts(typed, loaded, options.now, report);
  return done(loaded);
}

/**
 * Loads one policy file.
 *
 * @returns the policy, frozen all the way down
 * @throws `ERR_POLICY_…`: the first error by place, with file, line and column; how many more there are is in the message. Nothing is loaded in part.
 */
export function loadPolicy(text: string, options: { readonly file?: string } = {}): Policy {
  return composePolicy([{ text, ...options }]);
}

/** As {@link loadPolicy}, from several files that are joined into one document. */
export function composePolicy(sources: readonly PolicySource[]): Policy {
  const { findings, policy } = checkPolicy(sources);
  if (policy !== undefined) return policy;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  if (first === undefined) throw new PolicyError('ERR_POLICY_SYNTAX', {}, 'No file was given.');
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new PolicyError(first.code as PolicyErrorCode, whereOf(first), `${first.message} ${first.suggestion}${more}`);
}

function checkContactWindows(purposes: Policy['purposes'], report: ReturnType<typeof compose>['report']): void {
  for (const { name, abstract, release, windows } of Object.values(purposes)) {
    if (abstract || windows.length > 0 || !(release.dial || release.numeric || release.message)) continue;
    const finding = {
      severity: 'error',
      code: 'ERR_POLICY_WINDOW',
      message: 'Customers may be reached for this purpose, but no window says when.',
      suggestion: 'Add `window:`; for any time: days mo to su, from "00:00" to "24:00".',
    } as const;
    report(finding, ['purposes', name], 'key');
  }
}

function build(document: PolicyDocument, purposes: Policy['purposes']): Policy {
  const calendars: Record<string, Calendar> = Object.create(null);
  for (const [name, text] of Object.entries(document.calendars ?? {})) calendars[name] = buildCalendar(name, text);
  const people = (action: 'export' | 'open' | 'policy') => {
    const rule = document.approvals?.[action];
    const rows = document.approvals?.export?.above_rows;
    // What shows a person's number, and what changes the rules, takes two unless the policy says otherwise.
    return { people: rule?.people ?? (action === 'export' ? 0 : 2), ...(action === 'export' && rows !== undefined && { aboveRows: rows }) };
  };
  return {
    digest: digestOf(ofRecord(document, calendars)),
    bank: document.bank,
    timeZone: document.time_zone ?? 'Asia/Shanghai',
    fields: table(document.fields, (field) => field),
    bands: table(document.bands, ({ k = 20, l = 1, ...band }) => ({ ...band, k, l })),
    questions: table(document.questions, ({ at_least: atLeast, ...question }) => ({ ...question, atLeast })),
    calendars,
    purposes,
    closures: document.regions_closed ?? [],
    refusals: { sticky: document.refusals?.sticky ?? true, perDay: document.refusals?.per_day ?? 'default' },
    linkability: { expected: document.linkability?.expected ?? 1 / 20, certain: document.linkability?.certain ?? 0 },
    datePacingDays: document.selection?.date_pacing_days ?? 5,
    approvals: { export: people('export'), open: people('open'), policy: people('policy') },
    answers: document.answers ?? 'signed',
    optOutMonths: document.opt_out_months ?? 6,
    notes: document.notes ?? 'refuse',
    document: document as unknown as Policy['document'],
  };
}

/** A calendar from a library is part of what a policy decides: its days enter the digest, so that an update of the library shows. */
function ofRecord(document: PolicyDocument, calendars: Policy['calendars']): unknown {
  const fromLibrary = Object.entries(document.calendars ?? {}).filter(([, { library }]) => library !== undefined);
  if (fromLibrary.length === 0) return document;
  return {
    ...document,
    calendars: {
      ...document.calendars,
      ...Object.fromEntries(fromLibrary.map(([name, text]) => [name, { ...text, data: digestOf(calendars[name]) }])),
    },
  };
}

function table<T, R>(source: Readonly<Record<string, T>> | undefined, change: (value: T) => R): Record<string, R> {
  const result: Record<string, R> = Object.create(null);
  for (const [name, value] of Object.entries(source ?? {})) result[name] = change(value);
  return result;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
