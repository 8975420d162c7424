/**
 * What a token's return values (CKR_…) mean for whoever must act: one code of ours each.
 * @module
 * @see https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/pkcs11-base-v2.40.html
 */
import { isNumbraError } from '@numbra/core';
import { fail, type KeyringsErrorCode } from '../errors.js';

export const CKR_USER_ALREADY_LOGGED_IN = 0x100;
export const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

const meanings: readonly (readonly [KeyringsErrorCode, readonly number[]])[] = [
  // PIN_INCORRECT, PIN_INVALID, PIN_LEN_RANGE
  ['ERR_KEYRING_WRONG_PIN', [0xa0, 0xa1, 0xa2]],
  ['ERR_KEYRING_PIN_LOCKED', [0xa4]],
  // DEVICE_ERROR, DEVICE_REMOVED, SESSION_CLOSED, SESSION_HANDLE_INVALID, TOKEN_NOT_PRESENT, TOKEN_NOT_RECOGNIZED,
  // USER_NOT_LOGGED_IN, CRYPTOKI_NOT_INITIALIZED
  ['ERR_KEYRING_TOKEN_LOST', [0x30, 0x32, 0xb0, 0xb3, 0xe0, 0xe1, 0x101, 0x190]],
  // KEY_HANDLE_INVALID, OBJECT_HANDLE_INVALID: somebody else destroyed it
  ['ERR_KEYRING_CHANGED', [0x60, 0x82]],
  // ATTRIBUTE_TYPE_INVALID, ATTRIBUTE_VALUE_INVALID, FUNCTION_NOT_SUPPORTED, KEY_TYPE_INCONSISTENT, KEY_INDIGESTIBLE,
  // KEY_FUNCTION_NOT_PERMITTED, MECHANISM_INVALID, MECHANISM_PARAM_INVALID, TEMPLATE_INCOMPLETE, TEMPLATE_INCONSISTENT,
  // TOKEN_WRITE_PROTECTED
  ['ERR_KEYRING_TOKEN_UNSUITABLE', [0x12, 0x13, 0x54, 0x63, 0x67, 0x68, 0x70, 0x71, 0xd0, 0xd1, 0xe2]],
];
const codes = new Map(meanings.flatMap(([code, values]) => values.map((value) => [value, code] as const)));

/** The return value that pkcs11js puts into its error. */
export function returnValueOf(error: unknown): number | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

/** The error of ours for whatever a call threw. Errors of ours pass as they are. */
export function faultOf(error: unknown): Error {
  if (isNumbraError(error)) return error;
  return fail(codes.get(returnValueOf(error) ?? -1) ?? 'ERR_KEYRING_TOKEN_FAILED', {}, { cause: error });
}

/** Runs calls to the token. */
export function asking<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw faultOf(error);
  }
}
