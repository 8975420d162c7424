/**
 * A bank with customers, campaigns and lists for the tests of calls: written straight into the store, so that a test takes
 * milliseconds to prepare and can make any state. Exports have tests of their own.
 * @module
 */
import { hash } from 'node:crypto';
import {
  type CustomerId,
  type DialToken,
  type Keyring,
  parsePhone,
  type Reference,
  r5Of,
  sealDialToken,
  sealReference,
} from '@numbra/core';
import { type Grant, type GrantedCampaign, generateGrantKey, issueGrant, readKeySet, verifyGrant } from '@numbra/grants';
import type { Carrier, CarrierAnswer, CarrierOrder } from '../../packages/bank/src/calls/carrier.js';
import { type Calls, type OpenCallsOptions, openCalls } from '../../packages/bank/src/calls/index.js';
import type { CallRequest } from '../../packages/bank/src/calls/request.js';
import { createCampaign, type NewCampaign } from '../../packages/bank/src/campaigns/create.js';
import type { BankContext } from '../../packages/bank/src/context.js';
import { closeBankContext, createBankContext, openBankContext } from '../../packages/bank/src/open.js';
import { cellContext } from '../../packages/bank/src/store/cells.js';
import type { Database } from '../../packages/bank/src/store/database.js';
import { testKeyring } from './banks.js';
import { createTestDatabase, type Engine } from './stores.js';

export { engines } from './stores.js';

/** Purposes with one kind of limit each. */
export const callsPolicy = `
numbra: 1
bank: demo-bank
time_zone: Asia/Shanghai
fields: { phone: { class: C3 }, balance: { class: C2 } }
purposes:
  marketing:
    abstract: true
    legal_basis: consent
    consent: marketing
    recipients: [vendor-a, vendor-b]
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
  marketing.free: {}
  marketing.capped: { caps: { per_customer: { all_vendors: { calls: 1, days: 60 } } } }
  marketing.thrice: { caps: { per_customer: { purpose: { calls: 3, days: 30 } } } }
  marketing.crowded: { caps: { concurrent: 3 } }
  marketing.never: { window: { days: [mo], from: "03:00", to: "03:01" } }
  marketing.their-clock: { window: { days: [mo], from: "03:00", to: "03:01", zone: customer } }
  marketing.named: { grants: { agent: required } }
  marketing.signed: { acknowledge: required }
  marketing.letters: { release: { dial: false } }
  marketing.only-b: { recipients: [vendor-b] }
refusals: { sticky: true, per_day: PER_DAY }
`;

export interface Customer {
  readonly row: bigint;
  readonly id: string;
  readonly phone: string;
}

/** A row of a list. */
export interface Listed {
  readonly customer: Customer;
  readonly reference: Reference;
  readonly dialToken: DialToken;
}

export interface World {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly context: BankContext;
  customers(count: number, options?: { readonly consent?: boolean }): Promise<Customer[]>;
  campaign(options?: Partial<NewCampaign>): Promise<string>;
  /** Makes customers members of a campaign. */
  list(campaign: string, customers: readonly Customer[]): Promise<Listed[]>;
  /** Seals a token that nobody exported. */
  seal(campaign: string, customer: Customer): Promise<Listed>;
  grant(campaign: string, options?: GrantOptions): Promise<Grant>;
  calls(options?: OpenCallsOptions): Calls;
  drop(): Promise<void>;
}

export interface GrantOptions {
  readonly vendor?: string;
  readonly act?: string;
  readonly now?: number;
  readonly campaign?: Partial<GrantedCampaign>;
}

let made = 0;

/** A campaign's name may not tell a number: it might be how customers were selected. */
const letters = (number: number): string => String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] as string);

/** A bank with vendors `vendor-a` and `vendor-b`. */
export async function createWorld(engine: Engine, options: WorldOptions = {}): Promise<World> {
  const { database, drop } = await createTestDatabase(engine);
  return createWorldOn(database, drop, options);
}

export interface WorldOptions {
  /** The policy's `refusals.per_day`. */
  readonly perDay?: string;
}

/** As `createWorld`, on an empty database. */
export async function createWorldOn(database: Database, drop: () => Promise<void>, { perDay = '200' }: WorldOptions = {}): Promise<World> {
  const keyring = testKeyring();
  const context = await createBankContext({ database, keyring, name: 'demo-bank', policy: callsPolicy.replace('PER_DAY', perDay) });
  await database.query(`INSERT INTO vendor (id, jwks, added_at) VALUES ('vendor-a', '{}', now()), ('vendor-b', '{}', now())`);
  return worldOf(database, keyring, context, drop);
}

/** The same bank as another process would have it. */
export async function secondProcess(world: World, database: Database): Promise<World> {
  const context = await openBankContext({ database, keyring: testKeyring() });
  return worldOf(database, world.keyring, context, () => database.close());
}

