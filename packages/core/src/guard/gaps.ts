/**
 * Whether groups of digits are one number that was written apart: `138-0013-8000`, `138(mine)0013 then 8000`, one digit a line.
 * Judged by the shape of the groups, by what stands between them, and by what stands around them: a row of a table is also digits and separators.
 * @module
 */
import { classTable, IGNORED, LETTER, LINE_END, SEPARATOR } from './characters.js';
import { FIELD, LOOSE, MASKED, type Numbers, TIGHT, WALL, WORDS } from './numbers.js';

/** Lengths of the groups in which people write a kind of number, each shape packed into one figure. */
export type Shapes = ReadonlySet<number>;

const PACKING = 32;
/** Six groups fit a small integer; no shape has more. */
const MOST_PACKED = 6;

/** @param written - shapes as `3-4-4 3-8` */
export function shapes(written: string): Shapes {
  return new Set(written.split(/\s+/).map((shape) => shape.split('-').reduce((packed, length) => packed * PACKING + Number(length), 0)));
}

/** In more groups than this a number is written digit by digit, or it is several numbers. */
const MOST_GROUPS = 7;
/** The bit of `ends` that stands for more digits than any number has. */
const BEYOND = 31;
const LONGEST_PART = 5;
const LONGEST_GLUE = 2;

/**
 * What people put between the parts of a number when they read it out or hide it. Whole words; Chinese ones also as pieces.
 */
const CONNECTIVES = new Set(
  'then and next dash hyphen minus space dot point slash plus comma followed by after that again is it the last first middle four three digits ext blank gap star underscore no number part rest'.split(
    ' ',
  ),
);
const CHINESE_CONNECTIVES = '然后接着再是后面前面中间三四位加减杠横空格点逗号的和跟就还有最尾号段部分数字开头结为星下划线隔';
const CHINESE_CODES = new Set(Array.from(CHINESE_CONNECTIVES, (character) => character.charCodeAt(0)));
/** First two letters of the connecting words: nearly all other words end here. */
const CONNECTIVE_BEGINNINGS = new Set(Array.from(CONNECTIVES, (word) => beginning(word.charCodeAt(0), word.charCodeAt(1))));

function beginning(first: number, second: number): number {
  return ((first | 0x20) << 8) | (second | 0x20);
}

const REMARK_OPENINGS = '([{<（【「《〔';
const REMARK_ENDINGS = ')]}>）】」》〕';

/**
 * Walls off groups that only words of a sentence join. What stays may stand inside a number: connecting words, a remark in brackets,
 * a character or two, or the same text as in the next or the last gap. One pass.
 */
export function raiseWalls(numbers: Numbers): void {
  for (let g = 1; g < numbers.groupCount; g++) {
    if (numbers.level[g] !== WORDS) continue;
    const signature = numbers.signature[g];
    const length = numbers.start(g) - numbers.end(g - 1);
    numbers.work.steps += length;
    if (length <= LONGEST_GLUE || signature === numbers.signature[g - 1] || signature === numbers.signature[g + 1]) continue;
    if (!connects(numbers, g)) numbers.level[g] = WALL;
  }
}

/** Fills in where numbers may end. After walls are raised and dates are claimed. One pass. */
export function markEnds(numbers: Numbers): void {
  const { first, level, claimed, ends, freeEnds } = numbers;
  let all = 0;
  let free = 0;
  for (let g = numbers.groupCount - 1; g >= 0; g--) {
    const length = (first[g + 1] as number) - (first[g] as number);
    const isWalled = (level[g + 1] as number) >= WALL;
    all = endsBefore(length, isWalled ? 0 : all);
    free = claimed[g] === 1 ? 0 : endsBefore(length, isWalled ? 0 : free);
    ends[g] = all;
    freeEnds[g] = free;
  }
  numbers.work.steps += numbers.groupCount;
}

/** @param next - ends as seen from the next group, `length` digits on */
function endsBefore(length: number, next: number): number {
  if (length >= BEYOND) return 1 << BEYOND;
  return (1 << length) | (next << length) | (next >>> (BEYOND - length) === 0 ? 0 : 1 << BEYOND);
}

/** Whether a group ends `digits` digits after the beginning of group `g`, and no wall stands between. */
export function endsAfter(numbers: Numbers, g: number, digits: number): boolean {
  return (((numbers.ends[g] as number) >>> digits) & 1) === 1;
}

