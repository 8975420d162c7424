/**
 * Shredding: nothing that a campaign sealed ever opens again, not even with an older copy of the database. The shred key is
 * replaced: every surviving secret is wrapped under the new one, and the old one is destroyed, so that every older copy holds only wraps
 * under a key that no longer exists.
 *
 * ```
 * keyring ← {old, new}  →  tx: campaign shredded, its secrets deleted, the others wrapped again, entries  →  keyring ← {new}
 * ```
 *
 * A kill leaves two keys. Then the next start, or the next shred, wraps every secret under the newer one and drops the older; a shred
 * that was not committed is not taken up again, for copies made meanwhile may hold its secret under the newer key: ask again.
 * What is out of reach: docs/guides/architect/shredding.md.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { exclusively, ifAlone } from '../store/exclusive.js';
import { findCampaign } from './campaign.js';
import { refuseUnreadable, rewrapSecrets } from './rewrap.js';
import type { KeyActOptions } from './rotate.js';
import { announceKeys } from './scopes.js';

export interface ShreddedCampaign {
  readonly campaign: string;
  /** Secrets of other campaigns that were wrapped under the new key. */
  readonly surviving: number;
  /** Where the keyring lies. An escrow copy of it, if there is one, must be replaced now. */
  readonly keyring: string;
}

/**
 * Shreds a campaign, whatever its state. When it resolves, the old shred key is gone from the keyring.
 *
 * @throws `ERR_CAMPAIGN_UNKNOWN`, `ERR_CAMPAIGN_SHREDDED`, `ERR_BANK_KEYRING_OUTDATED`, `ERR_SHRED_UNREADABLE`, `ERR_SHRED_OVERTAKEN`,
 *   `ERR_LEDGER_OLDER_COPY`: the campaign is as it was
 * @throws what the keyring or the store throws: ask again; what was begun is finished first
 */
export function shredCampaign(context: BankContext, id: string, { by }: KeyActOptions = {}): Promise<ShreddedCampaign> {
  return exclusively(context.database, 'shred', async () => {
    const { database, keyring } = context;
    await context.ledger.assertCurrent();
    await finishShred(context);
    const campaign = await findCampaign(database, id);
    if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
    if (campaign.state === 'shredded') throw fail('ERR_CAMPAIGN_SHREDDED');
    // Before anything is changed: dropping a key under which something is wrapped that this keyring cannot read would lose it.
    const epoch = await refuseUnreadable(context);
    await keyring.addShredKey();
    const { surviving } = await replaceKey(context, {
      epoch,
      also: async (tx, at) => {
        const changed = await tx.query(`UPDATE campaign SET state = 'shredded' WHERE number = $1 AND state <> 'shredded' RETURNING 1`, [
          campaign.number,
        ]);
        if (changed.length === 0) throw fail('ERR_CAMPAIGN_SHREDDED');
        await tx.query(
          'UPDATE campaign_secret SET wrapped = NULL, withdrawn_at = coalesce(withdrawn_at, $2) WHERE campaign = $1 AND wrapped IS NOT NULL',
          [campaign.number, new Date(at)],
        );
        const entry = { campaign: id, ...(by !== undefined && { by }) };
        await appendEntries(tx, [writeEntry('campaign.shredded', entry, { at, nonce: context.random(16) })]);
        await announceKeys(tx, id);
      },
    });
    context.scopes.forget(id);
    await keyring.dropOldShredKeys();
    return { campaign: id, surviving, keyring: keyring.kind };
  });
}

const LEFT_TO_THE_NEXT_SHRED: ReadonlySet<string> = new Set(['ERR_SHRED_UNREADABLE', 'ERR_BANK_KEYRING_OUTDATED', 'ERR_LEDGER_OLDER_COPY']);

/**
 * Finishes what a killed shred began, when a bank is opened. Does nothing while a shred is under way in another process.
 *
 * A bank must open all the same where that cannot be: secrets that no key of this keyring opens, a store restored from an older copy.
 * Then both keys stay, and the next shred says what is wrong.
 */
export async function resumeShred(context: BankContext): Promise<void> {
  if (context.keyring.shredKeys < 2) return;
  await ifAlone(context.database, 'shred', async () => {
    try {
      await context.ledger.assertCurrent();
      await finishShred(context);
    } catch (error) {
      if (!isNumbraError(error) || !LEFT_TO_THE_NEXT_SHRED.has(error.code)) throw error;
    }
  });
}

/** Every secret under the newest key, and only that key left. */
async function finishShred(context: BankContext): Promise<void> {
  if (context.keyring.shredKeys < 2) return;
  const epoch = await refuseUnreadable(context);
  await replaceKey(context, { epoch });
  await context.keyring.dropOldShredKeys();
}

async function replaceKey(
  context: BankContext,
  { epoch, also }: { readonly epoch: number; readonly also?: (tx: Queryable, at: number) => Promise<void> },
): Promise<{ readonly surviving: number }> {
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const { surviving, changed } = await rewrapSecrets(context, tx, { epoch, before: async () => also?.(tx, at) });
    // A shred that was committed and not finished has entered it already.
    if (also !== undefined || changed) {
      await appendEntries(tx, [writeEntry('key.rotated', { use: 'shred' }, { at, nonce: context.random(16) })]);
    }
    return { surviving };
  });
}
