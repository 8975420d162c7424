/**
 * Doubts: what a policy may say but probably does not mean. None keeps it from loading.
 * @module
 */
import { isContact } from '../decide/customer.js';
import { releases } from '../decide/released.js';
import { ACTIONS } from '../decide/request.js';
import type { PolicyDocument } from './document.js';
import type { Path, PolicyWarningCode } from './findings.js';
import { everOpen } from './meaning.js';
import type { Policy, Purpose } from './policy.js';
import { isClosed } from './release.js';
import type { Report } from './sources.js';

/** A year is known long enough ahead when it is known this many days before it is needed. */
const DAYS_AHEAD = 60;

/**
 * Reports doubts about a policy that has no errors.
 *
 * @param now - milliseconds since the epoch: with it, a calendar that ends soon and closures that are over are reported
 */
export function reportDoubts(document: PolicyDocument, policy: Policy, now: number | undefined, report: Report): void {
  const warn = (code: PolicyWarningCode, path: Path, message: string, suggestion: string, which?: 'key') =>
    report({ severity: 'warning', code, message, suggestion }, path, which);

  for (const purpose of Object.values(policy.purposes)) {
    const at = (...path: (string | number)[]): Path => ['purposes', purpose.name, ...path];
    doubtsOf(purpose, policy, (code, path, message, suggestion) =>
      warn(code, at(...path), message, suggestion, path.length === 0 ? 'key' : undefined),
    );
    if (tellsCriterion(purpose.name, document))
      warn(
        'tells-criterion',
        at(),
        'The name tells how customers were selected, and vendors see it.',
        'Name the purpose after what is done, not after whom it is done to.',
        'key',
      );
  }

  const all = Object.values(policy.purposes);
  for (const name of Object.keys(policy.bands))
    if (!all.some(({ release }) => release.bands.includes(name)))
      warn('definition-unused', ['bands', name], 'No purpose releases this band.', 'Release it, or take it out.', 'key');
  for (const name of Object.keys(policy.questions))
    if (!all.some(({ release }) => release.answers.includes(name)))
      warn('definition-unused', ['questions', name], 'No purpose lets this question be asked.', 'Release it, or take it out.', 'key');
  for (const name of Object.keys(policy.calendars)) {
    const used = all.some(({ windows }) => windows.some((statement) => statement.windows.some(({ calendar }) => calendar === name)));
    if (!used) warn('definition-unused', ['calendars', name], 'No window uses this calendar.', 'Use it, or take it out.', 'key');
    const { lastYear, unknownYear } = policy.calendars[name]!;
    if (used && now !== undefined && new Date(now + DAYS_AHEAD * 86_400_000).getUTCFullYear() > lastYear)
      warn(
        'calendar-year-unknown',
        ['calendars', name],
        `The calendar ends with ${lastYear}; after that ${AFTER[unknownYear]}.`,
        'Update the library, or list the days of the next year under `closed`, `open` and `years`.',
        'key',
      );
  }
  const today = now === undefined ? undefined : new Date(now).toISOString().slice(0, 10);
  policy.closures.forEach(({ until }, index) => {
    if (today !== undefined && until < today) warn('unreachable-rule', ['regions_closed', index], 'The closure is over.', 'Take it out.');
  });
  if (policy.linkability.expected > 1 / 20 || policy.linkability.certain > 0)
    warn(
      'linkability-loose',
      ['linkability'],
      'The bound on linkability is looser than 1 in 20 expected and none certain.',
      'Write `expected: 0.05` and `certain: 0`.',
    );
}

const AFTER = {
  closed: 'every day is closed',
  statutory: 'only weekends and the feasts fixed by law are closed',
  weekdays: 'Monday to Friday are open, holidays or not',
} as const;