/**
 * Finds where a number of `wanted` digits that begins with group `g` ends.
 *
 * @param wanted - at most 30
 * @returns the last group, or -1 when no group ends there
 */
export function lastGroupOf(numbers: Numbers, g: number, wanted: number): number {
  if (!endsAfter(numbers, g, wanted)) return -1;
  const { first } = numbers;
  const end = (first[g] as number) + wanted;
  let last = g;
  while ((first[last + 1] as number) < end) last += 1;
  numbers.work.steps += last - g + 1;
  return last;
}

/** What lies inside a run of groups. One object, filled anew for each run: this is the guard's busiest place. */
const span = { level: 0, isUniform: true, isSingles: true, isShort: true, isGlued: true, isClaimed: false, shape: 0 };

function measure(numbers: Numbers, g: number, last: number, skipped: number): void {
  const signature = numbers.signature[g + 1] as number;
  let level = 0;
  let shape = 0;
  span.isUniform = true;
  span.isSingles = true;
  span.isShort = true;
  span.isGlued = true;
  span.isClaimed = false;
  for (let i = g; i <= last; i++) {
    const all = numbers.length(i);
    const length = i === g ? all - skipped : all;
    if (numbers.claimed[i] === 1) span.isClaimed = true;
    if (length > 1 && numbers.fromLetters[i] !== all) span.isSingles = false;
    if (length > LONGEST_PART) span.isShort = false;
    if (length > 0) shape = (Math.imul(shape, PACKING) + length) | 0;
    if (i === g) continue;
    if ((numbers.level[i] as number) > level) level = numbers.level[i] as number;
    if (numbers.signature[i] !== signature) span.isUniform = false;
    if (numbers.start(i) - numbers.end(i - 1) > LONGEST_GLUE) span.isGlued = false;
  }
  span.level = level;
  span.shape = last - g < MOST_PACKED ? shape : 0;
  numbers.work.steps += last - g + 1;
}

/**
 * Whether groups `g` to `last` read as one number.
 *
 * @param skipped - digits at the beginning of group `g` that are a prefix, not part of the shape
 */
export function isOneNumber(numbers: Numbers, g: number, last: number, usual: Shapes, skipped = 0): boolean {
  if (g === last) return true;
  measure(numbers, g, last, skipped);
  return !span.isClaimed && isPlausible(numbers, g, last, usual);
}

/**
 * As `isOneNumber`, for numbers that prove themselves by a check character: a date may be part of them, and equal separators are enough.
 */
export function isProvenNumber(numbers: Numbers, g: number, last: number, usual: Shapes): boolean {
  if (g === last) return true;
  measure(numbers, g, last, 0);
  const isEven = span.level <= LOOSE && span.isUniform && !span.isClaimed;
  const mayBeRow = span.isSingles || isListSign(numbers, g + 1);
  return (isEven && (!mayBeRow || isIsolated(numbers, g, last))) || isPlausible(numbers, g, last, usual);
}

function isPlausible(numbers: Numbers, g: number, last: number, usual: Shapes): boolean {
  const { level, isUniform, isSingles, isGlued } = span;
  const isUsual = usual.has(span.shape);
  // Cut as nobody cuts it, but evenly: at least three short parts.
  const isFew = isUniform && span.isShort && last - g >= 2 && last - g < MOST_GROUPS && !isListSign(numbers, g + 1);
  switch (level) {
    case TIGHT:
      if (isUsual && !hasListSign(numbers, g, last)) return true;
      return ((isUsual && isUniform) || isSingles || isFew) && isIsolated(numbers, g, last);
    case LOOSE:
      return isUsual || ((isFew || (isUniform && isSingles)) && isIsolated(numbers, g, last));
    case WORDS:
      if (!isUsual && !(isSingles && isIsolated(numbers, g, last))) return false;
      return (
        (isUniform && isRepeated(numbers, g, last) && !isQuantity(numbers, g)) || (isGlued && isSingles) || areConnectives(numbers, g, last)
      );
    case MASKED:
      return isUniform && isUsual;
    case FIELD:
      return isUsual || last === g + 1 || (isSingles && isIsolated(numbers, g, last));
    default:
      return false;
  }
}

/** Whether the lengths of groups `g` to `last` are one of the usual shapes. */
export function isUsualShape(numbers: Numbers, g: number, last: number, usual: Shapes): boolean {
  measure(numbers, g, last, 0);
  return usual.has(span.shape);
}

