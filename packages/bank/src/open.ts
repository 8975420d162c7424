/**
 * Creating a bank in an empty store, and opening the one that is there.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { type Keyring, type Name, parseName } from '@numbra/core';
import { generateGrantKey } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import { loadPolicy } from '@numbra/policy';
import { loadFromKeyring, openScopes } from './campaigns/scopes.js';
import type { BankContext } from './context.js';
import { fail } from './errors.js';
import { GrantKeys, insertGrantKey } from './grants/keys.js';
import { loadBankKeys } from './keys.js';
import { appendEntries } from './ledger/append.js';
import { openLedger } from './ledger/ledger.js';
import { createLogKey, loadLogKey } from './ledger/log-key.js';
import { loadPolicyInForce } from './policies/in-force.js';
import type { Database } from './store/database.js';
import { migrate } from './store/migrate.js';
import { isDuplicate, sqlstateOf } from './store/store-error.js';

export interface OpenBankOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Where the last signed checkpoint is kept, beside the keyring: it shows a database restored from an older copy. */
  readonly checkpointFile?: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly random?: (bytes: number) => Uint8Array;
}

export interface CreateBankOptions extends OpenBankOptions {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`; part of every key, so it stays for ever. */
  readonly name: string;
  /** The policy, YAML. */
  readonly policy: string;
  /** Bytes of the bank's longest customer id, UTF-8. 12 by default; it fixes the length of references for ever. */
  readonly longestId?: number;
  /** What the longest ids are: decimal numbers of up to 24 digits fit the shortest reference, other text only up to 12 bytes. */
  readonly longIds?: 'text' | 'decimal';
  /** The ledger's name in its checkpoints; `<name>/ledger` by default. */
  readonly logOrigin?: string;
}

/** A reference holds a kind byte and a padding byte beside the id; its lengths are 15k − 1. */
const REFERENCE_OVERHEAD = 2;
const REFERENCE_STEP = 15;
/** 14 bytes hold 12 bytes of text, or 24 decimal digits. */
const SHORTEST_REFERENCE = 14;
const SHORTEST_LONGEST_ID = 12;
const MOST_PACKED_DIGITS = 24;
const LONGEST_ID = 252;

/**
 * Creates a bank in an empty database: schema, signing keys, first policy, first ledger entry. One transaction after the schema.
 *
 * @throws `ERR_BANK_EXISTS`: this database holds a bank already; nothing was changed
 * @throws `ERR_BANK_NAME`, `ERR_BANK_LONGEST_ID`, and what a wrong policy throws; nothing was changed
 */
export async function createBankContext(options: CreateBankOptions): Promise<BankContext> {
  const { database, keyring, clock = Date.now, random = randomBytes } = options;
  const name = parseName(options.name);
  if (name === undefined) throw fail('ERR_BANK_NAME');
  const longestId = options.longestId ?? SHORTEST_LONGEST_ID;
  if (!Number.isInteger(longestId) || longestId < 1 || longestId > LONGEST_ID) throw fail('ERR_BANK_LONGEST_ID');
  const longIds = options.longIds ?? 'text';
  const policy = loadPolicy(options.policy);
  if (policy.bank !== name) throw fail('ERR_POLICY_OTHER_BANK');
  const origin = options.logOrigin ?? `${name}/ledger`;
  const at = new Date(clock());
  const grantKey = await generateGrantKey();
  const keys = await loadBankKeys(keyring);
  try {
    await migrate(database);
    await database.transaction(async (tx) => {
      await tx.query(`INSERT INTO bank (name, log_origin, reference_length, decimal_ids, created_at) VALUES ($1, $2, $3, $4, $5)`, [
        name,
        origin,
        referenceLengthFor(longestId, longIds),
        longIds === 'decimal',
        at,
      ]);
      await insertGrantKey(tx, keys.store, grantKey, at);
      await createLogKey(tx, { store: keys.store, origin, random, at });
      await tx.query('INSERT INTO policy (digest, document, adopted_at) VALUES ($1, $2, $3)', [policy.digest, options.policy, at]);
      await appendEntries(tx, [writeEntry('policy.adopted', { policy: policy.digest }, { at: at.getTime(), nonce: random(16) })]);
    });
  } catch (error) {
    if (isDuplicate(error, 'bank_pkey')) throw fail('ERR_BANK_EXISTS');
    throw error;
  } finally {
    keys.close();
  }
  return openBankContext(options);
}

interface BankRow {
  readonly name: string;
  readonly log_origin: string;
  readonly reference_length: number;
}

/**
 * Opens the bank of a database.
 *
 * @throws `ERR_BANK_MISSING`: the database holds no bank
 * @throws `ERR_BANK_OTHER_KEYRING`: its keys were sealed under another keyring
 */
export async function openBankContext(options: OpenBankOptions): Promise<BankContext> {
  const { database, keyring, clock = Date.now, random = randomBytes } = options;
  const bank = await readBank(database);
  await migrate(database);
  const keys = await loadBankKeys(keyring);
  try {
    const grantKeys = await GrantKeys.load({ database, store: keys.store, clock });
    const reloadKey = () => loadLogKey(database, keys.store, clock());
    const key = await reloadKey();
    const name = bank.name as Name;
    return {
      database,
      keyring,
      clock,
      random,
      name,
      logOrigin: bank.log_origin,
      referenceLength: bank.reference_length,
      keys,
      grantKeys,
      get grantKey() {
        return grantKeys.current;
      },
      policies: await loadPolicyInForce(database),
      scopes: await openScopes(database, (campaign) =>
        loadFromKeyring({ database, keyring, name, referenceLength: bank.reference_length }, campaign),
      ),
      logKey: reloadKey,
      ledger: openLedger({
        database,
        origin: bank.log_origin,
        key,
        reloadKey,
        clock,
        random,
        ...(options.checkpointFile !== undefined && { checkpointFile: options.checkpointFile }),
      }),
    };
  } catch (error) {
    keys.close();
    throw error;
  }
}

/** Wipes keys and stops what runs. The database and the keyring belong to the caller. */
export async function closeBankContext(context: BankContext): Promise<void> {
  await context.ledger.close();
  await context.scopes.close();
  context.keys.close();
}

/** The plaintext length that leaves room for the longest id: 14, 29, 44 … bytes. */
export function referenceLengthFor(longestId: number, longIds: 'text' | 'decimal' = 'text'): number {
  if (longIds === 'decimal' && longestId <= MOST_PACKED_DIGITS) return SHORTEST_REFERENCE;
  return Math.ceil((longestId + REFERENCE_OVERHEAD + 1) / REFERENCE_STEP) * REFERENCE_STEP - 1;
}

const UNDEFINED_TABLE = '42P01';

/** @throws `ERR_BANK_MISSING` */
export async function readBank(database: Database): Promise<BankRow> {
  try {
    const [bank] = await database.query<BankRow>('SELECT name, log_origin, reference_length FROM bank');
    if (bank !== undefined) return bank;
  } catch (error) {
    if (sqlstateOf(error) !== UNDEFINED_TABLE) throw error;
  }
  throw fail('ERR_BANK_MISSING');
}
