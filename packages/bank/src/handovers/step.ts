/**
 * A step of a handover, as its ledger entry: each takes one use of the customer, so that all stand on the customer's receipt.
 * @module
 */
import { hash } from 'node:crypto';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { takeUses } from '../customers/uses.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';

export interface HandoverStep {
  readonly handover: string;
  readonly customer: bigint;
  readonly campaign: string;
  readonly vendor: string;
  readonly recipient: string;
  readonly step:
    | 'started'
    | 'code-sent'
    | 'code-unsent'
    | 'code-unknown'
    | 'code-wrong'
    | 'lapsed'
    | 'confirmed'
    | 'delivered'
    | 'undelivered';
  readonly purpose?: string;
  readonly grant?: string;
  readonly agent?: string | undefined;
  readonly fields?: readonly string[];
  readonly by?: 'code' | 'consent';
  readonly consent?: string | undefined;
  readonly policy?: string;
  /** The JWE. */
  readonly sealed?: string;
}

/** Enters a step, in the transaction that takes it. Of a customer who was erased nothing is entered any more. */
export async function enterStep(context: BankContext, tx: Queryable, step: HandoverStep, at: Date): Promise<void> {
  const { customer, sealed, ...about } = step;
  const [use] = await takeUses(context, tx, [customer]);
  if (use?.subject === undefined) return;
  const entry = { ...about, subject: use.subject, signed: sealed === undefined ? undefined : `sha256:${hash('sha256', sealed, 'hex')}` };
  await appendEntries(tx, [writeEntry('handover', entry, { at: at.getTime(), nonce: context.random(16) })]);
}
