/**
 * Creating a campaign: its terms checked against the policy, its secret drawn and wrapped, its public tag drawn until it is unique.
 * @module
 */
import { parseName } from '@numbra/core';
import { fitsEntry, writeEntry } from '@numbra/ledger';
import { checkCampaign, checkSelection as checkFields, type Policy, type Window } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { ALWAYS, FOREVER } from '../store/database.js';
import { isDuplicate } from '../store/store-error.js';
import { type Campaign, findCampaign, publicCampaign, termsOf } from './campaign.js';
import { drawSecret, insertSecret, keepShredsOut, TAG_DRAWS } from './secret.js';
import { checkSelection, type Selection } from './selection.js';

export interface NewCampaign {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. It enters the keys and the ledger, and must not tell the selection's criterion. */
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  /** Everybody with consent by default. */
  readonly selection?: Selection;
  /** The policy's by default. */
  readonly window?: Window;
  readonly opensAt?: Date;
  readonly closesAt?: Date;
  readonly budgetCalls: number;
  readonly perCustomer: number;
  readonly perAgentPerHour: number;
  /** IANA name; the policy's by default. */
  readonly timeZone?: string;
}

export interface CreatedCampaign extends Campaign {
  /** What is doubtful in its terms, in sentences: a name that tells the criterion. */
  readonly warnings: readonly string[];
}

/**
 * Creates a campaign, open from the start; its members are fixed by its first export.
 *
 * @throws `ERR_CAMPAIGN_NAME`, `ERR_CAMPAIGN_EXISTS`, `ERR_VENDOR_UNKNOWN`, `ERR_CAMPAIGN_TERMS`, `ERR_CAMPAIGN_SELECTION`,
 *   `ERR_BANK_KEYRING_OUTDATED`; nothing was changed
 */
export async function createCampaign(context: BankContext, given: NewCampaign): Promise<CreatedCampaign> {
  if (parseName(given.id) === undefined || !fitsEntry(given.id)) throw fail('ERR_CAMPAIGN_NAME');
  const selection = checkSelection(given.selection ?? {});
  const policy = await context.policies.refresh(context.database);
  const terms = termsOf({ ...given, timeZone: given.timeZone ?? policy.timeZone });
  const findings = checkCampaign(terms, policy);
  const wrong = findings.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw fail('ERR_CAMPAIGN_TERMS', { field: wrong.member }, { detail: wrong.message });
  refuseUnpacedDates(policy, given.purpose, selection);
  await refuseStrangers(context, given);
  for (let draw = 1; ; draw++) {
    try {
      await insertCampaign(context, given, { timeZone: terms.timeZone, selection, policy: policy.digest });
      break;
    } catch (error) {
      if (isDuplicate(error, 'campaign_pkey')) throw fail('ERR_CAMPAIGN_EXISTS');
      if (!isDuplicate(error, 'campaign_secret_tag_key') || draw === TAG_DRAWS) throw error;
    }
  }
  const created = await findCampaign(context.database, given.id);
  if (created === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  return { ...publicCampaign(created), warnings: findings.map(({ message }) => message) };
}

/** A list selected by a date tells the date by the day on which it comes. */
function refuseUnpacedDates(policy: Policy, purpose: string, { where = [] }: Selection): void {
  const read = where.map(({ attribute }) => attribute);
  const unpaced = checkFields(policy, purpose, read).find(({ code }) => code === 'pacing-missing');
  if (unpaced !== undefined) throw fail('ERR_CAMPAIGN_TERMS', { field: 'selection' }, { detail: unpaced.message });
}

async function refuseStrangers({ database }: BankContext, { vendor }: NewCampaign): Promise<void> {
  const known = await database.query('SELECT 1 FROM vendor WHERE id = $1 AND revoked_at IS NULL', [vendor]);
  if (known.length === 0) throw fail('ERR_VENDOR_UNKNOWN');
}

interface Fixed {
  readonly timeZone: string;
  readonly selection: Selection;
  readonly policy: string;
}

async function insertCampaign(context: BankContext, given: NewCampaign, { timeZone, selection, policy }: Fixed): Promise<void> {
  const { id, vendor, purpose, window, budgetCalls, perCustomer, perAgentPerHour } = given;
  const at = context.clock();
  const drawn = drawSecret(context);
  const written = context.database.transaction(async (tx) => {
    await keepShredsOut(context, tx);
    const [row] = await tx.query<{ number: number }>(
      `INSERT INTO campaign (id, vendor, purpose, time_zone, call_window, opens_at, closes_at, budget_calls, per_customer, per_agent_per_hour,
                             selection, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING number`,
      [
        id,
        vendor,
        purpose,
        timeZone,
        window === undefined ? null : JSON.stringify(window),
        given.opensAt ?? ALWAYS,
        given.closesAt ?? FOREVER,
        budgetCalls,
        perCustomer,
        perAgentPerHour,
        JSON.stringify(selection),
        new Date(at),
      ],
    );
    const number = row?.number as number;
    await insertSecret(context, tx, { campaign: number, generation: 1, at: new Date(at) }, drawn);
    await tx.query('INSERT INTO campaign_budget (campaign, remaining) VALUES ($1, $2)', [number, budgetCalls]);
    const entry = { campaign: id, vendor, purpose, policy, budget: budgetCalls, perCustomer };
    await appendEntries(tx, [writeEntry('campaign.created', entry, { at, nonce: context.random(16) })]);
  });
  await written.finally(() => drawn.secret.fill(0));
}
