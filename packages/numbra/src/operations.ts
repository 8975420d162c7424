/**
 * What the command line can ask of a bank, by name. Whoever holds the store performs it: this process, or the gateway
 * that is running, reached through its local socket. Parameters and results are JSON; paths in them are absolute.
 * @module
 */
import type { ApprovalOrder, Bank, KeyActOptions, NewVendor, ReconcileReport, Selection } from '@numbra/bank';
import { fail } from './errors.js';
import type { OnProgress } from './output.js';
import { readFiles, readText } from './policy-files.js';

type Operation<P, R> = (bank: Bank, params: P, onProgress: OnProgress) => Promise<R>;

export interface VendorParams extends Omit<NewVendor, 'jwks'> {
  /** A JWK Set. */
  readonly jwksFile?: string;
}

export interface CampaignParams {
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  readonly selection?: Selection;
  readonly budgetCalls: number;
  readonly perCustomer: number;
  readonly perAgentPerHour: number;
  readonly timeZone?: string;
  readonly closesAt?: string;
}

export interface KeyActParams extends KeyActOptions {
  readonly campaign: string;
}

export interface ApprovalParams extends Omit<ApprovalOrder, 'subject'> {
  /** 64 hex digits. */
  readonly subject: string;
}

export interface ReconcileParams {
  /** Where no gateway runs: the carrier's URL. */
  readonly carrier?: string;
  readonly webhookSecret?: string;
}

export interface GrantParams {
  readonly vendor: string;
  readonly campaign: string;
  readonly thumbprint: string;
  readonly ttlSeconds: number;
  readonly issuer: string;
}

const define = <P, R>(operation: Operation<P, R>): Operation<P, R> => operation;

/** A running gateway asks its own carrier instead: see serve.ts. */
async function reconcile(bank: Bank, { carrier: url, webhookSecret }: ReconcileParams): Promise<ReconcileReport> {
  if (url === undefined || webhookSecret === undefined)
    throw fail('ERR_ARGUMENT', {}, { detail: 'no gateway runs, so name its carrier by --carrier and set NUMBRA_WEBHOOK_SECRET' });
  const { createWebhookCarrier } = await import('@numbra/gateway');
  const carrier = createWebhookCarrier({ url, secrets: [webhookSecret] });
  const calls = bank.openCalls({ carrier });
  try {
    return await calls.reconcile();
  } finally {
    await calls.close();
    await carrier.close();
  }
}

