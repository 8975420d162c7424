/**
 * The bank: the facade of this package. Each method is one use case, a plain function in the folder of its noun.
 * @module
 */
import type { Name } from '@numbra/core';
import type { Policy } from '@numbra/policy';
import type { BankContext } from './context.js';
import type { Ledger } from './ledger/ledger.js';
import { type CreateBankOptions, closeBankContext, createBankContext, type OpenBankOptions, openBankContext } from './open.js';

export interface Bank {
  readonly name: Name;
  readonly logOrigin: string;
  /** The policy in force. */
  readonly policy: Policy;
  readonly ledger: Ledger;
  /** Wipes the keys and stops what runs; the database and the keyring stay the caller's. */
  close(): Promise<void>;
}

/** Creates a bank in an empty database and opens it. */
export async function createBank(options: CreateBankOptions): Promise<Bank> {
  return facade(await createBankContext(options));
}

/** Opens the bank of a database. */
export async function openBank(options: OpenBankOptions): Promise<Bank> {
  return facade(await openBankContext(options));
}

function facade(context: BankContext): Bank {
  return {
    name: context.name,
    logOrigin: context.logOrigin,
    get policy() {
      return context.policies.current();
    },
    ledger: context.ledger,
    close: () => closeBankContext(context),
  };
}
