/**
 * The egress guard over a finished list: the very lines that will be delivered. A line is two tokens of ours, by their strict spelling,
 * and a rest; what the rests say is looked through for raw identifiers.
 *
 * Digesting every identifier of 32,000 customers takes half a second, and a mask and band labels hold none by their form. So the
 * search for the list's own customers runs when a rest holds anything else.
 * @module
 */
import { basename } from 'node:path';
import { createGuard, type KnownValue, scanText } from '@numbra/core/guard';
import { fail } from '../errors.js';

export interface CheckOptions {
  /** Bank key `guard`. */
  readonly key: Uint8Array;
  /** Every cell that a band column may hold. */
  readonly bandLabels: ReadonlySet<string>;
  /** The listed customers' identifiers; asked for only when they are needed. */
  readonly known: () => Promise<Iterable<KnownValue>>;
}

/** Stars and too few digits to be anybody's. */
const MASK = /^\*{9}[0-9]{0,4}$/;

/**
 * Looks through a list.
 *
 * @param lines - the header, then the rows, without line feeds
 * @throws `ERR_EXPORT_RAW_VALUE` with the row (0: the header) and the kind found, never the value
 */
export async function checkList(lines: readonly string[], { key, bandLabels, known }: CheckOptions): Promise<void> {
  // Thousands of rows have one rest: each is looked through once.
  const rests = new Map<string, number>([[lines[0] ?? '', 0]]);
  let strange = false;
  for (let row = 1; row < lines.length; row++) {
    const rest = restOf(lines[row] as string);
    if (rest === undefined) throw fail('ERR_EXPORT_RAW_VALUE', { row }, { detail: 'a token is not well formed' });
    if (rests.has(rest)) continue;
    rests.set(rest, row);
    strange ||= !isSound(rest, bandLabels);
  }
  const guard = strange ? createGuard({ key, known: await known() }) : { scan: scanText };
  for (const [rest, row] of rests) {
    const [finding] = guard.scan(rest);
    if (finding !== undefined) throw fail('ERR_EXPORT_RAW_VALUE', { row }, { detail: finding.kind });
  }
}

/** Nobody's name or number: a word or two, and at most a date. */
const PLAIN_NAME = /^[A-Za-z0-9._-]*$/;
const MOST_DIGITS = 8;

/**
 * Looks at the name of a list's file, which a vendor sees too.
 *
 * @param names - what may stand in it: the campaign's name and the vendor's
 * @throws `ERR_EXPORT_FILE_NAME`
 */
export async function checkFileName(
  file: string,
  names: readonly string[],
  { key, known }: Pick<CheckOptions, 'key' | 'known'>,
): Promise<void> {
  const name = basename(file);
  const rest = names.reduce((left, own) => left.replaceAll(own, ''), name);
  const isPlain = PLAIN_NAME.test(rest) && rest.replace(/[^0-9]/g, '').length <= MOST_DIGITS;
  const guard = isPlain ? { scan: scanText } : createGuard({ key, known: await known() });
  if (guard.scan(name).length > 0) throw fail('ERR_EXPORT_FILE_NAME');
}

/** Prefix and whole groups of four characters: 6 + 16 + (15k − 1) bytes leave no spare bits, so this is their one spelling. */
const ROW = /^nr1_(?:[A-Za-z0-9_-]{4})+,nd1_[A-Za-z0-9_-]{48},(.*)$/s;

/** What stands behind reference and dial token, or `undefined` when the line does not begin with them. */
function restOf(line: string): string | undefined {
  return ROW.exec(line)?.[1];
}

function isSound(rest: string, bandLabels: ReadonlySet<string>): boolean {
  const [mask, ...bands] = rest.split(',');
  return MASK.test(mask ?? '') && bands.every((band) => bandLabels.has(band));
}