export const operations = {
  'vendor.add': define(async (bank, { jwksFile, ...vendor }: VendorParams) => {
    // `add` reads it strictly, whatever the file held.
    const jwks = jwksFile === undefined ? undefined : (parseJson(await readText(jwksFile), jwksFile) as NonNullable<NewVendor['jwks']>);
    await bank.vendors.add({ ...vendor, ...(jwks !== undefined && { jwks }) });
    return { vendor: vendor.id };
  }),
  'vendor.revoke': define(async (bank, { vendor, by }: { vendor: string; by?: string }) => {
    const revoked = await bank.vendors.revoke(vendor, by === undefined ? {} : { by });
    return { vendor, changed: revoked !== undefined, grants: revoked?.grants ?? 0 };
  }),
  'vendor.list': define((bank) => bank.vendors.list()),
  'keys.rotate': define((bank) => bank.grants.rotateKey()),
  'keys.list': define((bank) => bank.grants.publishedKeys()),
  'campaign.create': define(async (bank, params: CampaignParams) => {
    const { closesAt, ...terms } = params;
    return bank.campaigns.create({ ...terms, ...(closesAt === undefined ? {} : { closesAt: new Date(closesAt) }) });
  }),
  'campaign.list': define((bank) => bank.campaigns.list()),
  'campaign.close': define(async (bank, { campaign }: { campaign: string }) => ({
    campaign,
    changed: await bank.campaigns.close(campaign),
  })),
  'campaign.rotate': define((bank, { campaign, ...options }: KeyActParams) => bank.campaigns.rotate(campaign, options)),
  'campaign.withdraw': define((bank, { campaign, ...options }: KeyActParams) => bank.campaigns.withdraw(campaign, options)),
  'campaign.shred': define((bank, { campaign, ...options }: KeyActParams) => bank.campaigns.shred(campaign, options)),
  'approval.request': define((bank, { subject, ...order }: ApprovalParams) =>
    bank.approvals.request({ ...order, subject: new Uint8Array(Buffer.from(subject, 'hex')) }),
  ),
  'approval.approve': define((bank, { id, by }: { id: string; by: string }) => bank.approvals.approve(id, { by })),
  'approval.list': define((bank) => bank.approvals.list()),
  'calls.unknown': define((bank) => bank.calls.unknown()),
  'calls.show': define(async (bank, { call }: { call: string }) => {
    const record = await bank.calls.show(call);
    if (record === undefined) throw fail('ERR_ARGUMENT', {}, { detail: 'there is no such call' });
    return { call: record, outcomes: await bank.calls.outcomes(call) };
  }),
  'calls.reconcile': define(reconcile),
  'webhooks.add': define((bank, endpoint: { vendor: string; url: string }) => bank.webhooks.add(endpoint)),
  'webhooks.list': define((bank) => bank.webhooks.list()),
  'webhooks.remove': define(async (bank, { endpoint }: { endpoint: string }) => {
    await bank.webhooks.remove(endpoint);
    return { endpoint };
  }),
  'webhooks.dead': define((bank) => bank.webhooks.dead()),
  'webhooks.replay': define(async (bank, { delivery }: { delivery?: string }) => ({ replayed: await bank.webhooks.replay(delivery) })),
  'customers.import': define((bank, { file, encoding }: { file: string; encoding?: 'auto' | 'utf-8' | 'gb18030' }, onProgress) =>
    bank.customers.importCsv(file, {
      ...(encoding === undefined ? {} : { encoding }),
      onProgress: (done, total) => onProgress({ phase: 'import', done, total }),
    }),
  ),
  'campaign.export': define((bank, { campaign, file }: { campaign: string; file: string }, onProgress) =>
    bank.campaigns.export(campaign, { file, onProgress: (done, total) => onProgress({ phase: 'export', done, total }) }),
  ),
  'grant.issue': define(async (bank, { vendor, campaign, thumbprint, ttlSeconds, issuer }: GrantParams) => {
    const granted = await bank.grants.offer({ vendor, campaign });
    if (granted === undefined) throw fail('ERR_ARGUMENT', {}, { detail: 'this vendor has no such open campaign' });
    return bank.grants.issue({ vendor, thumbprint, issuer, audience: issuer, granted, ttlSeconds });
  }),
  'grant.revoke': define(async (bank, { grant }: { grant: string }) => ({ grant, changed: await bank.grants.revoke(grant) })),
  'policy.adopt': define(async (bank, { files }: { files: readonly string[] }) => bank.policies.adopt(await readFiles(files))),
  'evidence.trace': define(async (bank, { file }: { file: string }) => bank.evidence.trace(await readText(file))),
  'evidence.receipt': define(async (bank, { customer }: { customer: string }) => {
    const receipt = await bank.evidence.receipt(customer);
    return { receipt, uses: (JSON.parse(receipt) as { uses: readonly unknown[] }).uses.length };
  }),
  'ledger.verify': define((bank) => bank.ledger.verify()),
} as const;

/** Operations that enter nothing into the ledger. */
export const readings: ReadonlySet<OperationName> = new Set([
  'calls.unknown',
  'calls.show',
  'webhooks.add',
  'webhooks.list',
  'webhooks.remove',
  'webhooks.dead',
  'webhooks.replay',
  'vendor.list',
  'keys.list',
  'campaign.list',
  'approval.list',
  'evidence.trace',
  'evidence.receipt',
  'ledger.verify',
]);

export type OperationName = keyof typeof operations;
export type OperationParams<N extends OperationName> = Parameters<(typeof operations)[N]>[1];
export type OperationResult<N extends OperationName> = Awaited<ReturnType<(typeof operations)[N]>>;

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fail('ERR_ARGUMENT', { file }, { detail: 'the file is not JSON' });
  }
}
