/**
 * The process that is measured: a bank, its gateway with grants cached, the same with no grant ever seen before (but its holder's key, as
 * of a person whose grants follow each other), and the baseline. Told
 * what to do by the process that makes the load.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bank, type Carrier, createBank, openBank, openPGlite, openPostgres } from '@numbra/bank';
import { createMemoryKeyring } from '@numbra/core';
import { createGateway } from '@numbra/gateway';
import type { JWK } from 'jose';
import { startBaseline } from './baseline.js';
import { startProfile } from './profile.js';
import { type Ask, ORIGIN, type Started } from './protocol.js';

const CAMPAIGN = 'benchmark';
const POLICY = `
numbra: 1
bank: benchmark
time_zone: Asia/Shanghai
fields: { name: { class: C2 }, phone: { class: C3 } }
purposes:
  marketing.benchmark:
    legal_basis: consent
    consent: marketing
    recipients: [vendor]
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps:
      per_customer: { campaign: 1000, purpose: { calls: 1000, days: 30 } }
      per_agent_per_hour: 1000
refusals: { sticky: true }
`;

/** Takes every order and, unlike the loopback carrier, remembers none: what a dial leaves in memory is the gateway's own. */
const carrier: Carrier = {
  name: 'nowhere',
  place: async () => ({ outcome: 'placed' }),
  find: async () => 'unknown',
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const keyring = createMemoryKeyring(
  Uint8Array.from({ length: 32 }, (_, i) => i),
  [new Uint8Array(32).fill(7)],
);
const folder = await mkdtemp(join(tmpdir(), 'numbra-benchmark-'));
let closing: () => Promise<void> = async () => {};
/** Functions of a profile that are shown. */
const SHOWN = 25;
let profiled: (most: number) => Promise<unknown> = async () => [];
let granting: () => Promise<string[]> = async () => [];
let sequencing: () => Promise<unknown> = async () => {};
let exporting: () => Promise<unknown> = async () => {};

async function start({ engine, url, customers = 0, thumbprints = [] }: Ask): Promise<Started> {
  const database = engine === 'pglite' ? await openPGlite(undefined) : await openPostgres(url as string);
  const bank = await createBank({ database, keyring, name: 'benchmark', policy: POLICY });
  await bank.vendors.add({ id: 'vendor', jwks: { keys: [bank.grants.keys().keys[0] as never] } });
  await bank.customers.import(
    Array.from({ length: customers }, (_, i) => ({
      customerId: `C${String(i).padStart(7, '0')}`,
      name: '张三',
      phone: `138${String(10_000_000 + i)}`,
      consents: ['marketing'],
    })),
  );
  await bank.campaigns.create({
    id: CAMPAIGN,
    vendor: 'vendor',
    purpose: 'marketing.benchmark',
    budgetCalls: 100_000_000,
    perCustomer: 1_000,
    perAgentPerHour: 1_000,
  });
  const file = join(folder, 'list.csv');
  exporting = () => bank.campaigns.export(CAMPAIGN, { file });
  sequencing = () => bank.ledger.sequence();
  await exporting();
  const tokens = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1] as string);
  granting = () => issueGrants(bank, thumbprints);
  const grants = await granting();
  const common = { bank, carrier, issuer: ORIGIN, requests: { requests: 1e9 } };
  const cached = await createGateway(common);
  const never = await createGateway({ ...common, grantsKept: 1 });
  const ports = await Promise.all([cached.listen({ port: 0 }), never.listen({ port: 0 })]);
  const [dialPort, neverPort] = ports.map(({ url: at }) => Number(new URL(at).port)) as [number, number];
  const baseline = await startBaseline(database, bank.grants.keys().keys[0] as JWK, ORIGIN);
  closing = async () => {
    await baseline.app.close();
    await cached.close();
    await never.close();
    await bank.close();
    await database.close();
  };
  return { dialPort, neverPort, basePort: baseline.port, tokens, grants };
}

/** A grant for each key; they live for 300 seconds. */
async function issueGrants(bank: Bank, thumbprints: readonly string[]): Promise<string[]> {
  const granted = await bank.grants.offer({ vendor: 'vendor', campaign: CAMPAIGN });
  if (granted === undefined) throw new Error('no offer');
  const grants: string[] = [];
  for (let from = 0; from < thumbprints.length; from += 64) {
    const issued = thumbprints.slice(from, from + 64).map((thumbprint) =>
      bank.grants.issue({
        vendor: 'vendor',
        thumbprint,
        issuer: ORIGIN,
        audience: ORIGIN,
        granted: { ...granted, identifier: `grant_${randomBytes(16).toString('base64url')}` },
      }),
    );
    grants.push(...(await Promise.all(issued)).map(({ accessToken }) => accessToken));
  }
  return grants;
}

/** Bytes that live, garbage collected, and bytes that the process has from the system. */
async function memory(): Promise<{ readonly heap: number; readonly resident: number }> {
  // What is outside of the heap goes only after what held it.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

/** Another process of the bank, as the one that holds the keyring in production. */
async function open({ url }: Ask): Promise<void> {
  const database = await openPostgres(url as string);
  const bank = await openBank({ database, keyring });
  exporting = () => bank.campaigns.export(CAMPAIGN, { file: join(folder, 'again.csv') });
  closing = async () => {
    await bank.close();
    await database.close();
  };
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.act) {
    case 'start':
      return start(ask);
    case 'open':
      return open(ask);
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return { microseconds: user + system, bytes: process.memoryUsage().rss };
    }
    case 'grants':
      return granting();
    case 'memory':
      return memory();
    case 'sequence':
      return sequencing();
    case 'export': {
      const started = performance.now();
      await exporting();
      return performance.now() - started;
    }
    case 'profile':
      profiled = await startProfile();
      return undefined;
    case 'profiled':
      return profiled(SHOWN);
    case 'stop':
      await closing();
      await rm(folder, { recursive: true });
      setImmediate(() => process.disconnect());
      return undefined;
    default:
      throw ask.act satisfies never;
  }
}

process.on('message', ({ id, ask }: { id: number; ask: Ask }) => {
  answer(ask).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : 'failed' }),
  );
});
process.send?.({ id: 0, result: 'ready' });
