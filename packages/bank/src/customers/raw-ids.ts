/**
 * Is the id column really one of ids? An id that is itself a phone, card or ID number would put the raw identifier into
 * every reference, so such a column is refused as a whole, and random ids are offered instead.
 *
 * A single cell proves little (one in ten honest ids of 16 digits has a right Luhn digit), so the share of rows decides.
 * @module
 */
import { looksLikeRawIdentifier, type RawIdentifierKind } from '@numbra/core';
import { fail } from '../errors.js';

/**
 * The share of rows from which a column is refused, well above what chance gives: of random ids of the right length one in 20
 * reads as a mobile, one in 25 as a card, one in 2,000 as a resident ID.
 */
const REFUSED_FROM: Readonly<Record<RawIdentifierKind, number>> = { phone: 0.1, 'bank-card': 0.15, 'resident-id': 0.02 };

/** Counts what ids read as. */
export class RawIdWatch {
  readonly #counts = new Map<RawIdentifierKind, number>();
  #rows = 0;

  look(id: string): void {
    this.#rows += 1;
    const kind = looksLikeRawIdentifier(id);
    if (kind !== undefined) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** @throws `ERR_IMPORT_RAW_IDS`: the column reads as phones, cards or ID numbers */
  judge(): void {
    for (const [kind, count] of this.#counts) {
      if (count / this.#rows >= REFUSED_FROM[kind]) {
        throw fail('ERR_IMPORT_RAW_IDS', { column: 'customer_id' }, { detail: `${count} of ${this.#rows} rows read as ${kind}` });
      }
    }
  }
}
