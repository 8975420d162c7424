import { describe, expect, it } from 'vitest';
import { dayKind } from '../decide/calendar.js';
import { type Window, windowOpen } from '../decide/window.js';
import { buildCalendar, mainlandCalendar } from './calendars.js';

const calendar = buildCalendar('mainland', { library: 'chinese-days' });
const kind = (day: string, of = calendar) => dayKind(of, day);

describe('the mainland’s calendar', () => {
  it('knows holidays and make-up working days', () => {
    // From the State Council's announcements for 2025 and 2026.
    const holidays = [
      '2025-01-01',
      '2025-01-28',
      '2025-02-04',
      '2025-10-08',
      '2026-01-01',
      '2026-02-15',
      '2026-02-23',
      '2026-05-05',
      '2026-10-01',
      '2026-10-07',
    ];
    const makeUps = [
      '2025-01-26',
      '2025-02-08',
      '2025-04-27',
      '2025-09-28',
      '2025-10-11',
      '2026-01-04',
      '2026-02-14',
      '2026-02-28',
      '2026-10-10',
    ];
    for (const day of holidays) expect(kind(day), day).toEqual({ known: true, work: false, holiday: true });
    for (const day of makeUps) expect(kind(day), day).toEqual({ known: true, work: true, holiday: false });
    expect(kind('2026-11-25')).toEqual({ known: true, work: true, holiday: false });
    expect(kind('2026-11-28')).toEqual({ known: true, work: false, holiday: false });
  });

  it('says of a year not yet announced that it does not know it, and keeps the feasts fixed by law', () => {
    const next = mainlandCalendar().lastYear + 1;
    expect(kind(`${next}-01-01`)).toEqual({ known: false, work: false, holiday: true });
    expect(kind(`${next}-10-03`).holiday).toBe(true);
    expect(kind(`${next}-07-15`).known).toBe(false);
  });

  it('works out the feasts that follow the moon and the sun', () => {
    // 2027: Spring Festival 6 February, Qingming 5 April, Dragon Boat 9 June, Mid-Autumn 15 September.
    const feasts = ['2027-02-05', '2027-02-06', '2027-02-07', '2027-02-08', '2027-04-05', '2027-06-09', '2027-09-15'];
    const { statutory } = mainlandCalendar();
    if (mainlandCalendar().lastYear < 2027) for (const day of feasts) expect(statutory[day], day).toBe(true);
    // 2030: 3 February, 5 April, 5 June, 12 September.
    for (const day of ['2030-02-02', '2030-02-03', '2030-04-05', '2030-06-05', '2030-09-12']) expect(statutory[day], day).toBe(true);
    for (let year = mainlandCalendar().lastYear + 1; year < 2036; year++)
      expect(Object.keys(statutory).filter((day) => day.startsWith(String(year))).length, String(year)).toBeGreaterThanOrEqual(12);
  });

  it('closes an unknown year where the policy says so', () => {
    const closed = buildCalendar('c', { library: 'chinese-days', unknown_year: 'closed' });
    const next = `${mainlandCalendar().lastYear + 1}-07-15`;
    expect(kind(next, closed)).toEqual({ known: false, work: false, holiday: true });
  });

  it('yields to the operator’s own lists', () => {
    const own = buildCalendar('c', { library: 'chinese-days', closed: ['2026-11-25', '2027-01-01'], open: ['2026-10-01'] });
    expect(kind('2026-11-25', own)).toEqual({ known: true, work: false, holiday: true });
    expect(kind('2026-10-01', own)).toEqual({ known: true, work: true, holiday: false });
    expect(kind('2027-01-01', own)).toEqual({ known: true, work: false, holiday: true });
  });
});

describe('a calendar of lists', () => {
  const own = buildCalendar('c', { closed: ['2026-12-25'], open: ['2026-12-26'], years: [2026] });

  it('knows the years it names and no others', () => {
    expect(kind('2026-12-25', own).holiday).toBe(true);
    expect(kind('2026-12-26', own)).toEqual({ known: true, work: true, holiday: false });
    expect(kind('2027-03-01', own)).toEqual({ known: false, work: false, holiday: true });
    expect(kind('2027-03-01', buildCalendar('c', { years: [2026], unknown_year: 'weekdays' }))).toEqual({
      known: false,
      work: true,
      holiday: false,
    });
  });

  it('opens and closes windows', () => {
    const workdays: Window = { days: 'workdays', from: '09:00', to: '18:00', calendar: 'c' };
    const week: Window = { ...workdays, days: ['mo', 'tu', 'we', 'th', 'fr'] };
    const at = (window: Window, day: string) => windowOpen(window, 'Asia/Shanghai', Date.parse(`${day}T10:00:00+08:00`), own);
    // Friday 25 is a holiday, Saturday 26 is worked instead, Thursday 24 is an ordinary day.
    expect(['2026-12-24', '2026-12-25', '2026-12-26', '2026-12-27'].map((day) => at(workdays, day))).toEqual([true, false, true, false]);
    expect(['2026-12-24', '2026-12-25', '2026-12-26', '2026-12-27'].map((day) => at(week, day))).toEqual([true, false, false, false]);
  });

  it('belongs, across midnight, to the day on which the window begins', () => {
    const night: Window = { days: 'workdays', from: '22:00', to: '02:00', calendar: 'c' };
    const at = (iso: string) => windowOpen(night, 'Asia/Shanghai', Date.parse(`${iso}+08:00`), own);
    expect([
      at('2026-12-25T01:00'),
      at('2026-12-25T23:00'),
      at('2026-12-26T01:00'),
      at('2026-12-26T23:00'),
      at('2026-12-27T01:00'),
    ]).toEqual([true, false, false, true, true]);
  });
});
