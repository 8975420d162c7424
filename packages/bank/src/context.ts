/**
 * What every use case of the bank works with: the database, the keys, the policy in force, time and randomness.
 * Made once by `openBank`; internal. Each use case is a plain function whose first argument this is.
 * @module
 */
import type { AesSiv, Keyring, Name, Phone, Sensitive } from '@numbra/core';
import type { GrantKey } from '@numbra/grants';
import type { Policy } from '@numbra/policy';
import type { Scopes } from './campaigns/scopes.js';
import type { GrantKeys } from './grants/keys.js';
import type { Ledger } from './ledger/ledger.js';
import type { LogKey } from './ledger/log-key.js';
import type { CellCipher } from './store/cells.js';
import type { Database, Queryable } from './store/database.js';

export interface BankContext {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Milliseconds since 1970. Decisions under locks use the database's own clock instead. */
  readonly clock: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly name: Name;
  readonly logOrigin: string;
  /** Bytes of a reference's plaintext: 14, 29, 44 … */
  readonly referenceLength: number;
  readonly keys: BankKeys;
  readonly policies: PolicyInForce;
  readonly scopes: Scopes;
  /** Signs grants and manifests; a getter, since another process may rotate it. */
  readonly grantKey: GrantKey;
  /** That key, and those before it that still verify. */
  readonly grantKeys: GrantKeys;
  readonly ledger: Ledger;
  /** The keys that sign checkpoints now; where the keyring is. */
  readonly logKey: () => Promise<LogKey>;
}

/** The bank's own keys, as the objects that work with them. */
export interface BankKeys {
  /** Seals identifiers and attributes at rest: see store/cells.ts. */
  readonly store: CellCipher;
  /** Seals customer keys. */
  readonly subject: AesSiv;
  /** Equality search for a phone without the phone: 16 bytes of HMAC-SHA-256 under bank key `index`. */
  phoneIndex(phone: Sensitive<Phone>): Uint8Array;
  /** The same for the id in the bank's own file, where a random id stands for it. */
  sourceIndex(id: string): Uint8Array;
  /** Bank key `guard`. */
  readonly guard: Uint8Array;
  /** Makes draws that can be made again: padding, batches, limits (campaigns/draws.ts). */
  readonly draws: Uint8Array;
  /** Signs the nonces of DPoP proofs; derived from `index`, so every gateway has the same. */
  readonly proofNonce: Uint8Array;
  close(): void;
}

export interface PolicyInForce {
  /** The policy in force as this process last saw it. */
  current(): Policy;
  /** Looks whether a newer one was adopted, in the caller's own transaction, and returns the one in force. */
  refresh(queryable: Queryable): Promise<Policy>;
}
