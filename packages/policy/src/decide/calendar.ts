/**
 * Holiday calendars: which local days are worked, make-up weekends included. A calendar knows some years and no others; a day of a year
 * that it does not know is said to be so, and never passed off as an ordinary workday.
 * @module
 */
import type { LocalDay } from './local-time.js';
import { weekdayOf } from './local-time.js';

/**
 * What holds in a year that the calendar does not know: `closed` (no day is open), `statutory` (weekends and the feasts fixed by law are
 * closed, every other day is open with a warning) or `weekdays` (Monday to Friday, with a warning).
 */
export type UnknownYear = 'closed' | 'statutory' | 'weekdays';

export interface Calendar {
  readonly name: string;
  /** First and last year of which every day is known. */
  readonly firstYear: number;
  readonly lastYear: number;
  readonly unknownYear: UnknownYear;
  /** Holidays, and days that are worked although they fall on a weekend. */
  readonly closed: Readonly<Record<LocalDay, true>>;
  readonly open: Readonly<Record<LocalDay, true>>;
  /** Feasts fixed by law in years not yet known. */
  readonly statutory: Readonly<Record<LocalDay, true>>;
}

export interface DayKind {
  readonly known: boolean;
  readonly work: boolean;
  readonly holiday: boolean;
}

/** What a calendar says of a day. In an unknown year under `closed`, every day is a holiday. */
export function dayKind(calendar: Calendar, day: LocalDay): DayKind {
  const year = Number(day.slice(0, 4));
  const weekend = weekdayOf(day) > 4;
  const isClosed = Object.hasOwn(calendar.closed, day);
  const isOpen = Object.hasOwn(calendar.open, day);
  // A dated entry is knowledge of that day whatever the year.
  if (isClosed || isOpen || (year >= calendar.firstYear && year <= calendar.lastYear))
    return { known: true, work: isOpen || (!isClosed && !weekend), holiday: isClosed };
  if (calendar.unknownYear === 'closed') return { known: false, work: false, holiday: true };
  const holiday = calendar.unknownYear === 'statutory' && Object.hasOwn(calendar.statutory, day);
  return { known: false, work: !holiday && !weekend, holiday };
}