/** One gap repeats nothing; it counts unless its letters make one run with the digits, as in a code (`91440300A391`). */
function isRepeated(numbers: Numbers, g: number, last: number): boolean {
  return last > g + 1 || classTable()[numbers.codes[numbers.end(g)] as number] !== LETTER;
}

/** Cells of a row, or a decimal point among other separators. */
function hasListSign(numbers: Numbers, g: number, last: number): boolean {
  for (let i = g + 1; i <= last; i++) {
    if (isListSign(numbers, i) || (!span.isUniform && numbers.codes[numbers.end(i - 1)] === 0x2e)) return true;
  }
  return false;
}

/** The cells of a row stand like this too. */
export function isListSign(numbers: Numbers, g: number): boolean {
  const code = numbers.codes[numbers.end(g - 1)] as number;
  return code === 0x2c || code === 0x3b || code === 0x09 || code === 0x3001 || code === 0xff0c; // , ; tab 、 ，
}

/** The groups around are not part of the same row of numbers. */
function isIsolated(numbers: Numbers, g: number, last: number): boolean {
  return isEdge(numbers, g, g + 1) && isEdge(numbers, last + 1, g + 1);
}

function isEdge(numbers: Numbers, edge: number, inside: number): boolean {
  const around = numbers.level[edge] as number;
  if (around > span.level) return true;
  if (span.isUniform) return around !== span.level || numbers.signature[edge] !== numbers.signature[inside];
  if (span.level !== WORDS || !span.isGlued || edge >= numbers.groupCount) return false;
  return around !== WORDS || numbers.start(edge) - numbers.end(edge - 1) > LONGEST_GLUE;
}

/** `138户…2013户…8000户`: the same unit after each group makes quantities of them. */
function isQuantity(numbers: Numbers, g: number): boolean {
  const gap = numbers.text.slice(numbers.end(g), numbers.start(g + 1));
  return /^\s?(?:[年月日时分秒元圆块万亿个户人次名条件岁天周%％℃度米]|kg|km|cm|mm|g\b|rmb|usd|cny|days?|years?|people)/i.test(gap);
}

/** Each gap with words is a remark in brackets that touches both groups, or consists of connecting words. */
function areConnectives(numbers: Numbers, g: number, last: number): boolean {
  for (let i = g + 1; i <= last; i++) if (numbers.level[i] === WORDS && !connects(numbers, i)) return false;
  return true;
}

/** Most gaps are told by their first character. */
function connects(numbers: Numbers, g: number): boolean {
  const classOf = classTable();
  const from = numbers.end(g - 1);
  const to = numbers.start(g);
  const hasRemarkEnding = REMARK_ENDINGS.includes(numbers.text[to - 1] as string);
  for (let i = from; i < to; i++) {
    const code = numbers.codes[i] as number;
    const kind = classOf[code] as number;
    if (kind === IGNORED || kind === LINE_END) continue;
    if (kind === SEPARATOR) {
      if (hasRemarkEnding && REMARK_OPENINGS.includes(numbers.text[i] as string) && isRemark(numbers.text.slice(i, to))) return true;
      continue;
    }
    if (kind === LETTER ? !CONNECTIVE_BEGINNINGS.has(beginning(code, numbers.codes[i + 1] as number)) : !CHINESE_CODES.has(code))
      return false;
    return isConnective(numbers.text.slice(from, to));
  }
  return true;
}

function isRemark(gap: string): boolean {
  return /^[([{<（【「《〔][^()[\]{}<>（）【】「」《》〔〕]*[)\]}>）】」》〕]$/.test(gap);
}

/** Only connecting words, Chinese ones also as pieces. */
function isConnective(gap: string): boolean {
  const classOf = classTable();
  let word = '';
  for (let i = 0; i <= gap.length; i++) {
    const kind = i === gap.length ? SEPARATOR : (classOf[gap.charCodeAt(i)] as number);
    if (kind === IGNORED) continue;
    if (kind === SEPARATOR || kind === LINE_END) {
      if (word !== '' && !CONNECTIVES.has(word.toLowerCase())) return false;
      word = '';
    } else if (!CHINESE_CONNECTIVES.includes(gap[i] as string)) word += gap[i];
  }
  return true;
}
