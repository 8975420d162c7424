/**
 * Numbers that are plainly something else: dates, times, IP addresses, amounts. Their groups are claimed, so that no number
 * is put together from parts of them, and a run of digits that is an amount is not taken for a phone or an account.
 * @module
 */
import type { Numbers } from './numbers.js';

const UNITS_AFTER =
  /^[ \u00a0]?(?:[元圆块万亿兆%％‰]|人民币|美元|港元|港币|日元|欧元|英镑|澳元|rmb\b|cny\b|usd\b|hkd\b|eur\b|jpy\b|yuan\b|dollars?\b)/i;
const UNITS_BEFORE = /(?:[¥￥$€£＄￡]|rmb|cny|usd|hkd|hk\$|us\$|eur|人民币)[ \u00a0]?$/i;
/** A number and a point before digits are a list's number up to here; beyond it they are decimals. */
const LONGEST_LIST = 30;
/** How far units are looked for. */
const UNIT_CHARACTERS = 12;
/** Signs, as character codes, that stand between the parts of such numbers. */
const POINT = 0x2e;
const isDateSign = (code: number): boolean => code === 0x2d || code === 0x2f || code === POINT;
const YEAR = 0x5e74; // 年
const MONTH = 0x6708; // 月
const isTimeSign = (code: number): boolean => code === 0x3a || code === 0xff1a || code === 0x70b9 || code === 0x65f6; // : ： 点 时
const MINUTE = 0x5206; // 分
/** Comma, full-width comma, no-break and thin spaces, apostrophes. */
const isThousandsSign = (code: number): boolean =>
  code === 0x2c || code === 0xff0c || code === 0xa0 || code === 0x2009 || code === 0x202f || code === 0x27 || code === 0x2019;

/** Claims the groups of dates, times, IP addresses and amounts. One pass. */
export function claimBenign(numbers: Numbers): void {
  for (let g = 0; g < numbers.groupCount; g++) {
    const size = sizeOfBenign(numbers, g);
    for (let i = 0; i < size; i++) numbers.claimed[g + i] = 1;
    if (size > 0) g += size - 1;
  }
  numbers.work.steps += numbers.groupCount * 4;
}

/** How many groups from `g` on are one date, time, address or amount. */
function sizeOfBenign(numbers: Numbers, g: number): number {
  const length = numbers.length(g);
  if (length === 8) return isCompactDate(numbers.amount(g)) ? 1 : 0;
  if (length > 4) return 0;
  const sign = signBefore(numbers, g + 1);
  if (sign === 0) return 0;
  if (sign === YEAR || sign === MONTH || isDateSign(sign)) {
    const date = dateAt(numbers, g, sign);
    return date > 0 || sign !== POINT ? date : addressAt(numbers, g);
  }
  if (isTimeSign(sign)) return timeAt(numbers, g, sign);
  return isThousandsSign(sign) ? thousandsAt(numbers, g, sign) : 0;
}

