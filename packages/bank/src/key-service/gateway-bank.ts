/**
 * A bank as a gateway has it that is given no keyring: the same facade over the same database, with the keys that a key service hands out.
 * What takes any other key is asked of that service where a gateway needs it, and refused everywhere else (`ERR_KEY_WITHHELD`): an
 * operator's acts are done where the keyring is.
 *
 * The schema is not brought up to date here: a gateway's database user needs no right to.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Name } from '@numbra/core';
import { askWith } from '../answers/answers.js';
import { type Bank, facade } from '../bank.js';
import type { Calls } from '../calls/index.js';
import { openScopes } from '../campaigns/scopes.js';
import type { BankContext } from '../context.js';
import { GrantKeys } from '../grants/keys.js';
import { startWith } from '../handovers/handovers.js';
import { workingKeys } from '../keys.js';
import type { Ledger } from '../ledger/ledger.js';
import { openLedger } from '../ledger/ledger.js';
import { loadLogVerifier } from '../ledger/log-key.js';
import { readBank } from '../open.js';
import { loadPolicyInForce } from '../policies/in-force.js';
import type { Database } from '../store/database.js';
import { receiveCampaign } from './campaign-keys.js';
import type { KeyService } from './key-service.js';
import { withheldCipher, withheldKeyring } from './withheld.js';

export interface OpenGatewayBankOptions {
  readonly database: Database;
  readonly keys: KeyService;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * Opens the bank of a database for a gateway.
 *
 * @throws `ERR_BANK_MISSING`, `ERR_LEDGER_KEY`, and what the key service throws
 */
export async function openGatewayBank({
  database,
  keys: service,
  clock = Date.now,
  random = randomBytes,
}: OpenGatewayBankOptions): Promise<Bank> {
  const { name: text, log_origin: logOrigin, reference_length: referenceLength } = await readBank(database);
  const name = text as Name; // parsed when the bank was created
  const grantKeys = await GrantKeys.load({ database, store: undefined, clock });
  const reloadKey = () => loadLogVerifier(database);
  const key = await reloadKey();
  const policies = await loadPolicyInForce(database);
  const keys = await workingKeys(withheldCipher, (wanted) => service.bankKey(wanted));
  try {
    const context: BankContext = {
      database,
      keyring: withheldKeyring,
      clock,
      random,
      name,
      logOrigin,
      referenceLength,
      keys,
      grantKeys,
      get grantKey() {
        return grantKeys.current;
      },
      policies,
      scopes: await openScopes(database, async (campaign) => {
        const handed = await service.campaignKeys(campaign);
        return handed && receiveCampaign({ name, referenceLength }, campaign, handed);
      }),
      logKey: reloadKey,
      ledger: remoteLedger(openLedger({ database, origin: logOrigin, key, reloadKey, clock, random }), service),
    };
    return withService(context, service);
  } catch (error) {
    keys.close();
    throw error;
  }
}

/** The acts of a gateway that take a key it has not. */
function withService(context: BankContext, service: KeyService): Bank {
  const bank = facade(context);
  const { answers, campaigns, grants, handovers, webhooks } = bank;
  // Over the bank, not a copy of it: its policy is looked up each time.
  return Object.create(bank, {
    calls: { value: withNotes(bank.calls, service) },
    openCalls: { value: (options: Parameters<Bank['openCalls']>[0]) => withNotes(bank.openCalls(options), service) },
    answers: { value: { ...answers, ask: askWith(context, service.ask) } },
    handovers: {
      value: {
        ...handovers,
        begin: service.beginHandover,
        start: startWith(context, service.beginHandover),
        confirm: service.confirmHandover,
      },
    },
    campaigns: { value: { ...campaigns, readList: service.readList } },
    grants: {
      value: {
        ...grants,
        issue: service.issue,
        exchange: service.exchange,
        statusList: service.statusList,
        signIntrospection: service.signIntrospection,
      },
    },
    webhooks: { value: { ...webhooks, take: service.takeDeliveries } },
    keyService: { value: service },
  }) as Bank;
}

/** A note is looked through with a customer's identifiers, and sealed; an outcome without one needs neither. */
function withNotes(calls: Calls, service: KeyService): Calls {
  return {
    ...calls,
    recordOutcome: (request) =>
      request.note === undefined || request.note === '' ? calls.recordOutcome(request) : service.recordOutcome(request),
  };
}

/** Positions are given and checkpoints signed by the key service's process, which runs each second by itself. */
function remoteLedger(ledger: Ledger, service: KeyService): Ledger {
  return {
    ...ledger,
    sequence: service.sequence,
    start() {},
    assertCurrent: service.assertCurrent,
  };
}
