/**
 * What a change of policy changes: every combination of purpose, recipient, action and field or question is put to both policies, by `decide`
 * itself. What one allows and the other refuses is listed; then the numbers that differ where both allow.
 * @module
 */
import { decide } from '../decide/decide.js';
import { ACTIONS, type Action, type Facts } from '../decide/request.js';
import { DAYS, WORKDAYS_AT_MOST, weekMinutes } from '../decide/window.js';
import type { Policy, Purpose, Release } from '../language/policy.js';
import { favourableFacts, openInstant, type SampleOptions, sampleRequest } from './sample.js';

/** One thing that a policy allows or does not. */
export interface Possibility {
  readonly purpose: string;
  readonly recipient: string;
  readonly action: Action;
  /** The column, field or question; absent for the action as such. */
  readonly field?: string;
}

/** A number or word that differs while the act stays allowed. */
export interface LimitChange {
  readonly purpose: string;
  readonly recipient?: string;
  readonly member: string;
  readonly before: string;
  readonly after: string;
  /** For whom it is better: `wider` allows more than before. `other` is neither. */
  readonly direction: 'wider' | 'narrower' | 'other';
}

export interface PolicyDiff {
  readonly becomesPossible: readonly Possibility[];
  readonly stops: readonly Possibility[];
  readonly limits: readonly LimitChange[];
}

const COLUMNS = ['reference', 'dial_token', 'masked_phone', 'numeric_token'] as const;

/**
 * Compares two policies.
 *
 * @param now - milliseconds since the epoch: windows are asked at an instant after it at which they are open
 */
export function diffPolicies(before: Policy, after: Policy, now: number): PolicyDiff {
  const was = possibilities(before, now);
  const is = possibilities(after, now);
  const missing = (from: Map<string, Possibility>, other: Map<string, Possibility>) =>
    [...from].flatMap(([key, possibility]) => (other.has(key) ? [] : [possibility]));
  return { becomesPossible: missing(is, was), stops: missing(was, is), limits: [...limitChanges(before, after)] };
}

/** Everything that a policy allows, by a key that is the same in every policy. */
export function possibilities(policy: Policy, now: number): Map<string, Possibility> {
  const found = new Map<string, Possibility>();
  for (const purpose of Object.values(policy.purposes)) {
    for (const [recipient, release] of Object.entries(purpose.recipients)) {
      for (const action of ACTIONS) {
        for (const [field, options] of asked(policy, release, action)) {
          if (!allows(policy, action, purpose.name, recipient, options, now)) continue;
          const possibility: Possibility = { purpose: purpose.name, recipient, action, ...(field !== undefined && { field }) };
          found.set(JSON.stringify(Object.values(possibility)), possibility);
        }
      }
    }
  }
  return found;
}

/** The ways to ask for an action: every field of it alone. */
function* asked(policy: Policy, release: Release, action: Action): Generator<readonly [field: string | undefined, options: SampleOptions]> {
  if (action === 'answer') for (const question of Object.keys(policy.questions)) yield [question, { question }];
  else if (action === 'handover')
    for (const field of Object.keys(policy.fields))
      for (const recipient of release.handover?.to ?? []) yield [`${field} → ${recipient}`, { fields: [field], recipient }];
  else if (action === 'lookup') for (const field of Object.keys(policy.fields)) yield [field, { fields: [field] }];
  else if (action === 'export' || action === 'list')
    for (const field of [...COLUMNS, ...Object.keys(policy.bands)]) yield [field, { fields: [field] }];
  else yield [undefined, {}];
}

function allows(policy: Policy, action: Action, purpose: string, recipient: string, options: SampleOptions, now: number): boolean {
  const request = sampleRequest(policy, action, purpose, recipient, options);
  const facts: Facts = favourableFacts(policy, purpose);
  const at = (instant: number) => decide(request, policy, facts, instant);
  const first = at(now);
  if (first.outcome === 'allowed') return true;
  if (!WINDOW_CODES.has(first.code)) return false;
  return openInstant(policy, purpose, (instant) => at(instant).outcome === 'allowed', now) !== undefined;
}

