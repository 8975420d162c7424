/**
 * The egress guard: the last look at every byte that is bound for a vendor, and at notes that come in. It finds raw phones, ID
 * numbers, cards, passports, IBANs, e-mail addresses, and exactly the identifiers it was given, however they are written.
 *
 * A net under careless code and people, not a wall against somebody who wants to pass a number on: a code agreed in advance passes.
 * Time grows with the text and no faster; no regular expression goes back over what it read.
 * @module
 */
import { claimBenign } from './benign.js';
import { FIELD_SEPARATOR } from './characters.js';
import { detectors } from './detectors/list.js';
import { type Decoded, decodeRuns } from './encodings.js';
import { unescaped } from './escapes.js';
import { type FieldFinding, type Finding, type KnownValue, settleFindings, type Work } from './finding.js';
import { markEnds, raiseWalls } from './gaps.js';
import { KnownValues } from './known-values.js';
import { type Numbers, readNumbers, releaseNumbers } from './numbers.js';

export interface GuardOptions {
  /** Bank key `guard`, 32 bytes: digests of known values are made under it. */
  readonly key: Uint8Array;
  /** Identifiers to look for exactly, as parsed. Kept as digests. */
  readonly known?: Iterable<KnownValue>;
  /** Published numbers and addresses that may leave (the bank's own lines), as parsed. */
  readonly allowed?: Iterable<KnownValue>;
}

/** Looks for raw identifiers. */
export interface Guard {
  /** Findings in order of place, none overlapping another. */
  scan(text: string): Finding[];
  /** Scans fields that follow each other (the cells of a row, the members of an answer), also for what is split over neighbours. */
  scanFields(fields: readonly string[]): FieldFinding[];
}

/** Encodings inside encodings are followed this deep. */
const DEEPEST = 2;

/**
 * Makes a guard. Once for a list: known values are digested here, some 200,000 a second.
 *
 * @throws `ERR_KEY_LENGTH`: the key is not 32 bytes
 */
export function createGuard({ key, known = [], allowed = [] }: GuardOptions): Guard {
  const knownValues = new KnownValues(key, known);
  const allowedValues = new KnownValues(key, allowed);
  const scan = (text: string): Finding[] => scanWith(text, { steps: 0 }, knownValues, allowedValues);
  return { scan, scanFields: (fields) => scanJoined(fields, scan) };
}

/** Looks for patterns alone, with no known values. Findings in order of place, none overlapping another. */
export function scanText(text: string): Finding[] {
  return scanWith(text, { steps: 0 });
}

/** As `scanText`, counting what it does. */
export function scanCounted(text: string, work: Work): Finding[] {
  return scanWith(text, work);
}

function scanWith(text: string, work: Work, known?: KnownValues, allowed?: KnownValues): Finding[] {
  const findings = findAll(text, work, known, 0);
  const settled = settleFindings(findings);
  if (allowed === undefined) return settled;
  return settled.filter(({ start, end }) => !isAllowed(text.slice(start, end), allowed));
}

/** Reads the digits of a text and settles what may join: what every detector starts from. */
export function prepare(text: string, work: Work): Numbers {
  const numbers = readNumbers(text, work);
  claimBenign(numbers);
  raiseWalls(numbers);
  markEnds(numbers);
  return numbers;
}

function findAll(text: string, work: Work, known: KnownValues | undefined, depth: number): Finding[] {
  const numbers = prepare(text, work);
  const findings: Finding[] = [];
  for (const detector of detectors) for (const finding of detector(numbers)) findings.push(finding);
  if (known !== undefined) {
    for (const finding of known.findDigits(numbers)) findings.push(finding);
    for (const finding of known.findTexts(numbers)) findings.push(finding);
  }
  const pieces = depth === DEEPEST ? [] : decodeRuns(numbers.codes, work);
  releaseNumbers(numbers);
  if (depth === DEEPEST) return findings;
  for (const piece of pieces) addInside(piece, work, known, depth, findings);
  const plain = unescaped(text, work);
  if (plain !== undefined) addInside(plain, work, known, depth, findings);
  return findings;
}

/** Scans a decoded piece; its findings are placed where its encoding lies. */
function addInside(decoded: Decoded, work: Work, known: KnownValues | undefined, depth: number, into: Finding[]): void {
  for (const { kind, by, start, end } of findAll(decoded.text, work, known, depth + 1)) {
    into.push({
      kind,
      by,
      start: decoded.from[decoded.isWhole ? 0 : start] as number,
      end: decoded.to[decoded.isWhole ? 0 : end - 1] as number,
    });
  }
}

/** A published value as it is written, or the digits of a published number. */
function isAllowed(found: string, allowed: KnownValues): boolean {
  const digits = found.replace(/[^0-9]/g, '');
  return allowed.has(found) || allowed.has(digits);
}

function scanJoined(fields: readonly string[], scan: (text: string) => Finding[]): FieldFinding[] {
  const starts: number[] = [];
  let length = 0;
  for (const field of fields) {
    starts.push(length);
    length += field.length + 1;
  }
  let field = 0;
  const placeOf = (at: number, isEnd: boolean) => {
    while (field + 1 < starts.length && (starts[field + 1] as number) <= (isEnd ? at - 1 : at)) field += 1;
    return { field, at: at - (starts[field] as number) };
  };
  return scan(fields.join(FIELD_SEPARATOR)).map(({ kind, by, start, end }) => ({
    kind,
    by,
    start: placeOf(start, false),
    end: placeOf(end, true),
  }));
}
