/**
 * What a run is bound to, and how a phone is written in it.
 * @module
 */
import { VendorClientError } from '../errors.js';

export interface MatchOptions {
  /** As the bank spells them. */
  readonly purpose: string;
  readonly campaign: string;
  /** E.164 digits without plus sign, such as `8613800138000`. */
  readonly phones: readonly string[];
  /** The longest list of the other side, 1,000,000 by default. */
  readonly mostOfOther?: number;
  /** Names the run and orders the tags; default WebCrypto. Keys and blinds are drawn by @noble/curves itself. */
  readonly random?: (bytes: number) => Uint8Array;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const PHONE = /^[1-9][0-9]{6,14}$/;
const MOST = 1_000_000;

export interface Terms {
  readonly items: readonly Uint8Array[];
  readonly mostOfOther: number;
  readonly random: (bytes: number) => Uint8Array;
  /** POPRF's info of a run. */
  info(run: Uint8Array): Uint8Array;
}

/** @throws `ERR_CLIENT_OPTION` with the field, `ERR_CLIENT_MATCH_LIMIT` */
export function checkOptions(options: MatchOptions): Terms {
  const { purpose, campaign, phones, mostOfOther = MOST, random = randomBytes } = options;
  for (const [field, value] of Object.entries({ purpose, campaign }))
    if (!NAME.test(value)) throw new VendorClientError('ERR_CLIENT_OPTION', { field });
  if (!phones.every((phone) => PHONE.test(phone))) throw new VendorClientError('ERR_CLIENT_OPTION', { field: 'phones' });
  checkSize(phones.length, MOST);
  const utf8 = new TextEncoder();
  return {
    items: phones.map((phone) => utf8.encode(phone)),
    mostOfOther,
    random,
    info: (run) => utf8.encode(['numbra/v1', 'match', purpose, campaign, base64url(run)].join('\x1f')),
  };
}

/** @throws `ERR_CLIENT_MATCH_LIMIT` */
export function checkSize(count: number, most: number): void {
  if (count < 1 || count > most) throw new VendorClientError('ERR_CLIENT_MATCH_LIMIT');
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** Runs what throws errors of a library, whose texts are not ours. */
export function guarded<T>(code: 'ERR_CLIENT_MATCH_MESSAGE' | 'ERR_CLIENT_MATCH_PROOF', work: () => T): T {
  try {
    return work();
  } catch {
    throw new VendorClientError(code);
  }
}

/** Lets others of this process have their turn. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
