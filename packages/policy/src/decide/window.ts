/**
 * Calling windows: which local days and hours are open. Judged by the wall clock of a time zone, so that daylight saving is right by
 * construction: an hour that the clocks skip is never open, an hour that they repeat is open twice.
 * A window whose `from` lies after its `to` crosses midnight and belongs to the day on which it begins.
 * @module
 */
import { type Calendar, dayKind } from './calendar.js';
import { isTimeZone, type LocalDay, localTime, previousDay } from './local-time.js';

export const DAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;
export type Day = (typeof DAYS)[number];

/** Local days and hours. `from` and `to` are `HH:MM`, `24:00` being the day's end; `to` itself is outside. */
export interface Window {
  /** Weekdays, or `workdays`: what the calendar calls a workday, make-up Saturdays included. */
  readonly days: readonly Day[] | 'workdays';
  readonly from: string;
  readonly to: string;
  /** Whose clock: the campaign's (by default) or the customer's. */
  readonly zone?: 'campaign' | 'customer';
  /** The name of a calendar of the policy: its holidays are closed. */
  readonly calendar?: string;
}

/** What a window says of one instant; the latter two rest on a year that the calendar does not know. */
export type WindowState = 'open' | 'closed' | 'open-unknown-year' | 'closed-unknown-year';

const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** Minutes after local midnight of `HH:MM` (0 to 1440), or `undefined` when the text is no such time. */
export function minutesOf(text: unknown): number | undefined {
  if (typeof text !== 'string' || !TIME.test(text)) return undefined;
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/**
 * Whether a window is open.
 *
 * @param timeZone - IANA name; an unknown one is never open
 * @param now - milliseconds since the epoch
 * @param calendar - required by `days: workdays`; without it such a window is never open
 */
export function windowOpen(window: Window, timeZone: string, now: number, calendar?: Calendar): boolean {
  return isOpen(windowState(window, timeZone, now, calendar));
}

export function isOpen(state: WindowState): boolean {
  return state === 'open' || state === 'open-unknown-year';
}

/** As {@link windowOpen}, and says when the answer rests on a year that the calendar does not know. */
export function windowState(window: Window, timeZone: string, now: number, calendar?: Calendar): WindowState {
  const from = minutesOf(window.from);
  const to = minutesOf(window.to);
  if (from === undefined || to === undefined || from === to || !Number.isFinite(now) || !isTimeZone(timeZone)) return 'closed';
  const local = localTime(timeZone, now);
  if (from < to) return local.minute >= from && local.minute < to ? dayState(window, local.day, local.weekday, calendar) : 'closed';
  if (local.minute >= from) return dayState(window, local.day, local.weekday, calendar);
  return local.minute < to ? dayState(window, previousDay(local.day), (local.weekday + 6) % 7, calendar) : 'closed';
}

function dayState(window: Window, day: LocalDay, weekday: number, calendar: Calendar | undefined): WindowState {
  if (window.days !== 'workdays' && !window.days.includes(DAYS[weekday]!)) return 'closed';
  if (calendar === undefined) return window.days === 'workdays' || window.calendar !== undefined ? 'closed' : 'open';
  const kind = dayKind(calendar, day);
  if (kind.known) return (window.days === 'workdays' ? kind.work : !kind.holiday) ? 'open' : 'closed';
  const open = !kind.holiday && (window.days !== 'workdays' || kind.work);
  return open ? 'open-unknown-year' : 'closed-unknown-year';
}

/** Days on which `workdays` can fall: any, because a make-up day may; and those on which it falls without one. */
export const WORKDAYS_AT_MOST: readonly Day[] = DAYS;
export const WORKDAYS_USUALLY: readonly Day[] = DAYS.slice(0, 5);

/**
 * The minutes of a week in which one of several windows is open, holidays left aside: what "wider" is judged by.
 *
 * @param workdays - the days that `workdays` stands for
 * @returns 10,080 flags from Monday 00:00
 */
export function weekMinutes(windows: readonly Window[], workdays: readonly Day[]): Uint8Array {
  const week = new Uint8Array(7 * 1440);
  for (const window of windows) {
    const from = minutesOf(window.from);
    const to = minutesOf(window.to);
    if (from === undefined || to === undefined || from === to) continue;
    const length = from < to ? to - from : 1440 - from + to;
    const days = window.days === 'workdays' ? workdays : window.days;
    DAYS.forEach((day, index) => {
      if (!days.includes(day)) return;
      for (let minute = 0; minute < length; minute++) week[(index * 1440 + from + minute) % week.length] = 1;
    });
  }
  return week;
}
