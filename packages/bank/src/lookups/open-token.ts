/**
 * Opening a reference or a dial token for a human: which customer is this? Where the policy wants it, two other people have approved of
 * exactly this opening, and the approval is used up in the same transaction.
 *
 * Tokens are found by their hash among the rows that were delivered, so a copied tag opens nothing, and a shredded campaign's token is
 * still answered. What a person may see of the customer is another look-up.
 * @module
 */
import { hash } from 'node:crypto';
import { decodeToken } from '@numbra/core';
import { writeEntry } from '@numbra/ledger';
import { type DecisionCode, decide } from '@numbra/policy';
import { checkPerson } from '../approvals/request.js';
import { requireApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import { takeUses } from '../customers/uses.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { checkReason, type DeskWork, momentOf, recordLookup } from './record.js';

export interface OpenOrder extends DeskWork {
  /** A reference or a dial token. */
  readonly token: string;
}

export type OpenAnswer =
  | {
      readonly outcome: 'opened';
      /** `lookup_…`, as the bank records it. */
      readonly lookup: string;
      /** The bank's own id. */
      readonly customerId: string;
      readonly campaign: string;
      readonly vendor: string;
      /** 1 … in the order of the list. */
      readonly rowNumber: number;
    }
  | {
      readonly outcome: 'refused';
      readonly lookup: string;
      readonly code: DecisionCode;
      readonly rule: string;
      readonly sentence: string;
    };

/** The act, as approvals call it. */
export const OPEN_ACT = 'open-token';

interface ListedRow {
  readonly customer: bigint;
  readonly customer_id: string;
  readonly erased: boolean;
  readonly campaign: string;
  readonly vendor: string;
  readonly row_number: number;
}

const UNLISTED = { code: 'token-unlisted', rule: 'built-in.token', sentence: 'No list of this bank holds this token.' } as const;

/**
 * Opens one token.
 *
 * @returns whose it is, or why nobody is told
 * @throws `ERR_APPROVAL_MISSING`, `ERR_APPROVAL_PERSON`, `ERR_LOOKUP_REASON`; nothing was opened or recorded
 */
export function openToken(context: BankContext, order: OpenOrder): Promise<OpenAnswer> {
  const { person, purpose, desk, reason, token } = order;
  checkPerson(person, 'person');
  checkReason(reason);
  return context.database.transaction(async (tx) => {
    const row = await listedRow(tx, token);
    if (row !== undefined) await tx.query('SELECT 1 FROM customer WHERE id = $1 FOR NO KEY UPDATE', [row.customer]);
    const policy = await context.policies.refresh(tx);
    const moment = momentOf(policy, context.clock());
    const { people } = policy.approvals.open;
    // Decided as if it were approved, so that an approval is used up by nothing else than what it was given for; and taken before anything is
    // told of the token, so that nobody tries tokens alone.
    const facts = { approvals: people, customerErased: row?.erased === true };
    const decision = decide({ action: 'open', purpose, vendor: desk, person }, policy, facts, moment.now);
    const approvals: string[] = [];
    if (people > 0 && (decision.outcome === 'allowed' || decision.code === 'customer-erased')) {
      const approval = await requireApproval(tx, { kind: OPEN_ACT, subject: openingSubject(order), now: moment.now, people });
      approvals.push(approval.id);
    }
    const refused = decision.outcome === 'refused' ? decision : row === undefined ? UNLISTED : undefined;
    const id = newId(context, 'lookup');
    const kept = { id, person, purpose, desk, reason, ...moment, customer: row?.customer };
    await recordLookup(tx, { ...kept, ...(refused !== undefined && { code: refused.code }) });
    const [use] = row === undefined ? [] : await takeUses(context, tx, [row.customer]);
    const stamp = { at: moment.now, nonce: context.random(16) };
    if (use?.subject !== undefined && row !== undefined) {
      const { subject } = use;
      const entry =
        refused === undefined
          ? writeEntry('reference.opened', { subject, campaign: row.campaign, reason, by: person, approvals }, stamp)
          : writeEntry('lookup', { lookup: id, subject, purpose, reason, by: person, approvals, refused: refused.code }, stamp);
      await appendEntries(tx, [entry]);
    }
    if (refused !== undefined || row === undefined) {
      const { code, rule, sentence } = refused ?? UNLISTED;
      return { outcome: 'refused', lookup: id, code, rule, sentence };
    }
    const { customer_id: customerId, campaign, vendor, row_number: rowNumber } = row;
    return { outcome: 'opened', lookup: id, customerId, campaign, vendor, rowNumber };
  });
}

/** What two people approve of: this token, opened by this person for this purpose. 32 bytes. */
export function openingSubject({ token, purpose, desk, person }: Omit<OpenOrder, 'reason'>): Uint8Array {
  const decoded = decodeToken(token);
  const bytes = decoded === undefined ? `text:${token}` : Buffer.from(decoded.bytes).toString('base64url');
  return new Uint8Array(hash('sha256', ['numbra/v1/approval', OPEN_ACT, bytes, purpose, desk, person].join('\x1f'), 'buffer'));
}

async function listedRow(tx: Queryable, token: string): Promise<ListedRow | undefined> {
  const decoded = decodeToken(token);
  if (decoded === undefined) return undefined;
  const [row] = await tx.query<ListedRow>(
    `SELECT m.customer, u.customer_id, u.erased_at IS NOT NULL AS erased, c.id AS campaign, c.vendor, m.row_number
       FROM campaign_secret s JOIN campaign c ON c.number = s.campaign
       JOIN member m ON m.campaign = s.campaign AND m.generation = s.generation
       JOIN customer u ON u.id = m.customer
      WHERE s.tag = $1 AND $2::bytea IN (m.reference_hash, m.dial_hash)`,
    [decoded.tag, new Uint8Array(hash('sha256', token, 'buffer'))],
  );
  return row;
}
