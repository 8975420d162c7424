/**
 * Appending: what an act's transaction does for the ledger, and all it does. The entry is in the queue when the act is
 * committed and not at all when it is not; the sequencer gives it its position later.
 *
 * No notification: NOTIFY takes one lock of the whole server at commit. The sequencer looks once a second.
 * @module
 */
import type { Queryable } from '../store/database.js';

/** Entries in one statement, about 20 MB. */
const MOST_ENTRIES = 65_536;

/**
 * Puts entries into the queue, in the act's own transaction.
 *
 * @param bodies - canonical JSON as `writeEntry` made it, so without a line break; they keep their order among themselves
 */
export async function appendEntries(tx: Queryable, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += MOST_ENTRIES) {
    // One value, whose statement is the same for any number: a text[] literal would be escaped character by character, on both sides.
    await tx.query(`INSERT INTO ledger_pending (body) SELECT body FROM string_to_table($1, E'\\n') AS t (body)`, [
      bodies.slice(at, at + MOST_ENTRIES).join('\n'),
    ]);
  }
}