function doubtsOf(
  purpose: Purpose,
  policy: Policy,
  warn: (code: PolicyWarningCode, path: (string | number)[], message: string, suggestion: string) => void,
): void {
  const { release, recipients, prohibited, windows, customerCaps } = purpose;
  if (!purpose.abstract) {
    if (Object.keys(recipients).length === 0)
      warn('purpose-unused', [], 'Nobody may use this purpose.', 'Name recipients, or mark it `abstract: true`.');
    else if (isClosed(release))
      warn('purpose-unused', [], 'Nothing may leave for this purpose.', 'Release something, or mark it `abstract: true`.');
    else if (Object.values(recipients).every((own) => ACTIONS.every((action) => prohibited.includes(action) || !releases(own, action))))
      warn('purpose-unused', [], 'Every action that is released is prohibited.', 'Lift a prohibition, or take the purpose out.');
  }
  for (const [vendor, own] of Object.entries(recipients))
    if (isClosed(own) && !isClosed(release))
      warn(
        'unreachable-rule',
        ['recipients', vendor],
        'This recipient may have nothing.',
        'Take the name out, or release something to it.',
      );
  const contact = ACTIONS.some((action) => isContact(action) && releases(release, action) && !prohibited.includes(action));
  if (contact && !everOpen(windows))
    warn('unreachable-rule', ['window'], 'The windows of this purpose and those above it are never open together.', 'Let them overlap.');
  if (contact && !purpose.abstract && !customerCaps.some(({ kind }) => kind === 'all-vendors'))
    warn(
      'cap-missing',
      ['caps'],
      'Nothing limits how often all vendors together call a customer.',
      'Add `per_customer: { all_vendors: { calls: 1, days: 60 } }`.',
    );
  customerCaps.forEach(({ kind, calls, days, rule }) => {
    const harder = customerCaps.some(
      (other) =>
        other.kind === kind &&
        other.rule !== rule &&
        other.calls <= calls &&
        other.days >= days &&
        (other.calls < calls || other.days > days),
    );
    if (harder && rule.startsWith(`purposes.${purpose.name}.caps`))
      warn(
        'unreachable-rule',
        ['caps', 'per_customer'],
        'A purpose above has a cap that always binds first.',
        'Take this cap out, or make it narrower.',
      );
  });
  const { mask } = release;
  // Within a class of k rows a guess is right with probability 1/k at most.
  if (mask !== undefined && mask.maxDigits > 0 && mask.k * policy.linkability.expected < 1)
    warn(
      'mask-links',
      ['release', 'mask'],
      'Lists with classes this small can break the bound on linkability; such exports are refused.',
      `Write \`k: ${Math.ceil(1 / Math.max(policy.linkability.expected, 0.001))}\` or more.`,
    );
}

const TELLING =
  /(^|[._-])(vip|rich|wealth|wealthy|affluent|hnw|hnwi|high-?net-?worth|premium|gold|platinum|diamond|balance|deposit|deposits|maturity|matured|income|salary|debt|debtor|overdue|arrears|default|defaulted|risk|score|rating|pregnant|divorced|widow|widowed|elderly|sick|patient)s?($|[._-])/i;

/**
 * Whether a purpose's or campaign's name tells how customers were selected: it names an attribute of the policy, a telling word, or an amount
 * (three digits and more that are no year, or digits with k, m or w).
 */
export function tellsCriterion(name: string, document: Pick<PolicyDocument, 'fields'>): boolean {
  if (TELLING.test(name)) return true;
  const words = name.toLowerCase().split(/[._-]+/);
  if (words.some((word) => /^\d+[kmw]$/.test(word) || (/\d{3}/.test(word) && !/^[a-z]?(19|20)\d{2}([01]\d)?([0-3]\d)?$/.test(word))))
    return true;
  return Object.keys(document.fields ?? {}).some((field) => {
    const parts = field.toLowerCase().split(/[._-]+/);
    // Every campaign is about phones and names; these tell nothing.
    return !['phone', 'name', 'account', 'id'].includes(field.toLowerCase()) && parts.every((part) => words.includes(part));
  });
}
