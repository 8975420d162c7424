/**
 * Scopes for tests: of names that need no keyring, and of `tokens.json`.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { CustomerId } from '../../identifiers/customer-id.js';
import type { Name } from '../../identifiers/name.js';
import type { Phone } from '../../identifiers/phone.js';
import { deriveScopeKey, type ScopeIdentity } from '../../keys/derive.js';
import { Sensitive } from '../../sensitive.js';
import { Scope } from '../scope.js';
import type { Reference } from '../token-text.js';
import { bytes } from './foreign.js';

export interface Vectors {
  readonly root: string;
  readonly campaignSecret: string;
  readonly tag: string;
  readonly identity: ScopeIdentity;
  readonly contexts: Readonly<Record<'ref' | 'dial' | 'numeric', string>>;
  readonly keys: Readonly<Record<'ref' | 'dial' | 'numeric', string>>;
  readonly references: readonly {
    readonly id: CustomerId;
    readonly referenceLength: number;
    readonly plaintext: string;
    readonly token: Reference;
  }[];
  readonly dialTokens: readonly {
    readonly phone: Phone;
    readonly reference: Reference;
    readonly plaintext: string;
    readonly token: string;
  }[];
  readonly numericTokens: readonly { readonly row: number; readonly prefix: string; readonly token: string }[];
  readonly refused: readonly { readonly why: string; readonly kind: 'reference' | 'dial-token'; readonly token: string }[];
}

export const vectors: Vectors = JSON.parse(readFileSync(new URL('tokens.json', import.meta.url), 'utf8'));

/** The scope of `tokens.json`, with another identity, tag or reference length where given. */
export function vectorScope(
  options: { readonly identity?: Partial<ScopeIdentity>; readonly tag?: Uint8Array; readonly referenceLength?: number } = {},
): Scope {
  const identity = { ...vectors.identity, ...options.identity };
  const [root, secret] = [bytes(vectors.root), bytes(vectors.campaignSecret)];
  return new Scope({
    identity,
    tag: options.tag ?? bytes(vectors.tag),
    referenceKey: deriveScopeKey(root, secret, 'ref', identity),
    dialKey: deriveScopeKey(root, secret, 'dial', identity),
    numericKey: deriveScopeKey(root, secret, 'numeric', identity),
    ...(options.referenceLength === undefined ? {} : { referenceLength: options.referenceLength }),
  });
}

export const name = (text: string): Name => text as Name;
export const customer = (text: string): CustomerId => text as CustomerId;
export const phone = (digits: string): Sensitive<Phone> => new Sensitive(digits as Phone);
export const digitsOf = (value: Sensitive<Phone> | undefined): string | undefined => value?.use((digits) => digits);
