/**
 * What blind tokens are bound to: the `info` of POPRF, injective, in the form of every other context of this product.
 * @module
 */
import { fail } from '../errors.js';
import { type Name, parseName } from '../identifiers/name.js';

/** What outputs are for. */
export interface BlindPurpose {
  readonly purpose: Name;
  readonly campaign: Name;
}

const SEPARATOR = '\x1f';
const utf8 = new TextEncoder();

/**
 * `"numbra/v1" ␟ "blind" ␟ purpose ␟ campaign` with U+001F between. No name can hold the separator.
 *
 * @throws `ERR_NAME_INVALID`: a name is not well formed
 */
export function blindInfo({ purpose, campaign }: BlindPurpose): Uint8Array {
  return encode('blind', [purpose, campaign]);
}

/**
 * `"numbra/v1" ␟ "match" ␟ purpose ␟ campaign ␟ run` with U+001F between.
 *
 * @param run - one run of a matching, 22 characters of base64url
 * @throws `ERR_NAME_INVALID`: a name is not well formed
 */
export function matchInfo({ purpose, campaign }: BlindPurpose, run: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]{22}$/.test(run)) throw fail('ERR_NAME_INVALID', { field: 'run' });
  return encode('match', [purpose, campaign], [run]);
}

function encode(use: string, names: readonly Name[], rest: readonly string[] = []): Uint8Array {
  // Types vanish at run time, and everything rests on no name holding the separator.
  if (!names.every((name) => parseName(name) === name)) throw fail('ERR_NAME_INVALID');
  return utf8.encode(['numbra/v1', use, ...names, ...rest].join(SEPARATOR));
}