const WINDOW_CODES: ReadonlySet<string> = new Set(['outside-window', 'calendar-year-unknown', 'customer-outside-window']);

function* limitChanges(before: Policy, after: Policy): Generator<LimitChange> {
  const change = (
    purpose: string,
    member: string,
    a: number | undefined,
    b: number | undefined,
    lessIsWider = false,
    recipient?: string,
  ): LimitChange[] => {
    if (a === b) return [];
    const [x, y] = [a ?? Number.POSITIVE_INFINITY, b ?? Number.POSITIVE_INFINITY];
    const more = lessIsWider ? y < x : y > x;
    return [
      {
        purpose,
        member,
        ...(recipient !== undefined && { recipient }),
        before: show(a),
        after: show(b),
        direction: more ? 'wider' : 'narrower',
      },
    ];
  };
  for (const [name, old] of Object.entries(before.purposes)) {
    const now = after.purposes[name];
    if (now === undefined) continue;
    for (const [member, read, lessIsWider] of NUMBERS) yield* change(name, member, read(old), read(now), lessIsWider);
    yield* capChanges(name, old, now);
    yield* windowChange(name, old, now);
    for (const member of ['legalBasis', 'consent', 'agentGrants', 'acknowledge'] as const) {
      const [a, b] = [old[member] ?? 'none', now[member] ?? 'none'];
      const direction = member === 'agentGrants' || member === 'acknowledge' ? (a === 'required' ? 'wider' : 'narrower') : 'other';
      if (a !== b) yield { purpose: name, member, before: a, after: b, direction };
    }
    for (const [recipient, release] of Object.entries(old.recipients)) {
      const [a, b] = [release.handover?.consent, now.recipients[recipient]?.handover?.consent];
      // Without a consent each handover takes the customer's code.
      if (a !== b && release.handover !== undefined && now.recipients[recipient]?.handover !== undefined)
        yield {
          purpose: name,
          recipient,
          member: 'handover.consent',
          before: a ?? 'none',
          after: b ?? 'none',
          direction: a === undefined ? 'wider' : b === undefined ? 'narrower' : 'other',
        };
      const mask = now.recipients[recipient]?.mask;
      if (release.mask === undefined || mask === undefined) continue;
      yield* change(name, 'mask.k', release.mask.k, mask.k, true, recipient);
      yield* change(name, 'mask.max_digits', release.mask.maxDigits, mask.maxDigits, false, recipient);
    }
  }
  yield* change('', 'linkability.expected', before.linkability.expected, after.linkability.expected);
  yield* change('', 'linkability.certain', before.linkability.certain, after.linkability.certain);
  if (before.notes !== after.notes)
    yield {
      purpose: '',
      member: 'notes',
      before: before.notes,
      after: after.notes,
      direction: after.notes === 'refuse' ? 'narrower' : 'wider',
    };
  if (before.answers !== after.answers)
    yield {
      purpose: '',
      member: 'answers',
      before: before.answers,
      after: after.answers,
      direction: after.answers === 'mac' ? 'narrower' : 'wider',
    };
  if (before.refusals.sticky !== after.refusals.sticky)
    yield {
      purpose: '',
      member: 'refusals.sticky',
      before: String(before.refusals.sticky),
      after: String(after.refusals.sticky),
      direction: before.refusals.sticky ? 'wider' : 'narrower',
    };
  for (const act of ['export', 'open', 'policy'] as const) {
    yield* change('', `approvals.${act}.people`, before.approvals[act].people, after.approvals[act].people, true);
    yield* change('', `approvals.${act}.above_rows`, before.approvals[act].aboveRows, after.approvals[act].aboveRows);
  }
  for (const name of Object.keys(before.bands)) {
    const band = after.bands[name];
    if (band === undefined) continue;
    yield* change('', `bands.${name}.k`, before.bands[name]!.k, band.k, true);
    yield* change('', `bands.${name}.l`, before.bands[name]!.l, band.l, true);
    yield* change('', `bands.${name}.edges`, before.bands[name]!.edges.length, band.edges.length);
  }
}

