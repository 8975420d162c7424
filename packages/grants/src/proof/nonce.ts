/**
 * Server nonces for DPoP (RFC 9449 § 8) without a store: a time slot and its HMAC. Every gateway that holds the key accepts
 * what another gave; a nonce lives for one to two slots. It limits how far ahead proofs can be made, not how often one is
 * used: that is the replay insert's part.
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBase64url } from '../strict/base64url.js';

/** How long a nonce is given out; it is accepted for as long again. */
export const NONCE_SECONDS = 60;
const SLOT_BYTES = 6;
const MAC_BYTES = 16;

/**
 * @param key - 32 bytes, the same on every gateway, used for nothing else
 * @param now - milliseconds since the epoch
 * @returns the value of `DPoP-Nonce`, 30 characters
 */
export function proofNonce(key: Uint8Array, now: number): string {
  return nonceOf(key, slotAt(now)).toString('base64url');
}

/** Whether the nonce is of this slot or the one before, and made with this key. */
export function acceptsProofNonce(key: Uint8Array, nonce: string | undefined, now: number): boolean {
  const bytes = nonce === undefined || nonce.length > 64 ? undefined : decodeBase64url(nonce);
  if (bytes?.length !== SLOT_BYTES + MAC_BYTES) return false;
  const slot = bytes.readUIntBE(0, SLOT_BYTES);
  const current = slotAt(now);
  // Another gateway's clock may have begun the next slot already.
  return slot >= current - 1 && slot <= current + 1 && timingSafeEqual(bytes, nonceOf(key, slot));
}

function slotAt(now: number): number {
  return Math.floor(now / (NONCE_SECONDS * 1000));
}

function nonceOf(key: Uint8Array, slot: number): Buffer {
  const bytes = Buffer.alloc(SLOT_BYTES);
  bytes.writeUIntBE(slot, 0, SLOT_BYTES);
  const mac = createHmac('sha256', key).update('numbra/v1/dpop-nonce').update(bytes).digest();
  return Buffer.concat([bytes, mac.subarray(0, MAC_BYTES)]);
}
