/**
 * Random customer ids, for a bank whose own id is a raw identifier. The bank's id is kept as an HMAC only: enough to find the
 * same customer in the next file, too little to read.
 * @module
 */
import type { CustomerId } from '@numbra/core';
import type { BankContext } from '../context.js';
import { bytesArray } from '../store/arrays.js';

export interface RandomId {
  readonly id: CustomerId;
  /** 16 bytes: HMAC of the bank's own id under bank key `index`. */
  readonly index: Uint8Array;
}

/** 55 random bits: among a hundred million customers one collision in seven draws of all of them, and the store refuses it. */
const CHARACTERS = 11;
/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export class RandomIds {
  readonly #context: BankContext;

  constructor(context: BankContext) {
    this.#context = context;
  }

  /** The random ids of these customers: those they have already, or new ones. Same length and order. */
  async of(sourceIds: readonly string[]): Promise<RandomId[]> {
    const { database, keys } = this.#context;
    const indexes = sourceIds.map((id) => keys.sourceIndex(id.normalize('NFC').trim()));
    const known = await database.query<{ customer_id: string; source_index: Uint8Array }>(
      'SELECT customer_id, source_index FROM customer WHERE source_index = ANY ($1::text::bytea[])',
      [bytesArray(indexes)],
    );
    const ids = new Map(known.map((row) => [Buffer.from(row.source_index).toString('hex'), row.customer_id]));
    return indexes.map((index) => {
      const key = Buffer.from(index).toString('hex');
      const id = ids.get(key) ?? this.#draw();
      ids.set(key, id);
      return { id: id as CustomerId, index };
    });
  }

  #draw(): string {
    let id = 'R';
    for (const byte of this.#context.random(CHARACTERS)) id += ALPHABET[byte & 31];
    return id;
  }
}
