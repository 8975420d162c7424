/**
 * The bank: the facade of this package. Each method is one use case, a plain function in the folder of its noun.
 * @module
 */
import type { Name } from '@numbra/core';
import type { Policy } from '@numbra/policy';
import { type Alerts, alertsOf } from './alerts/alerts.js';
import { type Answers, actShared, answersOf } from './answers/answers.js';
import { type Approvals, approvalsOf } from './approvals/approvals.js';
import { type Calls, type OpenCallsOptions, openCalls } from './calls/index.js';
import { type Campaigns, campaignsOf } from './campaigns/campaigns.js';
import { recoverExports } from './campaigns/recover.js';
import { resumeShred } from './campaigns/shred.js';
import type { BankContext } from './context.js';
import { type Customers, customersOf } from './customers/index.js';
import { type Decoys, decoysOf } from './decoys/decoys.js';
import { type Evaluations, evaluationsOf } from './evaluations/evaluations.js';
import { type Evidence, evidenceOf } from './evidence/evidence.js';
import { type Grants, grantsOf } from './grants/grants.js';
import { type Handovers, handoversOf } from './handovers/handovers.js';
import { keyServiceOf } from './key-service/in-process.js';
import type { KeyService } from './key-service/key-service.js';
import type { Ledger } from './ledger/ledger.js';
import { type Lookups, lookupsOf } from './lookups/lookups.js';
import { type Matching, matchingOf } from './matching/matching.js';
import { type CreateBankOptions, closeBankContext, createBankContext, type OpenBankOptions, openBankContext } from './open.js';
import { type Policies, policiesOf } from './policies/policies.js';
import { ifAlone } from './store/exclusive.js';
import { isWritable } from './store/health.js';
import { type Vendors, vendorsOf } from './vendors/vendors.js';
import { type Webhooks, webhooksOf } from './webhooks/webhooks.js';

export interface Bank {
  readonly name: Name;
  readonly logOrigin: string;
  /** The policy in force. */
  readonly policy: Policy;
  readonly policies: Policies;
  readonly vendors: Vendors;
  readonly customers: Customers;
  readonly campaigns: Campaigns;
  /** Calls as they are on record; to place one, `openCalls` with a carrier. */
  readonly calls: Calls;
  readonly grants: Grants;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  /** Customers whose phones are the bank's own lines. */
  readonly decoys: Decoys;
  /** Yes or no about a customer, instead of the attribute. */
  readonly answers: Answers;
  /** Fields that a customer agreed to have passed on, to a recipient, past the vendor. */
  readonly handovers: Handovers;
  /** Where vendors are told, and what waits to be. */
  readonly webhooks: Webhooks;
  /** What the bank's own people look up. */
  readonly lookups: Lookups;
  /** Questions of other systems, as AuthZEN asks them. */
  readonly evaluations: Evaluations;
  /** What a person should look at. */
  readonly alerts: Alerts;
  /** Acts that take two people. */
  readonly approvals: Approvals;
  /** Blind matching with a vendor's list. */
  readonly matching: Matching;
  /** What a gateway without a keyring asks for: in this process, or the one that this bank was opened with. */
  readonly keyService: KeyService;
  /** Whether the store takes writes. @throws `ERR_STORE_UNREACHABLE`: it does not answer */
  isWritable(): Promise<boolean>;
  /** Calls that a carrier places. Closed with the bank, or before. */
  openCalls(options: OpenCallsOptions): Calls;
  /** Finishes what is under way and wipes the keys; the database and the keyring stay the caller's. */
  close(): Promise<void>;
}

/**
 * Creates a bank in an empty database and opens it.
 *
 * @throws `ERR_BANK_EXISTS`, `ERR_BANK_NAME`, `ERR_BANK_LONGEST_ID`, `ERR_POLICY_…`; nothing was changed
 */
export async function createBank(options: CreateBankOptions): Promise<Bank> {
  return facade(await createBankContext(options));
}

/**
 * Opens the bank of a database, and settles the exports and the shred that a killed process left.
 *
 * @throws `ERR_BANK_MISSING`, `ERR_BANK_OTHER_KEYRING`
 */
export async function openBank(options: OpenBankOptions): Promise<Bank> {
  const context = await openBankContext(options);
  await resumeShred(context);
  await ifAlone(context.database, 'export', () => recoverExports(context));
  return facade(context);
}

/** The facade over a context. Internal: `createBank`, `openBank`, `openGatewayBank`. */
export function facade(context: BankContext): Bank {
  const calls = openCalls(context);
  const opened = new Set<Calls>([calls]);
  const grants = grantsOf(context);
  const campaigns = campaignsOf(context);
  const webhooks = webhooksOf(context);
  const acts = actShared(context);
  const answers = answersOf(context, acts);
  const handovers = handoversOf(context, acts);
  return {
    name: context.name,
    logOrigin: context.logOrigin,
    get policy() {
      return context.policies.current();
    },
    policies: policiesOf(context),
    vendors: vendorsOf(context),
    customers: customersOf(context),
    campaigns,
    calls,
    grants,
    ledger: context.ledger,
    evidence: evidenceOf(context),
    decoys: decoysOf(context),
    answers,
    handovers,
    webhooks,
    lookups: lookupsOf(context),
    evaluations: evaluationsOf(context),
    alerts: alertsOf(context),
    approvals: approvalsOf(context),
    matching: matchingOf(context),
    keyService: keyServiceOf(context, { answers, calls, campaigns, grants, handovers, webhooks }),
    isWritable: () => isWritable(context.database),
    openCalls(options) {
      const more = openCalls(context, options);
      opened.add(more);
      return more;
    },
    async close() {
      acts.stop();
      await Promise.all([...opened].map((each) => each.close()));
      await grants.close();
      await closeBankContext(context);
    },
  };
}
