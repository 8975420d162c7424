/**
 * Ids of calls and keys: 16 bytes, kept as `uuid`, so that rows are narrow and of one width. A key's id is a truncated SHA-256,
 * which also keeps what the vendor wrote out of the store.
 * @module
 */
import { hash } from 'node:crypto';

const UUID_HEX = 32;

/** A truncated SHA-256 over texts, each with its length before it, so that no two lists of texts are one message. */
export function digestId(...parts: readonly string[]): string {
  let message = '';
  for (const part of parts) message += `${part.length}:${part}`;
  return dashed(hash('sha256', message, 'hex').slice(0, UUID_HEX));
}

/**
 * A new call id: UUID version 7, so that calls made one after the other lie beside each other in the index.
 *
 * @param now - milliseconds since 1970
 * @param random - 10 bytes
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function newCallId(now: number, random: Uint8Array): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0').slice(-12);
  const rest = Buffer.from(random.buffer, random.byteOffset, 10).toString('hex');
  const variant = ((Number.parseInt(rest[3] ?? '0', 16) & 0b0011) | 0b1000).toString(16);
  return dashed(`${time}7${rest.slice(0, 3)}${variant}${rest.slice(4, 19)}`);
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a call id as we write them. */
export function isCallId(text: string): boolean {
  return UUID.test(text);
}

/** Hands out random bytes from a pool: one call of the system for many nonces. */
export function randomPool(random: (bytes: number) => Uint8Array, poolBytes = 4096): (bytes: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    if (used + bytes > pool.length) {
      pool = Uint8Array.from(random(poolBytes));
      used = 0;
    }
    used += bytes;
    return pool.slice(used - bytes, used);
  };
}
