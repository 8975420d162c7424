/**
 * Keys that bank and vendor share, for answers as MACs: made by the bank's operator, sealed at rest, shown once. The newest makes answers;
 * an older one goes on verifying at the vendor for as long as the answers that it made hold, a day.
 *
 * Once the newest was ended nothing is answered until there is another: an older one does not come back, for the vendor may have thrown it
 * away.
 * @module
 */
import { ANSWER_KEY_BYTES, type AnswerKey } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';

export interface MadeAnswerKey {
  readonly vendor: string;
  readonly kid: string;
  /** `nak_` and base64url: for the vendor, told once over another way. */
  readonly secret: string;
}

/** A key as the operator sees it again: without its secret. */
export interface AnswerKeyRecord {
  readonly vendor: string;
  readonly kid: string;
  readonly madeAt: Date;
  /** Absent while it is not ended. */
  readonly endedAt?: Date;
}

const PREFIX = 'nak_';

/** Makes a key for a vendor. @throws `ERR_ANSWER_VENDOR` */
export async function addAnswerKey(context: BankContext, vendor: string): Promise<MadeAnswerKey> {
  const kid = newId(context, 'answerkey');
  const secret = context.random(ANSWER_KEY_BYTES);
  const at = context.clock();
  const sealed = context.keys.store.seal(secret, placeOf(kid));
  const told = PREFIX + Buffer.from(secret).toString('base64url');
  secret.fill(0);
  await context.database.transaction(async (tx) => {
    const [row] = await tx.query(
      `INSERT INTO answer_key (kid, vendor, secret, created_at)
       SELECT $1, v.id, $3, $4 FROM vendor v WHERE v.id = $2 AND v.revoked_at IS NULL RETURNING 1`,
      [kid, vendor, sealed, new Date(at)],
    );
    if (row === undefined) throw fail('ERR_ANSWER_VENDOR');
    await appendEntries(tx, [writeEntry('answer-key.added', { vendor, key: kid }, { at, nonce: context.random(16) })]);
  });
  return { vendor, kid, secret: told };
}

/** A vendor's keys, the newest first; of a revoked vendor too. @throws `ERR_VENDOR_UNKNOWN` */
export async function listAnswerKeys({ database }: BankContext, vendor: string): Promise<AnswerKeyRecord[]> {
  const rows = await database.query<{ kid: string | null; created_at: Date; ended_at: Date | null }>(
    `SELECT k.kid, k.created_at, k.ended_at FROM vendor v LEFT JOIN answer_key k ON k.vendor = v.id
      WHERE v.id = $1 ORDER BY k.created_at DESC, k.kid DESC`,
    [vendor],
  );
  // A name that is none must not read as a vendor without keys.
  if (rows.length === 0) throw fail('ERR_VENDOR_UNKNOWN');
  return rows.flatMap(({ kid, created_at: madeAt, ended_at: endedAt }) =>
    kid === null ? [] : [{ vendor, kid, madeAt, ...(endedAt !== null && { endedAt }) }],
  );
}

/**
 * Ends a key: once this returns, no process of the bank makes an answer with it. What it made holds for the rest of its day.
 *
 * @returns whether this changed anything
 * @throws `ERR_ANSWER_KEY_UNKNOWN`
 */
export async function endAnswerKey(context: BankContext, kid: string): Promise<boolean> {
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const [ended] = await tx.query<{ vendor: string }>(
      'UPDATE answer_key SET ended_at = $2 WHERE kid = $1 AND ended_at IS NULL RETURNING vendor',
      [kid, new Date(at)],
    );
    if (ended === undefined) {
      if ((await tx.query('SELECT 1 FROM answer_key WHERE kid = $1', [kid])).length === 0) throw fail('ERR_ANSWER_KEY_UNKNOWN');
      return false;
    }
    const { vendor } = ended;
    await appendEntries(tx, [writeEntry('answer-key.ended', { vendor, key: kid }, { at, nonce: context.random(16) })]);
    return true;
  });
}

/** @throws `ERR_ANSWER_KEY_MISSING`, `ERR_STORE_CELL` */
export async function newestAnswerKey(context: BankContext, vendor: string): Promise<AnswerKey> {
  const [row] = await context.database.query<{ kid: string; secret: Uint8Array; ended_at: Date | null }>(
    'SELECT kid, secret, ended_at FROM answer_key WHERE vendor = $1 ORDER BY created_at DESC, kid DESC LIMIT 1',
    [vendor],
  );
  if (row === undefined || row.ended_at !== null) throw fail('ERR_ANSWER_KEY_MISSING');
  const secret = context.keys.store.open(row.secret, placeOf(row.kid));
  if (secret === undefined) throw fail('ERR_STORE_CELL', { column: 'secret' });
  return { kid: row.kid, secret };
}

/** Keeps a key from being ended until the transaction that signs with it is over. @throws `ERR_ANSWER_KEY_MISSING`: it was ended since it was read */
export async function holdAnswerKey(tx: Queryable, kid: string): Promise<void> {
  const [held] = await tx.query('SELECT 1 FROM answer_key WHERE kid = $1 AND ended_at IS NULL FOR SHARE', [kid]);
  if (held === undefined) throw fail('ERR_ANSWER_KEY_MISSING');
}

function placeOf(kid: string): Uint8Array {
  return new TextEncoder().encode(`answer_key\x1fsecret\x1f${kid}`);
}