const NUMBERS: readonly (readonly [member: string, read: (purpose: Purpose) => number | undefined, lessIsWider?: boolean])[] = [
  ['caps.per_campaign', ({ budgetCalls }) => budgetCalls?.limit],
  ['caps.per_customer.campaign', ({ perCustomer }) => perCustomer?.limit],
  ['caps.per_agent_per_hour', ({ perAgentPerHour }) => perAgentPerHour?.limit],
  ['caps.concurrent', ({ concurrent }) => concurrent?.limit],
  ['retention.days', ({ retentionDays }) => retentionDays],
  ['padding', ({ padding }) => padding, true],
  ['pacing.days', ({ pacingDays }) => pacingDays, true],
];

function* capChanges(name: string, before: Purpose, after: Purpose): Generator<LimitChange> {
  const text = ({ customerCaps }: Purpose) =>
    customerCaps.map(({ kind, purpose, calls, days }) => `${kind === 'purpose' ? purpose : 'all vendors'} ${calls} in ${days} days`);
  const [a, b] = [text(before), text(after)];
  if (a.join() === b.join()) return;
  const implies = (caps: Purpose['customerCaps'], others: Purpose['customerCaps']) =>
    others.every((cap) =>
      caps.some((own) => own.kind === cap.kind && own.purpose === cap.purpose && own.calls <= cap.calls && own.days >= cap.days),
    );
  const [narrower, wider] = [implies(after.customerCaps, before.customerCaps), implies(before.customerCaps, after.customerCaps)];
  yield {
    purpose: name,
    member: 'caps.per_customer',
    before: a.join(', ') || 'none',
    after: b.join(', ') || 'none',
    direction: narrower ? 'narrower' : wider ? 'wider' : 'other',
  };
}

function* windowChange(name: string, before: Purpose, after: Purpose): Generator<LimitChange> {
  const week = ({ windows }: Purpose) => {
    const weeks = windows.map((statement) => weekMinutes(statement.windows, WORKDAYS_AT_MOST));
    return Uint8Array.from({ length: 7 * 1440 }, (_, minute) => (weeks.every((open) => open[minute] === 1) ? 1 : 0));
  };
  const [a, b] = [week(before), week(after)];
  const more = b.some((open, minute) => open > a[minute]!);
  const less = b.some((open, minute) => open < a[minute]!);
  const text = ({ windows }: Purpose) =>
    windows
      .flatMap((statement) =>
        statement.windows.map(
          ({ days, from, to, zone, calendar }) =>
            `${days === 'workdays' ? days : days.length === DAYS.length ? 'daily' : days.join(' ')} ${from}-${to}${zone === 'customer' ? ' customer' : ''}${calendar === undefined ? '' : ` ${calendar}`}`,
        ),
      )
      .join('; ');
  if (!more && !less && text(before) === text(after)) return;
  const direction = more && !less ? 'wider' : less && !more ? 'narrower' : 'other';
  yield { purpose: name, member: 'window', before: text(before) || 'none', after: text(after) || 'none', direction };
}

function show(value: number | undefined): string {
  return value === undefined ? 'none' : String(value);
}

/** The difference as lines for a terminal. */
export function renderDiff({ becomesPossible, stops, limits }: PolicyDiff): string {
  const line =
    (sign: string) =>
    ({ purpose, recipient, action, field }: Possibility) =>
      `${sign} ${purpose}  ${recipient}  ${action}${field === undefined ? '' : ` ${field}`}`;
  const changed = limits.map(
    ({ purpose, recipient, member, before, after, direction }) =>
      `~ ${[purpose, recipient, member].filter(Boolean).join('  ')}: ${before} → ${after} (${direction})`,
  );
  const lines = [...becomesPossible.map(line('+')), ...stops.map(line('-')), ...changed];
  return lines.length === 0 ? 'The two policies allow the same.' : lines.join('\n');
}
