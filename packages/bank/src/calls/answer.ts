/**
 * What a vendor is answered. Nothing here says more than the vendor may know: the bank's exact reasons are in `refusals`.
 * @module
 */
import type { VendorCode } from '@numbra/policy';

/** What is known of a call when its order is answered. */
export type CallState = 'placed' | 'failed' | 'unknown';

export interface CallMade {
  readonly outcome: 'called';
  readonly status: 201;
  readonly body: {
    readonly call_id: string;
    /** Exactly the list's string. */
    readonly masked_phone: string;
    /** `unknown`: it may ring. Asking again with the same key dials nothing. */
    readonly state: CallState;
  };
}

export interface CallRefused {
  readonly outcome: 'refused';
  readonly code: VendorCode;
  readonly status: 403 | 429;
}

/** Why a write was not looked at. */
export type NotWritten =
  /** The same request is under way. */
  | { readonly outcome: 'conflict'; readonly status: 409 }
  /** The idempotency key was used for another request. */
  | { readonly outcome: 'mismatch'; readonly status: 422 }
  /** The grant or its vendor was revoked, or the grant is older than the bank accepts. Nothing is kept under the key. */
  | { readonly outcome: 'revoked'; readonly status: 401 };

export type CallAnswer = CallMade | CallRefused | NotWritten;

export function called(callId: string, maskedPhone: string, state: CallState): CallMade {
  return { outcome: 'called', status: 201, body: { call_id: callId, masked_phone: maskedPhone, state } };
}

export const CONFLICT: NotWritten = Object.freeze({ outcome: 'conflict', status: 409 });
export const MISMATCH: NotWritten = Object.freeze({ outcome: 'mismatch', status: 422 });
export const REVOKED: NotWritten = Object.freeze({ outcome: 'revoked', status: 401 });
