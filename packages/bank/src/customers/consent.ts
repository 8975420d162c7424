/**
 * Consent: given per customer and consent key, with its evidence, and withdrawn with effect on the very next decision.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';
import { consentKeysOf } from '../policies/consent-keys.js';
import { plainArray } from '../store/arrays.js';
import { findCustomers } from './find.js';
import { takeUses, type Use } from './uses.js';

export interface ConsentEvidence {
  /** When it was given; now by default. */
  readonly at?: Date;
  /** How, and to which text: what the bank would show a court. Stays in the store. */
  readonly evidence: string;
  /** Version of the text that was agreed to, such as `2026-03`; for the customer's consent receipt. */
  readonly textVersion?: string;
}

/**
 * Records that customers gave a consent. Who had given it already is left as is; who had withdrawn it has given it again.
 *
 * @param consentKey - a purpose's `consent` in the policy
 * @returns how many customers this changed
 * @throws `ERR_CONSENT_KEY`, `ERR_CUSTOMER_UNKNOWN`; nothing was recorded
 */
export async function giveConsent(
  context: BankContext,
  customerIds: readonly string[],
  consentKey: string,
  { at, evidence, textVersion }: ConsentEvidence,
): Promise<number> {
  if (!consentKeysOf(context.policies.current()).has(consentKey)) throw fail('ERR_CONSENT_KEY');
  const now = context.clock();
  return context.database.transaction(async (tx) => {
    const customers = await findCustomers(tx, customerIds);
    const changing = await tx.query<{ id: bigint }>(
      `SELECT c.id FROM customer c LEFT JOIN consent s ON s.customer = c.id AND s.purpose = $2
        WHERE c.id = ANY ($1::text::bigint[]) AND c.erased_at IS NULL AND (s.customer IS NULL OR s.withdrawn_at IS NOT NULL)`,
      [plainArray(customers), consentKey],
    );
    const uses = await takeUses(
      context,
      tx,
      changing.map(({ id }) => id),
    );
    await tx.query(
      `INSERT INTO consent (customer, purpose, given_at, evidence, text_version) SELECT id, $2, $3, $4, $5 FROM unnest($1::text::bigint[]) AS id
       ON CONFLICT (customer, purpose) DO UPDATE
         SET given_at = excluded.given_at, evidence = excluded.evidence, text_version = excluded.text_version, withdrawn_at = NULL`,
      [plainArray(uses.map(({ customer }) => customer)), consentKey, at ?? new Date(now), evidence, textVersion ?? null],
    );
    const entries = withSubject(uses).map(({ subject }) =>
      writeEntry('consent.given', { subject, consent: consentKey }, { at: now, nonce: context.random(16) }),
    );
    await appendEntries(tx, entries);
    return uses.length;
  });
}

/**
 * Withdraws a consent, with effect on the very next decision of every process. A consent that was never given is recorded as
 * withdrawn, so that a later file does not bring it in.
 *
 * @returns whether this changed anything
 * @throws `ERR_CUSTOMER_UNKNOWN`
 */
export async function withdrawConsent(context: BankContext, customerId: string, consentKey: string): Promise<boolean> {
  if (!consentKeysOf(context.policies.current()).has(consentKey)) throw fail('ERR_CONSENT_KEY');
  const now = context.clock();
  return context.database.transaction(async (tx) => {
    const [customer] = await findCustomers(tx, [customerId]);
    // The customer's lock first, as in a call: the decision after it sees the withdrawal, or came before it.
    const uses = await takeUses(context, tx, [customer as bigint]);
    const changed = await tx.query(
      `INSERT INTO consent AS s (customer, purpose, given_at, evidence, withdrawn_at) VALUES ($1, $2, $3, 'never given', $3)
       ON CONFLICT (customer, purpose) DO UPDATE SET withdrawn_at = excluded.withdrawn_at WHERE s.withdrawn_at IS NULL RETURNING 1`,
      [customer as bigint, consentKey, new Date(now)],
    );
    await appendEntries(
      tx,
      withSubject(uses).map(({ subject }) =>
        writeEntry('consent.withdrawn', { subject, consent: consentKey }, { at: now, nonce: context.random(16) }),
      ),
    );
    return changed.length > 0;
  });
}

/** Uses of customers who were not erased. */
export function withSubject(uses: readonly Use[]): (Use & { readonly subject: Uint8Array })[] {
  return uses.filter((use): use is Use & { readonly subject: Uint8Array } => use.subject !== undefined);
}
