/**
 * Which customers are decoys: lines of the code, each with a customer, sealed. Read by exports, measures and traces, and never by what
 * decides, seals or dials: there a decoy is a customer like any other.
 * @module
 */
import { createDecoyCode, type DecoyCode } from '@numbra/core/decoys';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';

/** By row id of the customer, the line. */
export type DecoyLines = ReadonlyMap<number, number>;

/** Every cell is of one length, so that it tells nothing of the id in it. */
const ID_BYTES = 8;

/** Associated data of a line's cell. */
const cellOf = (line: number): Uint8Array => new TextEncoder().encode(`decoy\x1fcustomer\x1f${line}`);

export function sealLine({ keys }: Pick<BankContext, 'keys'>, line: number, customer: bigint): Uint8Array {
  const id = Buffer.alloc(ID_BYTES);
  id.writeBigInt64BE(customer);
  return keys.store.seal(id, cellOf(line));
}

/**
 * Every decoy.
 *
 * @throws `ERR_STORE_CELL`: a cell was changed or moved, or sealed under another keyring
 */
export async function readDecoyLines({ database, keys }: Pick<BankContext, 'database' | 'keys'>, within?: Queryable): Promise<DecoyLines> {
  const rows = await (within ?? database).query<{ lines: string | null }>(
    `SELECT string_agg(line || ' ' || encode(customer, 'hex'), E'\\n' ORDER BY line) AS lines FROM decoy`,
  );
  const cells = (rows[0]?.lines ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const opened = keys.store.openMany(
    cells.map(([, sealed]) => Buffer.from(sealed as string, 'hex')),
    cells.map(([line]) => cellOf(Number(line))),
  );
  return new Map(
    cells.map(([line], i) => {
      const id = opened[i];
      if (id?.length !== ID_BYTES) throw fail('ERR_STORE_CELL', { column: 'decoy' });
      return [Number(Buffer.from(id).readBigInt64BE()), Number(line)];
    }),
  );
}

/** The code of this bank, for as long as the work lasts. */
export async function withDecoyCode<T>({ keyring }: Pick<BankContext, 'keyring'>, work: (code: DecoyCode) => T | Promise<T>): Promise<T> {
  const key = await keyring.bankKey('decoys');
  const code = createDecoyCode(key);
  key.fill(0);
  try {
    return await work(code);
  } finally {
    code.close();
  }
}