async function worldOf(database: Database, keyring: Keyring, context: BankContext, drop: () => Promise<void>): Promise<World> {
  const key = await generateGrantKey();
  const keys = readKeySet({ keys: [key.publicJwk] });
  const opened: Calls[] = [];

  async function seal(campaign: string, customer: Customer): Promise<Listed> {
    const scope = (await context.scopes.of(campaign))?.generations[0]?.scope;
    if (scope === undefined) throw new Error('no scope');
    const reference = sealReference(scope, customer.id as CustomerId);
    const phone = parsePhone(`+${customer.phone}`);
    if (phone === undefined) throw new Error('no phone');
    return { customer, reference, dialToken: sealDialToken(scope, phone, reference) };
  }

  return {
    database,
    keyring,
    context,
    seal,
    async customers(count, { consent = true } = {}) {
      const customers: Customer[] = [];
      for (let i = 0; i < count; i++) {
        const number = ++made;
        const id = `C${String(number).padStart(7, '0')}`;
        const phone = `86138${String(10_000_000 + number)}`;
        const index = context.keys.phoneIndex(parsePhone(`+${phone}`) as never);
        const sealed = context.keys.subject.seal(context.random(32), cellContext('customer_key', id));
        const [row] = await database.query<{ id: bigint }>(
          `INSERT INTO customer (customer_id, phone_index, customer_key, imported_at) VALUES ($1, $2, $3, now()) RETURNING id`,
          [id, index, sealed],
        );
        customers.push({ row: row?.id as bigint, id, phone });
        if (consent) {
          await database.query(`INSERT INTO consent (customer, purpose, given_at, evidence) VALUES ($1, 'marketing', now(), 'test')`, [
            row?.id as bigint,
          ]);
        }
      }
      return customers;
    },
    async campaign(options = {}) {
      const id = options.id ?? `campaign-${letters(++made)}`;
      await createCampaign(context, {
        id,
        vendor: 'vendor-a',
        purpose: 'marketing.free',
        budgetCalls: 1000,
        perCustomer: 100,
        perAgentPerHour: 1000,
        ...options,
      });
      return id;
    },
    async list(campaign, customers) {
      const number = (await context.scopes.of(campaign))?.number as number;
      const listed: Listed[] = [];
      for (const [i, customer] of customers.entries()) {
        const row = await seal(campaign, customer);
        listed.push(row);
        await database.query(
          `INSERT INTO member (campaign, generation, row_number, customer, r5, reference_hash, dial_hash, masked_phone)
           VALUES ($1, 1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'), $7)`,
          [
            number,
            i + 1,
            customer.row,
            BigInt(`0x${Buffer.from(r5Of(row.reference)).toString('hex')}`),
            hash('sha256', row.reference, 'hex'),
            hash('sha256', row.dialToken, 'hex'),
            `*********${customer.phone.slice(-2)}`,
          ],
        );
      }
      return listed;
    },
    async grant(campaign, { vendor = 'vendor-a', act, now = Date.now(), campaign: given = {} } = {}) {
      const [row] = await database.query<{ purpose: string }>('SELECT purpose FROM campaign WHERE id = $1', [campaign]);
      const token = await issueGrant(
        {
          issuer: 'https://bank.example',
          audience: 'https://resolver.bank.example',
          clientId: vendor,
          thumbprint: 'A'.repeat(43),
          now,
          jti: `jti-${++made}`,
          ...(act !== undefined && { act }),
          campaign: {
            identifier: `grant_test-${made}-aaaa`,
            actions: ['dial'],
            purpose: row?.purpose ?? 'marketing.free',
            campaign,
            window: { tz: 'Asia/Shanghai', days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], from: '00:00', to: '24:00' },
            budget: { calls: 1_000_000, per_customer: 1000, per_agent_per_hour: 10_000 },
            ...given,
          },
        },
        key,
      );
      return verifyGrant(token, { issuer: 'https://bank.example', audience: 'https://resolver.bank.example', keys, now });
    },
    calls(options) {
      const calls = openCalls(context, options);
      opened.push(calls);
      return calls;
    },
    async drop() {
      for (const calls of opened) await calls.close();
      await closeBankContext(context);
      await drop();
    },
  };
}

/** A carrier that remembers what it was asked, and answers as told. */
export class TestCarrier implements Carrier {
  readonly name = 'test';
  readonly orders: { readonly callId: string; readonly number: string }[] = [];
  answer: (order: CarrierOrder) => CarrierAnswer | Promise<CarrierAnswer> = () => ({ outcome: 'placed' });
  found: 'placed' | 'not-placed' | 'unknown' = 'unknown';

  async place(order: CarrierOrder): Promise<CarrierAnswer> {
    this.orders.push({ callId: order.callId, number: order.number.use(String) });
    return this.answer(order);
  }

  async find(): Promise<'placed' | 'not-placed' | 'unknown'> {
    return this.found;
  }
}

let keys = 0;

/** A request for a row of a list, under a key of its own. */
export function ask(
  grant: Grant,
  { dialToken, reference }: Pick<Listed, 'dialToken'> & Partial<Listed>,
  more: Partial<CallRequest> = {},
): CallRequest {
  const key = `key-${++keys}`;
  return { grant, dialToken, ...(reference !== undefined && { reference }), idempotencyKey: key, requestId: `request-${keys}`, ...more };
}

/** What the store says: for "nothing was changed". */
export async function stateOf({ database }: World, campaign: string) {
  const [row] = await database.query<{
    remaining: number;
    calls: number;
    entries: number;
    uses: number;
    refusals: number;
    answers: number;
  }>(
    `SELECT b.remaining, (SELECT count(*)::integer FROM call x WHERE x.campaign = c.number) AS calls,
            (SELECT count(*)::integer FROM ledger_pending) AS entries, (SELECT sum(uses)::integer FROM customer) AS uses,
            (SELECT count(*)::integer FROM refusal r WHERE r.campaign = c.number) AS refusals,
            (SELECT count(*)::integer FROM idempotency) AS answers
       FROM campaign c JOIN campaign_budget b ON b.campaign = c.number WHERE c.id = $1`,
    [campaign],
  );
  if (row === undefined) throw new Error('no campaign');
  return row;
}

/** Entries in the queue, newest last. */
export async function entriesOf({ database }: World): Promise<Record<string, unknown>[]> {
  const rows = await database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
  return rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}
