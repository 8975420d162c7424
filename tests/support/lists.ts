/**
 * A bank whose lists are really exported, and a vendor that calls by the rows of its file: for tests of what becomes of a list.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bank, CallAnswer, Calls, Carrier, NewCampaign } from '@numbra/bank';
import { generateGrantKey, readKeySet, verifyGrant } from '@numbra/grants';
import { testPolicy } from './banks.js';

/** One row of a delivered file. */
export interface DeliveredRow {
  readonly reference: string;
  readonly dialToken: string;
  readonly maskedPhone: string;
}

/** The policy of tests with caps of a campaign alone, so that one customer can be called several times. */
export async function uncappedPolicy(): Promise<string> {
  return (await testPolicy()).replace(
    /purpose: \{ calls: 3, days: 30 \}, all_vendors: \{ calls: 1, days: 60 \}/,
    'purpose: { calls: 99, days: 1 }',
  );
}

export async function addVendors(bank: Bank): Promise<void> {
  for (const id of ['vendor-a', 'vendor-b']) await bank.vendors.add({ id, jwks: { keys: [(await generateGrantKey()).publicJwk] } });
}

export async function createCampaign(bank: Bank, id: string, change: Partial<NewCampaign> = {}): Promise<void> {
  const terms = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
  await bank.campaigns.create({ id, ...terms, ...change });
}

let files = 0;

/** Exports a campaign and reads the file, in its order. */
export async function exportRows(bank: Bank, campaign: string, folder: string): Promise<readonly DeliveredRow[]> {
  files += 1;
  const file = join(folder, `${campaign}-${files}.csv`);
  const result = await bank.campaigns.export(campaign, { file });
  if (result.outcome !== 'exported') throw new Error(`refused: ${result.code}`);
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const [reference = '', dialToken = '', maskedPhone = ''] = line.split(',');
    return { reference, dialToken, maskedPhone };
  });
}

const ISSUER = 'https://bank.example';
let requests = 0;

/** Calls by a row, under a fresh key and grant. */
export async function callRow(
  bank: Bank,
  calls: Calls,
  campaign: string,
  { dialToken, reference }: { readonly dialToken: string; readonly reference?: string },
): Promise<CallAnswer> {
  const granted = grants.get(bank)?.get(campaign) ?? (await newGrant(bank, campaign));
  requests += 1;
  const keyed = { idempotencyKey: `row-${requests}`, requestId: `request-${requests}` };
  return calls.place({ grant: granted, dialToken, ...(reference !== undefined && { reference }), ...keyed });
}

type HeldGrant = Awaited<ReturnType<typeof verifyGrant>>;
const grants = new WeakMap<Bank, Map<string, HeldGrant>>();

/** Issued once, while the campaign is open, and kept: what a vendor holds when the campaign ends. */
async function newGrant(bank: Bank, campaign: string): Promise<HeldGrant> {
  const vendor = 'vendor-a';
  const granted = await bank.grants.offer({ vendor, campaign });
  if (granted === undefined) throw new Error('no such open campaign');
  const order = { vendor, thumbprint: (await generateGrantKey()).kid, issuer: ISSUER, audience: ISSUER, granted };
  const { accessToken } = await bank.grants.issue(order);
  const grant = await verifyGrant(accessToken, { issuer: ISSUER, audience: ISSUER, keys: readKeySet(bank.grants.keys()), now: Date.now() });
  grants.set(bank, (grants.get(bank) ?? new Map()).set(campaign, grant));
  return grant;
}

/** Lends a grant held from one process of a bank to another. */
export function lendGrants(from: Bank, to: Bank): void {
  grants.set(to, new Map(grants.get(from)));
}

/** A carrier that takes every call and remembers whom it rang. */
export class RecordingCarrier implements Carrier {
  readonly name = 'recording';
  readonly rung: string[] = [];
  async place({ number }: Parameters<Carrier['place']>[0]) {
    this.rung.push(number.use(String));
    return { outcome: 'placed' } as const;
  }
  async find() {
    return 'unknown' as const;
  }
}
