/**
 * Keys that bank and vendor share, for answers as MACs: made by the bank's operator, sealed at rest, shown once. The newest makes answers;
 * an older one goes on verifying at the vendor for as long as the answers that it made hold, a day.
 * @module
 */
import { ANSWER_KEY_BYTES, type AnswerKey } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { newId } from '../store/ids.js';

export interface MadeAnswerKey {
  readonly vendor: string;
  readonly kid: string;
  /** `nak_` and base64url: for the vendor, told once over another way. */
  readonly secret: string;
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

/** @throws `ERR_ANSWER_KEY_MISSING`, `ERR_STORE_CELL` */
export async function newestAnswerKey(context: BankContext, vendor: string): Promise<AnswerKey> {
  const [row] = await context.database.query<{ kid: string; secret: Uint8Array }>(
    'SELECT kid, secret FROM answer_key WHERE vendor = $1 ORDER BY created_at DESC, kid DESC LIMIT 1',
    [vendor],
  );
  if (row === undefined) throw fail('ERR_ANSWER_KEY_MISSING');
  const secret = context.keys.store.open(row.secret, placeOf(row.kid));
  if (secret === undefined) throw fail('ERR_STORE_CELL', { column: 'secret' });
  return { kid: row.kid, secret };
}

function placeOf(kid: string): Uint8Array {
  return new TextEncoder().encode(`answer_key\x1fsecret\x1f${kid}`);
}
