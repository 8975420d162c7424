/**
 * Local time of an instant in a time zone, from `Intl` (the platform's own tz data). One formatter a zone, and one reading a zone and
 * minute: a decision costs a table look-up, not a formatting.
 * Readings are exact from 1972 on, when the last zone with an offset in seconds gave it up.
 * @module
 */

/** A local calendar day, `YYYY-MM-DD`: sorts as text. */
export type LocalDay = string;

export interface LocalTime {
  readonly day: LocalDay;
  /** Minutes after 00:00 on the wall clock, 0 to 1439. */
  readonly minute: number;
  /** 0 for Monday to 6 for Sunday. */
  readonly weekday: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  time: LocalTime;
  midnight: { readonly day: LocalDay; readonly at: number } | undefined;
}

const zones = new Map<string, Zone | undefined>();
/** Names come from policies and campaigns, both the bank's own; the bound only keeps a mistake from growing. */
const MOST_ZONES = 2_000;

/** Whether the platform knows this IANA time zone. Fixed offsets such as `+08:00` are refused: they have no daylight saving to be right about. */
export function isTimeZone(name: unknown): name is string {
  return typeof name === 'string' && zoneOf(name) !== undefined;
}

/**
 * The wall clock in a zone.
 *
 * @param now - milliseconds since the epoch
 * @throws RangeError when the zone is unknown or `now` is no date: callers that must not throw ask {@link isTimeZone} first
 */
export function localTime(timeZone: string, now: number): LocalTime {
  const zone = zoneOf(timeZone);
  if (zone === undefined) throw new RangeError('unknown time zone');
  const minute = Math.floor(now / MINUTE);
  if (zone.minute !== minute) {
    zone.time = read(zone.format, minute * MINUTE);
    zone.minute = minute;
  }
  return zone.time;
}

/** The local calendar day, `YYYY-MM-DD`. */
export function localDay(timeZone: string, now: number): LocalDay {
  return localTime(timeZone, now).day;
}

/**
 * The first instant of the next local day: usually 00:00, later where clocks skip midnight.
 *
 * @returns milliseconds since the epoch, always after `now`
 */
export function nextLocalMidnight(timeZone: string, now: number): number {
  const zone = zoneOf(timeZone);
  if (zone === undefined) throw new RangeError('unknown time zone');
  const { day } = localTime(timeZone, now);
  if (zone.midnight?.day === day && zone.midnight.at > now) return zone.midnight.at;
  // A local day lasts less than 49 hours everywhere (the longest was Kwajalein's and Manila's repeated one), so the change of day lies between.
  let before = Math.floor(now / MINUTE);
  let after = before + 49 * 60;
  while (after - before > 1) {
    const middle = (before + after) >>> 1;
    if (read(zone.format, middle * MINUTE).day > day) after = middle;
    else before = middle;
  }
  zone.midnight = { day, at: after * MINUTE };
  return after * MINUTE;
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(day: LocalDay): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The calendar day before. */
export function previousDay(day: LocalDay): LocalDay {
  return shiftDay(day, -1);
}

export function shiftDay(day: LocalDay, days: number): LocalDay {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

function zoneOf(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  const zone = open(name);
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

function open(name: string): Zone | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23', // without it midnight prints as 24
    });
    return { format, minute: Number.NaN, time: { day: '', minute: 0, weekday: 0 }, midnight: undefined };
  } catch {
    return undefined;
  }
}

function read(format: Intl.DateTimeFormat, at: number): LocalTime {
  const part = { year: '', month: '', day: '', hour: '', minute: '' };
  for (const { type, value } of format.formatToParts(at)) if (type in part) part[type as keyof typeof part] = value;
  const day = `${part.year.padStart(4, '0')}-${part.month}-${part.day}`;
  return Object.freeze({ day, minute: Number(part.hour) * 60 + Number(part.minute), weekday: weekdayOf(day) });
}
