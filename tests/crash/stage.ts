/**
 * What the crash test runs on: a PostgreSQL and a carrier that live through all rounds, a bank with two lists, and a gateway that is started
 * anew each round.
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bank, createBank, type Database, openPostgres } from '@numbra/bank';
import { createMemoryKeyring } from '@numbra/core';
import { createProof, type GrantKey, generateGrantKey } from '@numbra/grants';
import { startPostgres } from '../support/postgres.js';

const POLICY = `
numbra: 1
bank: crash-bank
time_zone: Asia/Shanghai
fields: { name: { class: C2 }, phone: { class: C3 } }
purposes:
  marketing:
    consent: marketing
    legal_basis: consent
    recipients: [vendor-a]
    release: { reference: true, dial: true, mask: { k: 20, max_digits: 2 } }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
refusals: { sticky: false, per_day: 1000000 }
linkability: { expected: 1, certain: 1000000 }
`;

const CUSTOMERS = 400;
const AMPLE_CALLS = 1_000_000;
/** Used up in the middle of the test, by many at once. */
const TIGHT_CALLS = 400;

/** A list to call from. */
export interface CrashList {
  readonly campaign: string;
  readonly budget: number;
  readonly tokens: readonly string[];
}

/** What the carrier says of itself. */
export interface CarrierRecord {
  readonly ordered: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
}

export interface Stage {
  readonly database: Database;
  readonly bank: Bank;
  readonly url: string;
  readonly lists: readonly CrashList[];
  /** How to ask the carrier. */
  readonly carrier: { readonly url: string; readonly secrets: readonly string[] };
  /** The newest gateway, listening. */
  start(): Promise<ChildProcess>;
  carrierRecord(): Promise<CarrierRecord>;
  /** Sends an order; the answer's body, or `undefined` when none came. */
  order(list: CrashList, token: string, key: string): Promise<{ readonly status: number; readonly body: string } | undefined>;
  close(): Promise<void>;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export async function prepareStage(): Promise<Stage> {
  const server = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'numbra-crash-'));
  const database = await openPostgres(server.url);
  const [root, shred] = [randomBytes(32), randomBytes(32)];
  const bank = await createBank({ database, keyring: createMemoryKeyring(root, [shred]), name: 'crash-bank', policy: POLICY });
  await bank.customers.import(
    Array.from({ length: CUSTOMERS }, (_, i) => ({
      customerId: `C${String(i).padStart(6, '0')}`,
      name: '张三',
      phone: `138${String(10_000_000 + i)}`,
      consents: ['marketing'],
    })),
  );
  const key = await generateGrantKey();
  await bank.vendors.add({ id: 'vendor-a', jwks: { keys: [key.publicJwk] } });
  const lists = [await exportList(bank, folder, 'c-ample', AMPLE_CALLS), await exportList(bank, folder, 'c-tight', TIGHT_CALLS)];

  const carrier = fork(here('./carrier-process.mjs'));
  const [{ port: carrierPort }] = (await once(carrier, 'message')) as [{ port: number }];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    database: server.url,
    carrier: `http://127.0.0.1:${carrierPort}/orders`,
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    port,
    root: root.toString('hex'),
    shred: shred.toString('hex'),
  };
  const grants = new GrantBox(bank, url, key);
  const prepare = () => fork(here('./gateway-process.mjs'), { env: { ...process.env, NUMBRA_CRASH: JSON.stringify(settings) } });
  let next = prepare();

  return {
    database,
    bank,
    url,
    lists,
    carrier: { url: settings.carrier, secrets: [settings.secret] },
    async start() {
      const gateway = next;
      gateway.send('go');
      next = prepare();
      const started = await Promise.race([once(gateway, 'message'), once(gateway, 'exit')]);
      if (started[0] !== 'listening') throw new Error(`the gateway did not start: ${started.join(' ')}`);
      return gateway;
    },
    async carrierRecord() {
      carrier.send('record');
      const [{ ordered, violations }] = (await once(carrier, 'message')) as [{ ordered: [string, number][]; violations: string[] }];
      return { ordered: new Map(ordered), violations };
    },
    async order(list, token, idempotencyKey) {
      const grant = await grants.of(list.campaign);
      const dpop = await createProof({ key, htm: 'POST', htu: `${url}/v1/calls`, accessToken: grant, now: Date.now(), jti: randomUUID() });
      try {
        const answer = await fetch(`${url}/v1/calls`, {
          method: 'POST',
          headers: { authorization: `DPoP ${grant}`, dpop, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify({ dial_token: token }),
        });
        return { status: answer.status, body: await answer.text() };
      } catch {
        return undefined;
      }
    },
    async close() {
      carrier.kill();
      next.kill();
      await bank.close();
      await database.close();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function exportList(bank: Bank, folder: string, campaign: string, budgetCalls: number): Promise<CrashList> {
  await bank.campaigns.create({
    id: campaign,
    vendor: 'vendor-a',
    purpose: 'marketing',
    budgetCalls,
    perCustomer: 1_000_000,
    perAgentPerHour: 1_000_000,
  });
  const file = join(folder, `${campaign}.csv`);
  const result = await bank.campaigns.export(campaign, { file });
  if (result.outcome !== 'exported') throw new Error(`not exported: ${result.code}`);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(1);
  return { campaign, budget: budgetCalls, tokens: lines.map((line) => line.split(',')[1] as string) };
}

/** Grants issued by the bank itself, one a campaign, renewed before they end. */
class GrantBox {
  readonly #bank: Bank;
  readonly #url: string;
  readonly #key: GrantKey;
  readonly #held = new Map<string, { token: Promise<string>; until: number }>();

  constructor(bank: Bank, url: string, key: GrantKey) {
    this.#bank = bank;
    this.#url = url;
    this.#key = key;
  }

  of(campaign: string): Promise<string> {
    const held = this.#held.get(campaign);
    if (held !== undefined && held.until > Date.now()) return held.token;
    const token = this.#issue(campaign);
    this.#held.set(campaign, { token, until: Date.now() + 200_000 });
    return token;
  }

  async #issue(campaign: string): Promise<string> {
    const granted = await this.#bank.grants.offer({ vendor: 'vendor-a', campaign });
    if (granted === undefined) throw new Error('no such campaign');
    const order = { vendor: 'vendor-a', thumbprint: this.#key.kid, issuer: this.#url, audience: this.#url, granted };
    return (await this.#bank.grants.issue(order)).accessToken;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
