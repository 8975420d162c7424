/**
 * Whom a checker trusts: the bank's published ledger key, and perhaps witnesses. Never taken from the file that is checked.
 * @module
 */
import { sha256 as noble } from '@noble/hashes/sha2.js';
import { type CheckpointTrust, parseVerifierKey, type Sha256 } from '@numbra/ledger';

export interface Trust {
  /** The ledger's keys as the bank published them, `NAME+ID+BASE64`; several while a key is being replaced. */
  readonly logKeys: readonly string[];
  /** Witnesses' keys as they published them. */
  readonly witnessKeys?: readonly string[] | undefined;
  /** A faster SHA-256 (`sha256FromBinary` of @numbra/ledger in Node). */
  readonly sha256?: Sha256 | undefined;
}

/** The keys read, `ERR_NOTE_KEY` for a string that is none. */
export const checkpointTrust = (trust: Trust, origin?: string): CheckpointTrust => ({
  logKeys: trust.logKeys.map(parseVerifierKey),
  witnesses: (trust.witnessKeys ?? []).map(parseVerifierKey),
  ...(origin === undefined ? {} : { origin }),
});

export const sha256Of = (trust: Trust): Sha256 => trust.sha256 ?? noble;
