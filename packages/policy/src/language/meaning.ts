/**
 * What the parts of a policy mean together: names that must be defined, classes that never leave, values that must fit, and doubts worth a
 * warning. Inheritance is judged in inherit.ts.
 * @module
 */
import { isTimeZone } from '../decide/local-time.js';
import { minutesOf, type Window, WORKDAYS_AT_MOST, weekMinutes } from '../decide/window.js';
import { mainlandCalendar } from './calendars.js';
import { many, type PolicyDocument, type PurposeText, type ReleaseText } from './document.js';
import type { Path } from './findings.js';
import type { Report } from './sources.js';
import { closest } from './suggest.js';

/** Reports every error of meaning in a document of the right shape. */
export function checkMeaning(document: PolicyDocument, report: Report): void {
  checkTime(document, report);
  checkDefinitions(document, report);
  for (const [name, purpose] of Object.entries(document.purposes)) checkPurpose(document, name, purpose, report);
}

const error =
  (report: Report, code: 'ERR_POLICY_UNKNOWN_NAME' | 'ERR_POLICY_CLASS' | 'ERR_POLICY_WINDOW' | 'ERR_POLICY_VALUE') =>
  (path: Path, message: string, suggestion: string): void =>
    report({ severity: 'error', code, message, suggestion }, path);

function checkTime(document: PolicyDocument, report: Report): void {
  const problem = error(report, 'ERR_POLICY_WINDOW');
  if (document.time_zone !== undefined && !isTimeZone(document.time_zone))
    problem(['time_zone'], 'This time zone is not known here.', 'Write an IANA name such as Asia/Shanghai.');
  const real = (day: string, path: Path) => {
    if (!isRealDay(day)) problem(path, 'There is no such day.', 'Write a day of the calendar, YYYY-MM-DD.');
  };
  for (const [name, text] of Object.entries(document.calendars ?? {})) {
    const { closed, open, years, library, unknown_year } = text;
    const at = (...path: (string | number)[]): Path => ['calendars', name, ...path];
    for (const list of ['closed', 'open'] as const) for (const [index, day] of (text[list] ?? []).entries()) real(day, at(list, index));
    const both = closed?.findIndex((day) => open?.includes(day)) ?? -1;
    if (both >= 0) problem(at('closed', both), 'A day is both closed and open.', 'Keep it in one of the two lists.');
    if (library === undefined && years === undefined)
      problem(
        at(),
        'The calendar names neither a library nor the years it knows.',
        'Add `years:` with each year of which every holiday is listed.',
      );
    if (unknown_year === 'statutory' && library === undefined)
      problem(at('unknown_year'), 'Only a library knows the feasts fixed by law.', 'Write `closed` or `weekdays`.');
    const sorted = [...(years ?? []), ...(library === undefined ? [] : [mainlandCalendar().lastYear])].sort((a, b) => a - b);
    if (sorted.some((year, index) => index > 0 && year - sorted[index - 1]! > 1))
      problem(at('years'), 'The years leave a gap.', 'List every year between the first and the last.');
  }
  document.regions_closed?.forEach(({ from, until }, index) => {
    real(from, ['regions_closed', index, 'from']);
    real(until, ['regions_closed', index, 'until']);
    if (until < from)
      problem(['regions_closed', index, 'until'], 'The closure ends before it begins.', 'Write the last closed day; it is inside.');
  });
}

function checkDefinitions(document: PolicyDocument, report: Report): void {
  const value = error(report, 'ERR_POLICY_VALUE');
  for (const [name, { field, edges, labels }] of Object.entries(document.bands ?? {})) {
    checkField(document, field, ['bands', name, 'field'], report);
    const unordered = edges.findIndex((edge, index) => index > 0 && edge <= edges[index - 1]!);
    if (unordered > 0) value(['bands', name, 'edges', unordered], 'Edges must ascend.', 'Sort them.');
    if (labels !== undefined && labels.length !== edges.length + 1)
      value(['bands', name, 'labels'], 'There must be one label more than edges.', `Write ${edges.length + 1} labels.`);
    if (name in COLUMNS) value(['bands', name], 'The band has the name of a column.', 'Give it another name.');
  }
  for (const [name, { field }] of Object.entries(document.questions ?? {}))
    checkField(document, field, ['questions', name, 'field'], report);
}

/** Columns of a list that are no bands. */
const COLUMNS = { reference: 1, dial_token: 1, masked_phone: 1, numeric_token: 1 };

