/**
 * Appending: what an act's transaction does for the ledger, and all it does. The entry is in the queue when the act is
 * committed and not at all when it is not; the sequencer gives it its position later.
 *
 * No notification: NOTIFY takes one lock of the whole server at commit. The sequencer looks once a second.
 * @module
 */
import type { Queryable } from '../store/database.js';

/** PostgreSQL numbers the parameters of a statement with 16 bits. */
const MOST_PARAMETERS = 65_535;

/**
 * Puts entries into the queue, in the act's own transaction.
 *
 * @param bodies - canonical JSON as `writeEntry` made it; they keep their order among themselves
 */
export async function appendEntries(tx: Queryable, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += MOST_PARAMETERS) {
    const part = bodies.slice(at, at + MOST_PARAMETERS);
    // One placeholder a body: a text[] literal is escaped character by character, on both sides.
    await tx.query(`INSERT INTO ledger_pending (body) VALUES ${placeholders(part.length)}`, part);
  }
}

let longest = '';
let count = 0;

/** `($1),($2),…`, cut from the longest one made so far: entries come in batches of every size. */
function placeholders(length: number): string {
  for (; count < length; count++) longest += `,($${count + 1})`;
  return length === count ? longest.slice(1) : longest.slice(1, longest.indexOf(`,($${length + 1})`));
}
