/**
 * Holiday calendars from a library, from dated lists, or from a library with dated lists over it (the operator's lists win).
 * The library `chinese-days` knows the mainland's holidays and make-up days of the years that the State Council has announced. Of later
 * years only the feasts fixed by law are known (Regulation on Public Holidays, as amended in 2024): New Year's Day, four days of Spring
 * Festival, Qingming, two days of May, Dragon Boat, Mid-Autumn, three days of October.
 * @module
 */
import chineseDays from 'chinese-days';
import type { Calendar, UnknownYear } from '../decide/calendar.js';
import { type LocalDay, shiftDay } from '../decide/local-time.js';
import type { CalendarText } from './document.js';

type Days = Record<LocalDay, true>;

export interface LibraryCalendar {
  readonly firstYear: number;
  readonly lastYear: number;
  readonly closed: Days;
  readonly open: Days;
  readonly statutory: Days;
}

/** Years after the last announced one of which the feasts fixed by law are worked out. */
const YEARS_AHEAD = 10;
const FIRST_YEAR = 2004;

let mainland: LibraryCalendar | undefined;

/** The mainland's calendar, as far as the installed library knows it. Read once. */
export function mainlandCalendar(): LibraryCalendar {
  mainland ??= readMainland();
  return mainland;
}

/** Builds the calendar that a policy names. Lists win over the library. */
export function buildCalendar(name: string, text: CalendarText): Calendar {
  const library = text.library === undefined ? undefined : mainlandCalendar();
  const closed: Days = { ...library?.closed };
  const open: Days = { ...library?.open };
  for (const day of text.closed ?? []) {
    closed[day] = true;
    delete open[day];
  }
  for (const day of text.open ?? []) {
    open[day] = true;
    delete closed[day];
  }
  const years = [...(text.years ?? []), ...(library === undefined ? [] : [library.firstYear, library.lastYear])];
  const unknownYear: UnknownYear = text.unknown_year ?? (library === undefined ? 'closed' : 'statutory');
  return {
    name,
    firstYear: years.length === 0 ? 0 : Math.min(...years),
    lastYear: years.length === 0 ? -1 : Math.max(...years),
    unknownYear,
    closed,
    open,
    statutory: library?.statutory ?? {},
  };
}

function readMainland(): LibraryCalendar {
  const closed: Days = {};
  const open: Days = {};
  let year = FIRST_YEAR;
  for (; isAnnounced(year); year++) {
    for (let day = `${year}-01-01`; day.startsWith(String(year)); day = shiftDay(day, 1)) {
      const { work, name } = chineseDays.getDayDetail(day);
      // An ordinary day carries its weekday's name, a day of the announcement the feast's in two languages.
      if (name.includes(',')) (work ? open : closed)[day] = true;
    }
  }
  const statutory: Days = {};
  for (let later = year; later < year + YEARS_AHEAD; later++) for (const day of feastsByLaw(later)) statutory[day] = true;
  return { firstYear: FIRST_YEAR, lastYear: year - 1, closed, open, statutory };
}

/** 1 October is a holiday of every announced year; the library gives it a weekday's name in the others. */
function isAnnounced(year: number): boolean {
  return chineseDays.getDayDetail(`${year}-10-01`).name.includes(',');
}

function feastsByLaw(year: number): LocalDay[] {
  const days = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'].map((day) => `${year}-${day}`);
  days.push(chineseDays.getSolarTermDate(year, 4, 'pure_brightness'));
  for (let day = `${year}-01-15`; day < `${year}-11-01`; day = shiftDay(day, 1)) {
    const { lunarMon, lunarDay, isLeap } = chineseDays.getLunarDate(day);
    if (isLeap) continue;
    // Spring Festival begins on the eve, which is the 29th or 30th of the twelfth month.
    if (lunarMon === 1 && lunarDay === 1) days.push(shiftDay(day, -1), day, shiftDay(day, 1), shiftDay(day, 2));
    if ((lunarMon === 5 && lunarDay === 5) || (lunarMon === 8 && lunarDay === 15)) days.push(day);
  }
  return days;
}
