/**
 * What the command line can ask of a bank, by name. Whoever holds the store performs it: this process, or the gateway
 * that is running, reached through its local socket. Parameters and results are JSON; paths in them are absolute.
 * @module
 */
import type { Bank, Selection } from '@numbra/bank';
import { fail } from './errors.js';
import type { OnProgress } from './output.js';
import { readFiles, readText } from './policy-files.js';

type Operation<P, R> = (bank: Bank, params: P, onProgress: OnProgress) => Promise<R>;

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

export interface GrantParams {
  readonly vendor: string;
  readonly campaign: string;
  readonly thumbprint: string;
  readonly ttlSeconds: number;
  readonly issuer: string;
}

const define = <P, R>(operation: Operation<P, R>): Operation<P, R> => operation;

export const operations = {
  'vendor.add': define(async (bank, { id, jwksFile }: { id: string; jwksFile: string }) => {
    const jwks = parseJson(await readText(jwksFile), jwksFile) as Parameters<Bank['vendors']['add']>[0]['jwks'];
    await bank.vendors.add({ id, jwks });
    return { vendor: id };
  }),
  'vendor.list': define((bank) => bank.vendors.list()),
  'campaign.create': define(async (bank, params: CampaignParams) => {
    const { closesAt, ...terms } = params;
    return bank.campaigns.create({ ...terms, ...(closesAt === undefined ? {} : { closesAt: new Date(closesAt) }) });
  }),
  'campaign.list': define((bank) => bank.campaigns.list()),
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
  'policy.adopt': define(async (bank, { files }: { files: readonly string[] }) => bank.policies.adopt(await readFiles(files))),
  'evidence.trace': define(async (bank, { file }: { file: string }) => bank.evidence.trace(await readText(file))),
  'ledger.verify': define((bank) => bank.ledger.verify()),
} as const;

/** Operations that enter nothing into the ledger. */
export const readings: ReadonlySet<OperationName> = new Set(['vendor.list', 'campaign.list', 'evidence.trace', 'ledger.verify']);

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
