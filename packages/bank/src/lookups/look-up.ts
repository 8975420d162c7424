/**
 * Looking a customer up: a person of the bank sees the fields that the purpose allows, counted against that person's day. Every try is
 * recorded, and one about a customer stands in the ledger and on the customer's receipt, refused or not.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import { type DecisionCode, decide, type Policy, type Release } from '@numbra/policy';
import { checkPerson } from '../approvals/request.js';
import type { BankContext } from '../context.js';
import { type FieldValue, readFields } from '../customers/read-fields.js';
import { takeUses } from '../customers/uses.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { checkReason, type DeskWork, momentOf, recordLookup } from './record.js';

export interface LookupOrder extends DeskWork {
  /** The bank's own id. */
  readonly customerId: string;
  /** Fewer than the purpose allows; all of them by default. */
  readonly fields?: readonly string[];
}

export type LookupAnswer =
  | {
      readonly outcome: 'shown';
      /** `lookup_…`, as in the ledger. */
      readonly lookup: string;
      /** In the clear, or as an ending where the policy shows no more; `null`: the bank does not have it. */
      readonly fields: Readonly<Record<string, FieldValue>>;
      /** Look-ups that the person has left today, for this purpose. */
      readonly left: number;
    }
  | {
      readonly outcome: 'refused';
      readonly lookup: string;
      readonly code: DecisionCode | 'customer-unknown';
      /** The policy's rule, by its path. */
      readonly rule: string;
      readonly sentence: string;
    };

const UNKNOWN = { code: 'customer-unknown', rule: 'built-in.customer', sentence: 'No customer has this id.' } as const;

/**
 * Looks one customer up.
 *
 * @returns the fields, or why not
 * @throws `ERR_APPROVAL_PERSON`, `ERR_LOOKUP_REASON`: nothing was looked up or recorded
 */
export function lookUp(context: BankContext, order: LookupOrder): Promise<LookupAnswer> {
  const { person, purpose, desk, reason, customerId } = order;
  checkPerson(person, 'person');
  checkReason(reason);
  return context.database.transaction(async (tx) => {
    // Customer before budget, as everywhere.
    const [customer] = await tx.query<{ id: bigint; erased: boolean }>(
      'SELECT id, erased_at IS NOT NULL AS erased FROM customer WHERE customer_id = $1 FOR NO KEY UPDATE',
      [customerId.normalize('NFC')],
    );
    const policy = await context.policies.refresh(tx);
    const moment = momentOf(policy, context.clock());
    const shown = await shownToday(tx, order, moment.day);
    const release = releaseOf(policy, order);
    const fields = order.fields ?? [...release.fields, ...release.endings];
    const decision = decide(
      { action: 'lookup', purpose, vendor: desk, person, fields },
      policy,
      { lookupsToday: shown, customerErased: customer?.erased === true },
      moment.now,
    );
    const refused = decision.outcome === 'refused' ? decision : customer === undefined ? UNKNOWN : undefined;
    const id = newId(context, 'lookup');
    const row = { id, person, purpose, desk, reason, ...moment, customer: customer?.id };
    await recordLookup(tx, { ...row, ...(refused !== undefined && { code: refused.code }) });
    const [use] = customer === undefined ? [] : await takeUses(context, tx, [customer.id]);
    if (use?.subject !== undefined) {
      const { subject } = use;
      const entry = { lookup: id, subject, purpose, reason, by: person, ...(refused !== undefined && { refused: refused.code }) };
      await appendEntries(tx, [writeEntry('lookup', entry, { at: moment.now, nonce: context.random(16) })]);
    }
    if (refused !== undefined || customer === undefined) {
      const { code, rule, sentence } = refused ?? UNKNOWN;
      return { outcome: 'refused', lookup: id, code, rule, sentence };
    }
    await tx.query('UPDATE lookup_budget SET shown = shown + 1 WHERE person = $1 AND purpose = $2 AND day = $3', [
      person,
      purpose,
      moment.day,
    ]);
    const values = Object.entries(await readFields(context, tx, customer.id, fields));
    const seen = values.map(([name, value]) => [name, release.fields.includes(name) ? value : endingOf(value)] as const);
    return { outcome: 'shown', lookup: id, fields: Object.fromEntries(seen), left: Math.max(0, release.perDay - shown - 1) };
  });
}

/** What the policy shows a desk for a purpose. */
function releaseOf(policy: Policy, { purpose, desk }: LookupOrder): NonNullable<Release['lookup']> {
  const recipients = Object.hasOwn(policy.purposes, purpose) ? policy.purposes[purpose]?.recipients : undefined;
  const lookup = recipients !== undefined && Object.hasOwn(recipients, desk) ? recipients[desk]?.lookup : undefined;
  return lookup ?? NOTHING;
}

const NOTHING = { fields: [], endings: [], perDay: 0 } as const;

/** Look-ups shown today, counted under the lock of the person's row. */
async function shownToday(tx: Queryable, { person, purpose }: LookupOrder, day: string): Promise<number> {
  const [row] = await tx.query<{ shown: number }>(
    `INSERT INTO lookup_budget AS b (person, purpose, day) VALUES ($1, $2, $3)
     ON CONFLICT (person, purpose, day) DO UPDATE SET shown = b.shown RETURNING shown`,
    [person, purpose, day],
  );
  return row?.shown ?? Number.POSITIVE_INFINITY;
}

const ENDING = 4;

/** The last four characters, where they are less than half of it: enough to compare with what a customer says. */
export function endingOf(value: FieldValue): string | null {
  if (value === null) return null;
  const characters = Array.from(String(value));
  return characters.length > 2 * ENDING ? `…${characters.slice(-ENDING).join('')}` : '…';
}
