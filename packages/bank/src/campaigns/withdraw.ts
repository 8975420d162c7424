/**
 * Withdrawal: after a rotation, the older list's secret is deleted. From the next decision on its tokens are refused exactly as forged
 * ones are. Its tag and the hashes of its rows stay, so that a leaked row of it can still be traced.
 *
 * Not a shred: a copy of the database from before still holds the secret, wrapped under a shred key that exists until the next shred
 * of any campaign.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { KeyActOptions } from './rotate.js';
import { announceKeys } from './scopes.js';
import { keepShredsOut } from './secret.js';

export interface WithdrawnList {
  readonly campaign: string;
  /** Of the list whose tokens open no more. */
  readonly generation: number;
  /** Whether an export of the newer list was delivered; if not, the vendor has no token that opens until one is. */
  readonly newerDelivered: boolean;
}

/**
 * Withdraws a campaign's older list.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_WITHDRAW_ONE_LIST`, `ERR_BANK_KEYRING_OUTDATED`; nothing was changed
 */
export async function withdrawList(context: BankContext, id: string, { by }: KeyActOptions = {}): Promise<WithdrawnList> {
  const at = context.clock();
  const withdrawn = await context.database.transaction(async (tx) => {
    await keepShredsOut(context, tx);
    const [campaign] = await tx.query<{ number: number }>('SELECT number FROM campaign WHERE id = $1 FOR NO KEY UPDATE', [id]);
    if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
    const [older] = await tx.query<{ generation: number; delivered: boolean }>(
      `UPDATE campaign_secret s SET wrapped = NULL, withdrawn_at = $2
        WHERE s.campaign = $1 AND s.wrapped IS NOT NULL
          AND s.generation < (SELECT max(n.generation) FROM campaign_secret n WHERE n.campaign = $1 AND n.wrapped IS NOT NULL)
       RETURNING s.generation,
         EXISTS (SELECT FROM export e WHERE e.campaign = $1 AND e.generation > s.generation AND e.state IN ('made', 'delivered')) AS delivered`,
      [campaign.number, new Date(at)],
    );
    if (older === undefined) throw fail('ERR_WITHDRAW_ONE_LIST');
    const entry = { campaign: id, generation: older.generation, ...(by !== undefined && { by }) };
    await appendEntries(tx, [writeEntry('list.withdrawn', entry, { at, nonce: context.random(16) })]);
    await announceKeys(tx, id);
    return { campaign: id, generation: older.generation, newerDelivered: older.delivered };
  });
  context.scopes.forget(id);
  return withdrawn;
}
