/**
 * The spelling of tokens: `prefix ‖ base64url( scope tag ‖ SIV ‖ ciphertext )`. A token has one spelling. Node's decoder takes
 * others (padding, the plain alphabet, spaces, stray bits), so that text is compared with what its bytes encode to.
 *
 * No key is needed here, and nothing here says that a token is genuine: for that it must open (reference.ts, dial-token.ts).
 * @module
 */

/** A customer in one campaign: `nr1_…`. Who. */
export type Reference = string & { readonly '~numbra': 'Reference' };
/** A customer's phone in one campaign, sealed: `nd1_…`. How to reach. */
export type DialToken = string & { readonly '~numbra': 'DialToken' };

export type TokenKind = 'reference' | 'dial-token';

/** The digit is the suite: 1 is AES-256-SIV. */
export const PREFIXES = { reference: 'nr1_', 'dial-token': 'nd1_' } as const satisfies Record<TokenKind, string>;
export const PREFIX_CHARACTERS = 4;
/** A prefix is itself four characters of base64url: three bytes. With them in front a whole batch is encoded in one call. */
export const PREFIX_BYTES = 3;
export const TAG_BYTES = 6;
export const SIV_BYTES = 16;
/** Bytes of the SIV that stand for a customer of a campaign where a whole reference has no room. */
export const R5_BYTES = 5;

/** Plaintext of a dial token and of a usual reference: with its padding bit it fills one AES block but for one byte. */
export const SHORT_PLAINTEXT_BYTES = 14;
/** Longer references grow by this, so that no token ever ends inside a group of four characters. */
const PLAINTEXT_STEP = 15;
/** The longest customer id is 252 bytes. */
const LONGEST_PLAINTEXT_BYTES = 254;
/** Bytes of a short token without its prefix, and its characters with it. */
export const SHORT_TOKEN_BYTES = TAG_BYTES + SIV_BYTES + SHORT_PLAINTEXT_BYTES;
export const SHORT_TOKEN_CHARACTERS = 52;

/** A token taken apart. Well spelled; not authenticated. */
export interface DecodedToken {
  readonly kind: TokenKind;
  /** Scope tag, 6 bytes. Anyone can copy it: it accuses nobody. */
  readonly tag: Uint8Array;
  /** The whole token without its prefix: tag, SIV, ciphertext. What look-ups, budgets and idempotency are keyed by. */
  readonly bytes: Uint8Array;
}

const BODY = /^[A-Za-z0-9_-]+$/;

/** Whether a reference plaintext may have this length: 14, 29, 44 … bytes. */
export function isReferenceLength(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= SHORT_PLAINTEXT_BYTES && bytes <= LONGEST_PLAINTEXT_BYTES && bytes % PLAINTEXT_STEP === 14;
}

/** Characters of a token with a plaintext of this many bytes, prefix included. */
export function tokenCharacters(plaintextBytes: number): number {
  return PREFIX_CHARACTERS + ((TAG_BYTES + SIV_BYTES + plaintextBytes) / 3) * 4;
}

/**
 * Takes a token apart without a key.
 *
 * @returns its kind, tag and bytes, or `undefined` when the text is not exactly one well-spelled token
 */
export function decodeToken(text: string): DecodedToken | undefined {
  const kind = kindOf(text);
  if (kind === undefined || !BODY.test(text)) return undefined;
  const plaintextBytes = ((text.length - PREFIX_CHARACTERS) / 4) * 3 - TAG_BYTES - SIV_BYTES;
  if (kind === 'dial-token' ? plaintextBytes !== SHORT_PLAINTEXT_BYTES : !isReferenceLength(plaintextBytes)) return undefined;
  const body = text.slice(PREFIX_CHARACTERS);
  const decoded = Buffer.from(body, 'base64url');
  if (decoded.toString('base64url') !== body) return undefined;
  const bytes = Uint8Array.from(decoded);
  return { kind, tag: bytes.slice(0, TAG_BYTES), bytes };
}

/**
 * The first five bytes of a reference's SIV: what a dial token carries to name its customer, and what the store keeps of a member.
 *
 * @param reference - as sealed here; its text is not checked again
 */
export function r5Of(reference: Reference): Uint8Array {
  // SIV begins at byte 6 of the body: on a character boundary, since 6 is a multiple of 3.
  const from = PREFIX_CHARACTERS + (TAG_BYTES / 3) * 4;
  return Uint8Array.from(Buffer.from(reference.slice(from, from + 8), 'base64url').subarray(0, R5_BYTES));
}

/** Spells token bytes. */
export function encodeToken(kind: TokenKind, bytes: Uint8Array): string {
  return PREFIXES[kind] + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/** The three bytes that a kind's prefix decodes to. */
export function prefixBytes(kind: TokenKind): Uint8Array {
  return Uint8Array.from(Buffer.from(PREFIXES[kind], 'base64url'));
}

function kindOf(text: string): TokenKind | undefined {
  if (text.startsWith(PREFIXES.reference)) return 'reference';
  return text.startsWith(PREFIXES['dial-token']) ? 'dial-token' : undefined;
}