/** `20261123`. */
function isCompactDate(amount: number): boolean {
  const year = Math.floor(amount / 10_000);
  const month = Math.floor(amount / 100) % 100;
  const day = amount % 100;
  return year >= 1900 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/**
 * Whether groups `g` to `last` are an amount or a fraction: a currency or unit touches them, or a decimal point with one or two digits follows,
 * or they are the decimals of a coordinate.
 */
export function isAmount(numbers: Numbers, g: number, last: number): boolean {
  const { text } = numbers;
  const start = numbers.start(g);
  const end = numbers.end(last);
  if (UNITS_AFTER.test(text.slice(end, end + UNIT_CHARACTERS))) return true;
  if (UNITS_BEFORE.test(text.slice(Math.max(0, start - UNIT_CHARACTERS), start))) return true;
  if (isPoint(numbers, last + 1) && numbers.length(last + 1) <= 2 && !isPoint(numbers, last + 2)) return true;
  if (!isPoint(numbers, g)) return false;
  const whole = numbers.amount(g - 1);
  return numbers.length(g - 1) > 2 || whole === 0 || whole > LONGEST_LIST;
}

/** The decimals of a number: a point and, before it, digits that are not a list's `1.`. */
export function areDecimals(numbers: Numbers, g: number): boolean {
  return isPoint(numbers, g);
}

/** Group `g` follows its neighbour after nothing but a decimal point. */
function isPoint(numbers: Numbers, g: number): boolean {
  return signBefore(numbers, g) === POINT;
}

/** The one sign between group `g` and the group before it, or 0 when there is another gap or none. */
function signBefore(numbers: Numbers, g: number): number {
  return g >= 1 && g < numbers.groupCount ? (numbers.sign[g] as number) : 0;
}

/** Group `g` is a number from `least` to `most` of at most two digits. */
function isPart(numbers: Numbers, g: number, least: number, most: number): boolean {
  if (g >= numbers.groupCount || numbers.length(g) > 2) return false;
  const amount = numbers.amount(g);
  return amount >= least && amount <= most;
}

function isYear(numbers: Numbers, g: number): boolean {
  return numbers.length(g) === 4 && numbers.amount(g) >= 1900 && numbers.amount(g) <= 2099;
}

/** `2026-11-23`, `2026年11月23日`, `23/11/2026`. */
function dateAt(numbers: Numbers, g: number, sign: number): number {
  if (sign === MONTH) return isPart(numbers, g, 1, 12) && isPart(numbers, g + 1, 1, 31) ? 2 : 0;
  const next = signBefore(numbers, g + 2);
  if (sign === YEAR) return isPart(numbers, g + 1, 1, 12) ? (next === MONTH && isPart(numbers, g + 2, 1, 31) ? 3 : 2) : 0;
  if (next !== sign) return 0;
  if (isYear(numbers, g) && isPart(numbers, g + 1, 1, 12) && isPart(numbers, g + 2, 1, 31)) return 3;
  const isDayFirst = isPart(numbers, g, 1, 31) && isPart(numbers, g + 1, 1, 31) && Math.min(numbers.amount(g), numbers.amount(g + 1)) <= 12;
  return isDayFirst && isYear(numbers, g + 2) ? 3 : 0;
}

/** `10:30`, `10:30:59`, `9点30`. */
function timeAt(numbers: Numbers, g: number, sign: number): number {
  if (!isPart(numbers, g, 0, 24) || !isPart(numbers, g + 1, 0, 59) || numbers.length(g + 1) !== 2) return 0;
  const next = signBefore(numbers, g + 2);
  return (next === sign || next === MINUTE) && isPart(numbers, g + 2, 0, 60) && numbers.length(g + 2) === 2 ? 3 : 2;
}

/** `192.168.0.1`: four parts, no leading zeros. */
function addressAt(numbers: Numbers, g: number): number {
  if (signBefore(numbers, g) === POINT || signBefore(numbers, g + 4) === POINT) return 0;
  for (let i = g; i < g + 4; i++) {
    if (i >= numbers.groupCount || (i > g && signBefore(numbers, i) !== POINT)) return 0;
    const length = numbers.length(i);
    if (length > 3 || numbers.amount(i) > 255 || (length > 1 && numbers.value[numbers.first[i] as number] === 0)) return 0;
  }
  return 4;
}

/** `13,800,138,000.00`: one to three digits, then threes. */
function thousandsAt(numbers: Numbers, g: number, sign: number): number {
  if (numbers.length(g) > 3 || numbers.value[numbers.first[g] as number] === 0) return 0;
  let size = 1;
  while (signBefore(numbers, g + size) === sign && numbers.length(g + size) === 3) size += 1;
  if (size === 1 || signBefore(numbers, g + size) === sign) return 0;
  return isPoint(numbers, g + size) ? size + 1 : size;
}
