/**
 * Scope: the keys of one bank, vendor, purpose and campaign, ready to seal and open. What is sealed under one scope opens under no
 * other: all four names are in the keys, and once more in every token's associated data.
 *
 * A scope holds keys: close it when the work is done. It is never picked by a token's tag; the caller knows whose token to expect.
 * @module
 */
import { fail } from '../errors.js';
import { type ScopeIdentity, scopeContext } from '../keys/derive.js';
import type { Keyring } from '../keys/keyring.js';
import type { BlockCipher, SivCiphers } from './block-cipher.js';
import { Ff1 } from './ff1.js';
import { LongLane } from './long-lane.js';
import { ShortLane } from './short-lane.js';
import { isReferenceLength, SHORT_PLAINTEXT_BYTES, TAG_BYTES } from './token-text.js';

export interface ScopeSettings {
  readonly identity: ScopeIdentity;
  /** 6 bytes, public, unique to the campaign. */
  readonly tag: Uint8Array;
  /** 64 bytes (`deriveScopeKey(…, 'ref', …)`), or ciphers that work with a key that lies elsewhere. Not kept. */
  readonly referenceKey: Uint8Array | SivCiphers;
  /** 64 bytes (`'dial'`), or ciphers. */
  readonly dialKey: Uint8Array | SivCiphers;
  /** 32 bytes (`'numeric'`), or a cipher. Only for campaigns that use numeric dial tokens. */
  readonly numericKey?: Uint8Array | BlockCipher;
  /** Bytes of a reference's plaintext, one for the whole bank: 14 (ids to 12 bytes, numbers to 24 digits), 29, 44 … */
  readonly referenceLength?: number;
}

/** What a scope seals and opens with. For this folder alone. */
export interface ScopeParts {
  readonly references: ShortLane | LongLane;
  readonly dialTokens: ShortLane;
  readonly numeric: Ff1 | undefined;
}

let partsOf: (scope: Scope) => ScopeParts | undefined;

export class Scope {
  readonly identity: ScopeIdentity;
  readonly referenceLength: number;
  readonly #tag: Uint8Array;
  #parts: ScopeParts | undefined;

  static {
    partsOf = (scope) => scope.#parts;
  }

  /** @throws `ERR_NAME_INVALID`, `ERR_KEY_LENGTH`, `ERR_TAG_LENGTH`, `ERR_REFERENCE_LENGTH` */
  constructor({ identity, tag, referenceKey, dialKey, numericKey, referenceLength = SHORT_PLAINTEXT_BYTES }: ScopeSettings) {
    if (tag.length !== TAG_BYTES) throw fail('ERR_TAG_LENGTH');
    if (!isReferenceLength(referenceLength)) throw fail('ERR_REFERENCE_LENGTH');
    this.identity = identity;
    this.referenceLength = referenceLength;
    this.#tag = Uint8Array.from(tag);
    const references = { key: referenceKey, context: scopeContext('ref', identity), tag: this.#tag };
    this.#parts = {
      references:
        referenceLength === SHORT_PLAINTEXT_BYTES ? new ShortLane('reference', references) : new LongLane(referenceLength, references),
      dialTokens: new ShortLane('dial-token', { key: dialKey, context: scopeContext('dial', identity), tag: this.#tag }),
      numeric: numericKey && new Ff1(numericKey, this.#tag),
    };
  }

  /** The campaign's public tag, 6 bytes: a copy. */
  get tag(): Uint8Array {
    return Uint8Array.from(this.#tag);
  }

  /** Wipes the keys. Sealing and opening throw `ERR_CLOSED` from then on. */
  close(): void {
    this.#parts?.references.close();
    this.#parts?.dialTokens.close();
    this.#parts?.numeric?.close();
    this.#parts = undefined;
  }
}

/** The parts of an open scope. Throws `ERR_CLOSED`. */
export function scopeParts(scope: Scope): ScopeParts {
  const parts = partsOf(scope);
  if (parts === undefined) throw fail('ERR_CLOSED');
  return parts;
}

/** A scope's settings without its keys: those come from the keyring. */
export interface OpenScopeSettings {
  readonly identity: ScopeIdentity;
  /** 6 bytes. */
  readonly tag: Uint8Array;
  /** 32 bytes, unwrapped. */
  readonly campaignSecret: Uint8Array;
  readonly referenceLength?: number;
}

/**
 * Opens a scope with the keys of a keyring.
 *
 * @throws what `Scope` and `Keyring.scopeKey` throw; nothing stays in memory then
 */
export async function openScope(
  keyring: Keyring,
  { identity, tag, campaignSecret, referenceLength = SHORT_PLAINTEXT_BYTES }: OpenScopeSettings,
): Promise<Scope> {
  const keys: Uint8Array[] = [];
  const key = async (use: 'ref' | 'dial' | 'numeric'): Promise<Uint8Array> => {
    const derived = await keyring.scopeKey(use, identity, campaignSecret);
    keys.push(derived);
    return derived;
  };
  const sivKey = (use: 'ref' | 'dial'): Promise<Uint8Array | SivCiphers> =>
    keyring.scopeCiphers === undefined ? key(use) : keyring.scopeCiphers(use, identity, campaignSecret);
  try {
    const settings = { referenceKey: await sivKey('ref'), dialKey: await sivKey('dial'), numericKey: await key('numeric') };
    return new Scope({ identity, tag, referenceLength, ...settings });
  } finally {
    for (const used of keys) used.fill(0);
  }
}