/** A field that leaves, in whatever form, must be defined and not of class C3. */
function checkField(document: PolicyDocument, field: string, path: Path, report: Report): void {
  const fields = document.fields ?? {};
  if (!Object.hasOwn(fields, field)) {
    const near = closest(field, Object.keys(fields));
    const suggestion = near === undefined ? 'Define it under `fields:`.' : `Did you mean \`${near}\`?`;
    report({ severity: 'error', code: 'ERR_POLICY_UNKNOWN_NAME', message: 'No such field is defined.', suggestion }, path);
  } else if (fields[field]!.class === 'C3') {
    const suggestion = 'Take it out, or class it C2 if it identifies a person but does not authenticate one.';
    report(
      { severity: 'error', code: 'ERR_POLICY_CLASS', message: 'This field is of class C3, which never leaves in any form.', suggestion },
      path,
    );
  }
}

function checkPurpose(document: PolicyDocument, name: string, purpose: PurposeText, report: Report): void {
  const at = (...path: (string | number)[]): Path => ['purposes', name, ...path];
  checkRelease(document, purpose.release, at('release'), report);
  if (purpose.recipients !== undefined && !Array.isArray(purpose.recipients))
    for (const [vendor, release] of Object.entries(purpose.recipients as Record<string, ReleaseText>))
      checkRelease(document, release, at('recipients', vendor), report);
  checkWindows(document, purpose, at, report);
}

function checkRelease(document: PolicyDocument, release: ReleaseText | undefined, path: Path, report: Report): void {
  const defined = (names: readonly string[] | undefined, member: 'bands' | 'answers', table: object | undefined, what: string) =>
    names?.forEach((name, index) => {
      if (Object.hasOwn(table ?? {}, name)) return;
      const near = closest(name, Object.keys(table ?? {}));
      error(report, 'ERR_POLICY_UNKNOWN_NAME')(
        [...path, member, index],
        `No such ${what} is defined.`,
        near === undefined ? `Define it under \`${what}s:\`.` : `Did you mean \`${near}\`?`,
      );
    });
  defined(release?.bands, 'bands', document.bands, 'band');
  defined(release?.answers, 'answers', document.questions, 'question');
  const asked = new Set<string>();
  release?.answers?.forEach((name, index) => {
    const field = document.questions?.[name]?.field;
    if (field === undefined) return;
    // Two thresholds on one attribute bracket its value.
    if (asked.has(field))
      error(report, 'ERR_POLICY_VALUE')(
        [...path, 'answers', index],
        'Two questions of one purpose ask about one field.',
        'Keep one threshold for each field.',
      );
    asked.add(field);
  });
  const leaving = [
    [release?.handover?.fields, 'handover', 'fields'],
    [release?.lookup?.fields, 'lookup', 'fields'],
    [release?.lookup?.endings, 'lookup', 'endings'],
  ] as const;
  for (const [fields, ...member] of leaving)
    for (const [index, field] of (fields ?? []).entries()) checkField(document, field, [...path, ...member, index], report);
}

function checkWindows(document: PolicyDocument, purpose: PurposeText, at: (...path: (string | number)[]) => Path, report: Report): void {
  const windows = many(purpose.window);
  const listed = Array.isArray(purpose.window);
  windows.forEach((window, index) => {
    const path = (member: string): Path => at('window', ...(listed ? [index] : []), member);
    const problem = error(report, 'ERR_POLICY_WINDOW');
    if (minutesOf(window.from) === minutesOf(window.to))
      problem(path('to'), 'The window begins and ends at the same time.', 'For a whole day write from "00:00" to "24:00".');
    if (window.from === '24:00') problem(path('from'), 'No window begins at the end of the day.', 'Write "00:00" and the next day.');
    if (window.days === 'workdays' && window.calendar === undefined)
      problem(path('days'), '`workdays` needs a calendar.', 'Add `calendar:` with a name from `calendars:`.');
    if (window.calendar !== undefined && !Object.hasOwn(document.calendars ?? {}, window.calendar)) {
      const near = closest(window.calendar, Object.keys(document.calendars ?? {}));
      const suggestion = near === undefined ? 'Define it under `calendars:`.' : `Did you mean \`${near}\`?`;
      error(report, 'ERR_POLICY_UNKNOWN_NAME')(path('calendar'), 'No such calendar is defined.', suggestion);
    }
    if ((window.zone ?? 'campaign') !== (windows[0]!.zone ?? 'campaign'))
      problem(path('zone'), 'Windows of one list are on different clocks.', 'Put all on the campaign’s clock, or all on the customer’s.');
  });
}

/** Whether the windows of a chain of statements are ever open together, holidays left aside. */
export function everOpen(statements: readonly { readonly windows: readonly Window[] }[]): boolean {
  const weeks = statements.map(({ windows }) => weekMinutes(windows, WORKDAYS_AT_MOST));
  if (weeks.length === 0) return true;
  return weeks[0]!.some((_, minute) => weeks.every((week) => week[minute] === 1));
}

function isRealDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}
