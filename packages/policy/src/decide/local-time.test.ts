import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimeZone, localDay, localTime, nextLocalMidnight, previousDay, weekdayOf } from './local-time.js';
import { DAYS, type Day, minutesOf, type Window, weekMinutes, windowOpen } from './window.js';

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** A second reading of the clock: the platform's own text, one formatter a call path of its own. */
const texts = new Map<string, Intl.DateTimeFormat>();
function read(zone: string, at: number): { day: string; minute: number; weekday: Day } {
  let format = texts.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    texts.set(zone, format);
  }
  const [day = '', clock = ''] = format.format(at).split(' ');
  return { day, minute: Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5)), weekday: dayName(day) };
}

const NAMES: readonly Day[] = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'];
const dayName = (day: string): Day => NAMES[new Date(`${day}T12:00:00Z`).getUTCDay()]!;
const dayBefore = (day: string): string => new Date(Date.parse(`${day}T12:00:00Z`) - 24 * HOUR).toISOString().slice(0, 10);

/** The hours of 2026 at whose end a zone's clock has moved by other than an hour. */
function changes(zone: string): number[] {
  const offset = (at: number) => {
    const { day, minute } = read(zone, at);
    return Date.parse(`${day}T00:00:00Z`) + minute * 60_000 - at;
  };
  const found: number[] = [];
  // Changes are found by halving between days: a zone has two a year at most, and they are weeks apart.
  for (let at = START; at < START + 365 * 24 * HOUR; at += 24 * HOUR) {
    if (offset(at) === offset(at + 24 * HOUR)) continue;
    let [low, high] = [at, at + 24 * HOUR];
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

const zoneChanges = ZONES.map((zone) => [zone, changes(zone)] as const);

/** What the window says, worked out from the second reading. */
function expected({ days, from, to }: Window, zone: string, at: number): boolean {
  const { day, minute, weekday } = read(zone, at);
  const [open, close] = [minutesOf(from)!, minutesOf(to)!];
  if (open < close) return days.includes(weekday) && minute >= open && minute < close;
  return (days.includes(weekday) && minute >= open) || (days.includes(dayName(dayBefore(day))) && minute < close);
}

describe('local time', () => {
  it('agrees with the platform’s text around every change of clocks in every time zone', () => {
    let seen = 0;
    for (const [zone, instants] of zoneChanges)
      for (const change of instants)
        for (const offset of [-61, -60, -1, 0, 1, 59, 60, 61, 119, 121]) {
          const at = change + offset * 60_000 + 1234;
          const { day, minute } = read(zone, at);
          expect(localTime(zone, at), zone).toMatchObject({ day, minute });
          expect(DAYS[localTime(zone, at).weekday]).toBe(read(zone, at).weekday);
          seen++;
        }
    expect(seen).toBeGreaterThan(1000);
  });

  it('knows the clocks that skip and repeat an hour', () => {
    const berlin = (iso: string) => localTime('Europe/Berlin', Date.parse(iso)).minute;
    expect([berlin('2026-03-29T00:59:00Z'), berlin('2026-03-29T01:00:00Z')]).toEqual([119, 180]);
    expect([berlin('2026-10-25T00:30:00Z'), berlin('2026-10-25T01:30:00Z')]).toEqual([150, 150]);
    expect(localTime('Asia/Kathmandu', Date.parse('2026-06-01T00:00:00Z')).minute).toBe(345);
  });

  it('refuses names that are no time zone, fixed offsets among them', () => {
    for (const name of ['Mars/Olympus', '+08:00', '', 'utc+8', undefined, 8, '__proto__']) expect(isTimeZone(name)).toBe(false);
    for (const name of ['Asia/Shanghai', 'UTC', 'America/St_Johns']) expect(isTimeZone(name)).toBe(true);
  });

  it('counts weekdays from Monday and steps over months, years and leap days', () => {
    expect(DAYS[weekdayOf('2026-11-23')]).toBe('mo');
    expect(DAYS[weekdayOf('2026-11-29')]).toBe('su');
    expect([previousDay('2026-01-01'), previousDay('2028-03-01'), previousDay('2026-03-01')]).toEqual([
      '2025-12-31',
      '2028-02-29',
      '2026-02-28',
    ]);
  });
});

describe('the next local midnight', () => {
  it('is the first minute of another day, in every time zone, around changes of clocks and at random', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zoneChanges),
        fc.integer({ min: 0, max: 365 * 24 * 60 }),
        fc.integer({ min: -1500, max: 1500 }),
        fc.nat(),
        ([zone, instants], minute, near, pick) => {
          const random = START + minute * 60_000 + 999;
          const now = pick % 2 === 0 || instants.length === 0 ? random : instants[pick % instants.length]! + near * 60_000;
          const midnight = nextLocalMidnight(zone, now);
          expect(midnight).toBeGreaterThan(now);
          expect(midnight - now).toBeLessThanOrEqual(26 * HOUR);
          expect(localDay(zone, midnight) > localDay(zone, now)).toBe(true);
          expect(localDay(zone, midnight - 60_000)).toBe(localDay(zone, now));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('comes at one in the morning where clocks skip midnight', () => {
    // Egypt's clocks went from 24:00 to 01:00 on 24 April 2026.
    const midnight = nextLocalMidnight('Africa/Cairo', Date.parse('2026-04-23T12:00:00Z'));
    expect(localTime('Africa/Cairo', midnight)).toMatchObject({ day: '2026-04-24', minute: 60 });
  });
});

describe('a window', () => {
  const time = fc
    .integer({ min: 0, max: 1440 })
    .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
  const windows: fc.Arbitrary<Window> = fc
    .record({ days: fc.subarray<Day>([...DAYS], { minLength: 1 }), from: time, to: time })
    .filter(({ from, to }) => from !== to && from !== '24:00');

  it('is open by the wall clock, in every time zone, around changes of clocks and at random, across midnight too', () => {
    let crossing = 0;
    fc.assert(
      fc.property(
        windows,
        fc.constantFrom(...zoneChanges),
        fc.integer({ min: 0, max: 365 * 24 * 60 }),
        fc.integer({ min: -180, max: 180 }),
        fc.nat(),
        (window, [zone, instants], minute, near, pick) => {
          const at = pick % 2 === 0 || instants.length === 0 ? START + minute * 60_000 : instants[pick % instants.length]! + near * 60_000;
          if (window.from > window.to) crossing++;
          expect(windowOpen(window, zone, at)).toBe(expected(window, zone, at));
        },
      ),
      { numRuns: 4000 },
    );
    expect(crossing).toBeGreaterThan(500);
  });

  it('belongs to the day on which it begins when it crosses midnight', () => {
    const friday: Window = { days: ['fr'], from: '22:00', to: '02:00' };
    const at = (iso: string) => windowOpen(friday, 'Asia/Shanghai', Date.parse(`${iso}+08:00`));
    expect([
      at('2026-11-27T21:59'),
      at('2026-11-27T22:00'),
      at('2026-11-28T01:59'),
      at('2026-11-28T02:00'),
      at('2026-11-28T22:00'),
    ]).toEqual([false, true, true, false, false]);
    expect(at('2026-11-27T01:00')).toBe(false);
  });

  it('skips what the clocks skip and is open twice in what they repeat', () => {
    const night: Window = { days: [...DAYS], from: '02:00', to: '03:00' };
    const open = (from: string, to: string) => {
      let minutes = 0;
      for (let at = Date.parse(from); at < Date.parse(to); at += 60_000) if (windowOpen(night, 'Europe/Berlin', at)) minutes++;
      return minutes;
    };
    expect(open('2026-03-28T22:00Z', '2026-03-29T22:00Z')).toBe(0);
    expect(open('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toBe(120);
    expect(open('2026-06-01T22:00Z', '2026-06-02T22:00Z')).toBe(60);
  });

  it('is never open when it cannot be read', () => {
    const now = Date.parse('2026-11-25T10:00:00+08:00');
    for (const broken of [{ from: '9:00' }, { to: '25:00' }, { from: '12:00', to: '12:00' }, { days: 'workdays' }, { calendar: 'none' }])
      expect(windowOpen({ days: [...DAYS], from: '00:00', to: '24:00', ...broken } as Window, 'Asia/Shanghai', now)).toBe(false);
    expect(windowOpen({ days: [...DAYS], from: '00:00', to: '24:00' }, 'Nowhere', now)).toBe(false);
    expect(windowOpen({ days: [...DAYS], from: '00:00', to: '24:00' }, 'Asia/Shanghai', Number.NaN)).toBe(false);
  });

  it('covers the same minutes of a week as asked minute by minute', () => {
    const monday = Date.parse('2026-11-23T00:00:00Z');
    fc.assert(
      fc.property(fc.array(windows, { minLength: 1, maxLength: 3 }), (list) => {
        const week = weekMinutes(list, DAYS);
        for (let minute = 0; minute < week.length; minute += 7)
          expect(week[minute] === 1).toBe(list.some((window) => windowOpen(window, 'UTC', monday + minute * 60_000)));
      }),
      { numRuns: 30 },
    );
  });
});
