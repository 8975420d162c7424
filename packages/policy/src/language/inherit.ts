/**
 * Inheritance: a purpose has what the purpose above it has, and may only narrow it. What a child states beyond its parent is reported, and
 * cut back as well, so that no purpose is ever wider than the one above it, by construction and not only by check.
 * @module
 */

import { CLOSED } from '../decide/context.js';
import type { Action } from '../decide/request.js';
import { WORKDAYS_AT_MOST, WORKDAYS_USUALLY, weekMinutes } from '../decide/window.js';
import { many, type OneOrMany, type PolicyDocument, type PurposeText, type ReleaseText, type SlidingText } from './document.js';
import type { Path } from './findings.js';
import type { CustomerCap, Limit, Purpose, Release, StatedWindows } from './policy.js';
import { meet, stateRelease } from './release.js';
import type { Report } from './sources.js';

/** Resolves every purpose against those above it, parents first. */
export function inheritPurposes(document: PolicyDocument, report: Report): Record<string, Purpose> {
  const purposes: Record<string, Purpose> = Object.create(null);
  // Sorted by text, a parent comes before what extends its name.
  for (const name of Object.keys(document.purposes).sort()) {
    const parent = nearestAbove(name, purposes);
    purposes[name] = resolve(name, document.purposes[name]!, parent, document, report);
  }
  return purposes;
}

/** The nearest stated purpose above a name. Names between that are not stated bound nothing. */
export function nearestAbove<T>(name: string, purposes: Readonly<Record<string, T>>): T | undefined {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const above = purposes[name.slice(0, dot)];
    if (above !== undefined) return above;
  }
  return undefined;
}

function resolve(name: string, text: PurposeText, parent: Purpose | undefined, document: PolicyDocument, report: Report): Purpose {
  const at = (...path: (string | number)[]): Path => ['purposes', name, ...path];
  const wider = (path: Path, suggestion: string) =>
    report({ severity: 'error', code: 'ERR_POLICY_WIDER', message: 'This allows more than the purpose above it.', suggestion }, path);
  const rule = (member: string) => `purposes.${name}.${member}`;

  const basis = legalBasis(name, text, parent, report);
  const release = resolveRelease(text.release, parent, (path) => wider(at('release', ...path), NARROW));
  const recipients = resolveRecipients(text, release, parent, (path) =>
    wider(at('recipients', ...path), 'Name it in the purpose above, or take it out here.'),
  );
  const windows = resolveWindows(name, text, parent, () => wider(at('window'), 'Stay within the days and hours of the purpose above.'));

  const limit = (member: keyof NonNullable<PurposeText['caps']>, above: Limit | undefined): Limit | undefined => {
    const own = text.caps?.[member];
    if (typeof own !== 'number') return above;
    if (above !== undefined && own > above.limit) wider(at('caps', member), `Write ${above.limit} or less.`);
    return above !== undefined && above.limit <= own ? above : { limit: own, rule: rule(`caps.${member}`) };
  };
  const ownPerCustomer = text.caps?.per_customer?.campaign;
  if (ownPerCustomer !== undefined && parent?.perCustomer !== undefined && ownPerCustomer > parent.perCustomer.limit)
    wider(at('caps', 'per_customer', 'campaign'), `Write ${parent.perCustomer.limit} or less.`);
  const perCustomer =
    ownPerCustomer === undefined || (parent?.perCustomer !== undefined && parent.perCustomer.limit <= ownPerCustomer)
      ? parent?.perCustomer
      : { limit: ownPerCustomer, rule: rule('caps.per_customer.campaign') };

  const base = {
    agentGrants: parent?.agentGrants ?? document.grants?.agent ?? 'optional',
    acknowledge: parent?.acknowledge ?? document.acknowledge ?? 'none',
  } as const;
  const strict = <T extends string>(own: T | undefined, above: T, path: Path): T => {
    if (own === undefined || above !== 'required') return own ?? above;
    if (own !== 'required') wider(path, 'Write `required`, or take the member out.');
    return above;
  };
  const atLeast = (own: number | undefined, above: number, path: Path): number => {
    if (own !== undefined && own < above) wider(path, `Write ${above} or more.`);
    return Math.max(own ?? above, above);
  };
  if (text.retention !== undefined && parent?.retentionDays !== undefined && text.retention.days > parent.retentionDays)
    wider(at('retention', 'days'), `Write ${parent.retentionDays} or less.`);
  const retentionDays = Math.min(text.retention?.days ?? Number.POSITIVE_INFINITY, parent?.retentionDays ?? Number.POSITIVE_INFINITY);

  const budgetCalls = limit('per_campaign', parent?.budgetCalls);
  const perAgentPerHour = limit('per_agent_per_hour', parent?.perAgentPerHour);
  const concurrent = limit('concurrent', parent?.concurrent);
  const prohibited: readonly Action[] = [...new Set([...(parent?.prohibited ?? []), ...(text.prohibited ?? [])])];
  return {
    name,
    ...(parent && { parent: parent.name }),
    abstract: text.abstract ?? false,
    ...(text.title !== undefined && { title: text.title }),
    ...((text.dpv ?? parent?.dpv) && { dpv: text.dpv ?? parent!.dpv! }),
    ...basis,
    release,
    recipients,
    windows,
    customerCaps: [...(parent?.customerCaps ?? []), ...ownCaps(name, text)],
    ...(budgetCalls && { budgetCalls }),
    ...(perCustomer && { perCustomer }),
    ...(perAgentPerHour && { perAgentPerHour }),
    ...(concurrent && { concurrent }),
    ...(Number.isFinite(retentionDays) && { retentionDays }),
    agentGrants: strict(text.grants?.agent, base.agentGrants, at('grants', 'agent')),
    acknowledge: strict(text.acknowledge, base.acknowledge, at('acknowledge')),
    prohibited,
    padding: atLeast(text.padding, parent?.padding ?? 0, at('padding')),
    pacingDays: atLeast(text.pacing?.days, parent?.pacingDays ?? 1, at('pacing', 'days')),
  };
}

