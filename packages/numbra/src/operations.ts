/**
 * What the command line can ask of a bank, by name. Whoever holds the store performs it: this process, or the gateway
 * that is running, reached through its local socket. Parameters and results are JSON; paths in them are absolute.
 * @module
 */
import type {
  ApprovalOrder,
  Bank,
  DoNotCallCsvOptions,
  HandoverQuery,
  KeyActOptions,
  LookupOrder,
  NewRecipient,
  NewVendor,
  OpenOrder,
  PageLanguage,
  ReconcileReport,
  Selection,
} from '@numbra/bank';
import { fail } from './errors.js';
import { leakedPieces } from './leaked-pieces.js';
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

export interface RecipientParams extends Omit<NewRecipient, 'jwks'> {
  /** A JWK Set with one key to encrypt to. */
  readonly jwksFile: string;
  readonly by?: string;
}

export interface ConsentParams {
  readonly customers: readonly string[];
  readonly key: string;
  readonly evidence: string;
  readonly textVersion?: string;
  /** RFC 3339. */
  readonly at?: string;
}

export interface DoNotCallParams extends Omit<DoNotCallCsvOptions, 'until' | 'onProgress'> {
  readonly file: string;
  readonly until?: string;
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
  'recipient.add': define(async (bank, { jwksFile, by, ...recipient }: RecipientParams) => {
    const order = { ...recipient, jwks: parseJson(await readText(jwksFile), jwksFile) };
    const added = await bank.handovers.addRecipient(order, by === undefined ? {} : { by });
    return { recipient: added.id, title: added.title, url: added.url, kid: added.key.kid };
  }),
  'recipient.request': define(async (bank, { jwksFile, by, why, ...recipient }: RecipientParams & { by: string; why: string }) =>
    bank.handovers.requestRecipient({ ...recipient, jwks: parseJson(await readText(jwksFile), jwksFile) }, { by, why }),
  ),
  'recipient.list': define((bank) => bank.handovers.recipients()),
  'handover.list': define((bank, query: HandoverQuery) => bank.handovers.list(query)),
  'answer-key.add': define((bank, { vendor }: { vendor: string }) => bank.answers.addKey(vendor)),
  'answer-key.list': define((bank, { vendor }: { vendor: string }) => bank.answers.keys(vendor)),
  'answer-key.end': define(async (bank, { kid }: { kid: string }) => ({ kid, changed: await bank.answers.endKey(kid) })),
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
  'export.ask': define((bank, { campaign, by, why }: { campaign: string; by: string; why: string }) =>
    bank.campaigns.requestExport(campaign, { by, why }),
  ),
  'campaign.export': define((bank, { campaign, file, by }: { campaign: string; file: string; by?: string }, onProgress) =>
    bank.campaigns.export(campaign, {
      file,
      ...(by !== undefined && { by }),
      onProgress: (done, total) => onProgress({ phase: 'export', done, total }),
    }),
  ),
  'campaign.preview': define((bank, { campaign, language }: { campaign: string; language: PageLanguage }) =>
    bank.campaigns.previewPage(campaign, { language }),
  ),
  'export.page': define(async (bank, { export: id, language }: { export: string; language: PageLanguage }) => ({
    page: await bank.campaigns.exportPage(id, { language }),
  })),
  'grant.issue': define(async (bank, { vendor, campaign, thumbprint, ttlSeconds, issuer }: GrantParams) => {
    const granted = await bank.grants.offer({ vendor, campaign });
    if (granted === undefined) throw fail('ERR_ARGUMENT', {}, { detail: 'this vendor has no such open campaign' });
    return bank.grants.issue({ vendor, thumbprint, issuer, audience: issuer, granted, ttlSeconds });
  }),
  'grant.revoke': define(async (bank, { grant }: { grant: string }) => ({ grant, changed: await bank.grants.revoke(grant) })),
  'policy.adopt': define(async (bank, { files, by }: { files: readonly string[]; by?: string }) =>
    bank.policies.adopt(await readFiles(files), by === undefined ? {} : { by }),
  ),
  'policy.ask': define(async (bank, { files, by, why }: { files: readonly string[]; by: string; why: string }) =>
    bank.policies.requestAdoption(await readFiles(files), { by, why }),
  ),
  'lookup.show': define((bank, order: LookupOrder) => bank.lookups.show(order)),
  'lookup.open': define((bank, order: OpenOrder) => bank.lookups.open(order)),
  'lookup.ask': define((bank, { why, ...order }: Omit<OpenOrder, 'reason'> & { why: string }) => bank.lookups.requestOpening(order, why)),
  'alerts.list': define(async (bank) => {
    await bank.alerts.look();
    return { alerts: await bank.alerts.list() };
  }),
  'consent.give': define(async (bank, { customers, key, evidence, textVersion, at }: ConsentParams) => ({
    changed: await bank.customers.consent(customers, key, {
      evidence,
      ...(textVersion !== undefined && { textVersion }),
      ...(at !== undefined && { at: new Date(at) }),
    }),
  })),
  'consent.withdraw': define(async (bank, { customer, key }: { customer: string; key: string }) => ({
    changed: await bank.customers.withdraw(customer, key),
  })),
  'consent.receipt': define((bank, { customer, language }: { customer: string; language: 'en' | 'zh' }) =>
    bank.customers.consentReceipt(customer, { language }),
  ),
  'do-not-call.import': define((bank, { file, until, ...options }: DoNotCallParams, onProgress) =>
    bank.customers.importDoNotCall(file, {
      ...options,
      ...(until !== undefined && { until: new Date(until) }),
      onProgress: (done, total) => onProgress({ phase: 'import', done, total }),
    }),
  ),
  'evidence.trace': define(async (bank, { file, bundle }: { file: string; bundle?: boolean }) => {
    const report = await bank.evidence.tracePieces(leakedPieces(file));
    return { ...report, ...(bundle === true && { bundle: await bank.evidence.bundle(report) }) };
  }),
  'decoys.mark': define(async (bank, { file }: { file: string }) =>
    bank.decoys.mark((await readText(file)).split(/\r?\n/).filter((line) => line.trim() !== '')),
  ),
  'decoys.count': define(async (bank) => ({ lines: await bank.decoys.count() })),
  'decoys.sighting': define(async (bank, { incident, file }: { incident: string; file: string }) =>
    bank.decoys.sighting(incident, await readText(file)),
  ),
  'decoys.judge': define((bank, { incident }: { incident: string }) => bank.decoys.judge(incident)),
  'decoys.behaviour': define((bank, { campaign }: { campaign: string }) => bank.decoys.behaviour(campaign)),
  'evidence.receipt': define(async (bank, { customer }: { customer: string }) => {
    const receipt = await bank.evidence.receipt(customer);
    const witnesses = await bank.ledger.witnesses.list();
    return {
      receipt,
      uses: (JSON.parse(receipt) as { uses: readonly unknown[] }).uses.length,
      // A receipt may stand on a checkpoint of before a rotation.
      logKeys: await bank.ledger.verifierKeys(),
      witnessKeys: witnesses.map(({ key }) => key),
    };
  }),
  'evidence.report': define((bank, { from, to }: { from: string; to: string }) =>
    bank.evidence.report({ from: new Date(from), to: new Date(to) }),
  ),
  'evidence.backup': define((bank, { file }: { file: string }) => bank.evidence.backup(file)),
  'restore.status': define((bank) => bank.evidence.restoreStatus()),
  'restore.accept': define((bank, options: { by: string; entries?: string }) => bank.evidence.acceptRestore(options)),
  'ledger.verify': define((bank, { seen }: { seen?: string }) => bank.ledger.verify(seen === undefined ? {} : { seen })),
  'ledger.key': define(async (bank) => ({ key: bank.ledger.verifierKey })),
  'ledger.rotate-key': define(async (bank, options: { by: string }) => {
    const { verifierKey: key, previous, previousUntil } = await bank.evidence.rotateLogKey(options);
    return { key, previous, previousUntil: previousUntil.toISOString() };
  }),
  'witness.add': define((bank, witness: { key: string; url: string }) => bank.ledger.witnesses.add(witness)),
  'witness.list': define((bank) => bank.ledger.witnesses.list()),
  'witness.remove': define(async (bank, { name }: { name: string }) => {
    await bank.ledger.witnesses.remove(name);
    return { name };
  }),
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
  'recipient.list',
  'handover.list',
  'answer-key.list',
  'keys.list',
  'campaign.list',
  'campaign.preview',
  'export.page',
  'approval.list',
  'evidence.trace',
  'decoys.mark',
  'decoys.count',
  'decoys.sighting',
  'decoys.judge',
  'decoys.behaviour',
  'consent.receipt',
  'evidence.receipt',
  'evidence.report',
  'evidence.backup',
  'restore.status',
  'ledger.verify',
  'ledger.key',
  'witness.add',
  'witness.list',
  'witness.remove',
]);

/** What two people need to go on with a restored older copy. On such a copy nothing else is done, and nothing is signed before it is accepted. */
export const onOlderCopy: ReadonlySet<OperationName> = new Set(['approval.request', 'approval.approve', 'restore.accept']);

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
