/**
 * What a keyring asks of a key management service: keys that have names, never leave it, and can be deleted for good. Implement it to
 * plug in another cloud; `createTransit` is the implementation for Vault and OpenBao.
 *
 * Not for a service whose deletion is only scheduled and can be taken back: a shred would not be one until the waiting time is over.
 * @module
 */
import { errorFactory } from '@numbra/core';
import { errors } from '../errors.js';

export interface KeyManagementService {
  /** Where the keys lie, for people: `transit`, … It stands in the keyring's file. */
  readonly kind: string;
  /** Makes a key for authenticated encryption that cannot be exported. Nothing happens when it is there. */
  createKey(name: string): Promise<void>;
  /** @returns the ciphertext, printable, at most 4,096 characters */
  encrypt(name: string, plaintext: Uint8Array): Promise<string>;
  /**
   * @returns the plaintext; the caller wipes it
   * @throws `ERR_KEYRING_KMS_KEY_MISSING`: deleted, or never made · `ERR_KEYRING_DAMAGED`: the key did not make this ciphertext
   */
  decrypt(name: string, ciphertext: string): Promise<Uint8Array>;
  /** Deletes a key for good: it is certain when this resolves. Nothing happens when there is none. */
  deleteKey(name: string): Promise<void>;
}

/** What a service may say. Every method may throw the first three. */
export type KmsErrorCode =
  | 'ERR_KEYRING_KMS_UNAVAILABLE'
  | 'ERR_KEYRING_KMS_REFUSED'
  | 'ERR_KEYRING_KMS_ANSWER'
  | 'ERR_KEYRING_KMS_KEY_MISSING'
  | 'ERR_KEYRING_DAMAGED';

/** Makes an error for a service to throw: a keyring tells them apart by code. */
export function kmsError(code: KmsErrorCode, cause?: unknown): Error {
  return errorFactory(errors)(code, {}, cause === undefined ? {} : { cause });
}