const NARROW = 'Release it in the purpose above, or take it out here.';

function resolveRelease(text: ReleaseText | undefined, parent: Purpose | undefined, wider: (path: string[]) => void): Release {
  if (parent === undefined) return stateRelease(CLOSED, text).release;
  const { release, wider: paths } = stateRelease(parent.release, text);
  for (const path of paths) wider(path.split('.'));
  return meet(parent.release, release);
}

function resolveRecipients(
  text: PurposeText,
  release: Release,
  parent: Purpose | undefined,
  wider: (path: string[]) => void,
): Record<string, Release> {
  const stated: readonly (readonly [name: string, text: ReleaseText | undefined, path: string])[] | undefined = Array.isArray(
    text.recipients,
  )
    ? (text.recipients as readonly string[]).map((name, index) => [name, undefined, String(index)] as const)
    : text.recipients && Object.entries(text.recipients as Record<string, ReleaseText>).map(([name, own]) => [name, own, name] as const);
  const recipients: Record<string, Release> = Object.create(null);
  if (stated === undefined) {
    for (const [name, above] of Object.entries(parent?.recipients ?? {})) recipients[name] = meet(above, release);
    return recipients;
  }
  for (const [name, own, path] of stated) {
    const above = parent === undefined ? release : parent.recipients[name];
    if (above === undefined) {
      wider([path]);
      continue;
    }
    const bound = meet(above, release);
    const { release: asked, wider: paths } = stateRelease(bound, own);
    for (const member of paths) wider([path, ...member.split('.')]);
    recipients[name] = meet(bound, asked);
  }
  return recipients;
}

function resolveWindows(name: string, text: PurposeText, parent: Purpose | undefined, wider: () => void): readonly StatedWindows[] {
  const above = parent?.windows ?? [];
  const windows = many(text.window);
  if (windows.length === 0) return above;
  const clock = windows[0]!.zone ?? 'campaign';
  const own: StatedWindows = { rule: `purposes.${name}.window`, clock, windows };
  const week = weekMinutes(windows, WORKDAYS_USUALLY);
  for (const statement of above) {
    if (statement.clock !== clock) continue;
    const allowed = weekMinutes(statement.windows, WORKDAYS_AT_MOST);
    if (week.some((minute, index) => minute === 1 && allowed[index] === 0)) wider();
  }
  return [...above, own];
}

function ownCaps(name: string, text: PurposeText): readonly CustomerCap[] {
  const caps = text.caps?.per_customer;
  const make = (kind: CustomerCap['kind'], member: string, sliding: OneOrMany<SlidingText> | undefined): CustomerCap[] =>
    many(sliding).map(({ calls, days }) => ({
      kind,
      ...(kind === 'purpose' && { purpose: name }),
      calls,
      days,
      rule: `purposes.${name}.caps.per_customer.${member}`,
    }));
  return [...make('purpose', 'purpose', caps?.purpose), ...make('all-vendors', 'all_vendors', caps?.all_vendors)];
}

function legalBasis(name: string, text: PurposeText, parent: Purpose | undefined, report: Report): Pick<Purpose, 'legalBasis' | 'consent'> {
  const problem = (path: Path, message: string, suggestion: string) =>
    report({ severity: 'error', code: 'ERR_POLICY_CONSENT', message, suggestion }, path);
  const at = (...path: string[]): Path => ['purposes', name, ...path];
  const basis = text.legal_basis ?? parent?.legalBasis;
  if (basis === undefined) problem(at(), 'The purpose has no legal basis.', 'Add `legal_basis: consent` and a `consent` key.');
  if (parent !== undefined && text.legal_basis !== undefined && text.legal_basis !== parent.legalBasis && text.legal_basis !== 'consent')
    problem(
      at('legal_basis'),
      'The legal basis is another than that of the purpose above.',
      'A purpose may ask for consent in addition, and change its basis in no other way.',
    );
  const consent = text.consent ?? parent?.consent;
  if (basis === 'consent' && consent === undefined)
    problem(at(), 'The legal basis is consent, but no consent key is named.', 'Add `consent:` with this purpose or one above it.');
  if (text.consent !== undefined) {
    if (!isAtOrAbove(text.consent, name))
      problem(
        at('consent'),
        'The consent key is not this purpose nor one above it.',
        'Consent covers the purpose it names and those below.',
      );
    if (parent?.consent !== undefined && !isAtOrAbove(parent.consent, text.consent))
      problem(
        at('consent'),
        'The consent key is wider than that of the purpose above.',
        'Name the key of the purpose above, or one below it.',
      );
  }
  // A purpose whose basis is in doubt asks for consent: the error is reported, and nothing is allowed on its strength.
  const legal = parent?.legalBasis === 'consent' ? 'consent' : (basis ?? 'consent');
  return { legalBasis: legal, ...(consent !== undefined && { consent }) };
}

function isAtOrAbove(upper: string, lower: string): boolean {
  return lower === upper || lower.startsWith(`${upper}.`);
}
