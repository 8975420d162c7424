/**
 * An order that only the holder of a key can know or repeat: by HMAC of each item. What padding and pacing draw with, so that neither which
 * customers are drawn nor the day of their release carries a reason, and both can be checked later.
 * @module
 */

/** HMAC-SHA-256 or another keyed function of at least 8 bytes; from the platform, or from a keyring. */
export type Hmac = (key: Uint8Array, message: Uint8Array) => Uint8Array;

export interface Draw {
  /** 32 bytes, the bank's own. */
  readonly key: Uint8Array;
  readonly hmac: Hmac;
  /** What the order is for, such as the campaign: another one gives another order. */
  readonly context: string;
}

/**
 * The positions of items in keyed order.
 *
 * @param items - different texts; equal ones keep their order
 * @param use - keeps orders for different uses apart under one key
 * @returns `items.length` positions
 */
export function keyedOrder(items: readonly string[], use: string, { key, hmac, context }: Draw): number[] {
  const encoder = new TextEncoder();
  const ranks = items.map((item) => {
    const mac = hmac(key, encoder.encode(['numbra/v1', use, context, item].join('\u001f')));
    return new DataView(mac.buffer, mac.byteOffset, mac.byteLength).getBigUint64(0);
  });
  return items
    .map((_, position) => position)
    .sort((a, b) => {
      const [x, y] = [ranks[a]!, ranks[b]!];
      return x < y ? -1 : x > y ? 1 : a - b;
    });
}
