/**
 * What is attacked: a gateway over real HTTP, two vendors with lists, one resource server. The attacker holds everything a
 * vendor holds, and for forged grants even the bank's signing key, so that it is strictness that refuses and not luck.
 * @module
 */
import { createHmac, hash, KeyObject, randomUUID, sign, type webcrypto } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bank, type Carrier, createBank, type Database, openPGlite } from '@numbra/bank';
import { AesSiv, createMemoryKeyring } from '@numbra/core';
import { createGateway, createLogger, type Gateway } from '@numbra/gateway';
import { type GrantKey, generateGrantKey, importGrantKey, proofNonce } from '@numbra/grants';

/** Stands in hostile values, and must come back in no answer and no log line. */
export const MARK = 'hx7Qz9';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Vendor {
  readonly id: string;
  readonly key: GrantKey;
  readonly campaign: string;
  readonly dialTokens: readonly string[];
  readonly references: readonly string[];
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

type Json = Record<string, unknown>;

const GRANT_KEPT_MS = 100_000;
const CUSTOMERS = 60;
const SOCKETS = 64;

export class World {
  readonly a: Vendor;
  readonly b: Vendor;
  readonly server = { id: 'core-banking' };
  readonly stranger: GrantKey;
  readonly agentKey: GrantKey;
  readonly bankKey: GrantKey;
  readonly orders: string[] = [];
  /** Grants that this side issued itself; the store must hold no more. */
  issued = 0;
  log = '';
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  readonly #grants = new Map<string, { token: string; at: number }>();
  readonly #nonceKey: Uint8Array;

  private constructor(
    readonly bank: Bank,
    readonly database: Database,
    readonly gateway: Gateway,
    readonly url: string,
    keys: { a: Vendor; b: Vendor; bankKey: GrantKey; stranger: GrantKey; agentKey: GrantKey; nonceKey: Uint8Array },
  ) {
    this.a = keys.a;
    this.b = keys.b;
    this.bankKey = keys.bankKey;
    this.stranger = keys.stranger;
    this.agentKey = keys.agentKey;
    this.#nonceKey = keys.nonceKey;
  }

  static async open(): Promise<World> {
    const from = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => first + i);
    const keyring = createMemoryKeyring(from(0), [from(0x40)]);
    const text = await readFile(new URL('../support/policy.yaml', import.meta.url), 'utf8');
    // Refusals must not run out: each wrong token is to be judged as such.
    const policy = text.replace('refusals: { sticky: true }', 'refusals: { sticky: true, per_day: 100000000 }');
    const database = await openPGlite();
    const bank = await createBank({ database, keyring, name: 'demo-bank', policy });
    await bank.customers.import(
      Array.from({ length: CUSTOMERS }, (_, i) => ({
        customerId: `C${String(i).padStart(6, '0')}`,
        name: '张三',
        phone: `1380013${8000 + i}`,
        consents: ['marketing.insurance'],
      })),
    );
    const folder = await mkdtemp(join(tmpdir(), 'numbra-hostile-'));
    const vendor = async (id: string, campaign: string): Promise<Vendor> => {
      const key = await generateGrantKey();
      await bank.vendors.add({ id, jwks: { keys: [key.publicJwk] } });
      const limits = { budgetCalls: 500, perCustomer: 2, perAgentPerHour: 40 };
      await bank.campaigns.create({ id: campaign, vendor: id, purpose: 'marketing.insurance.term-life', ...limits });
      const file = join(folder, `${campaign}.csv`);
      await bank.campaigns.export(campaign, { file });
      const rows = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(1);
      const cells = (column: number) => rows.map((row) => row.split(',')[column] ?? '');
      return { id, key, campaign, dialTokens: cells(1), references: cells(0) };
    };
    const [a, b] = [await vendor('vendor-a', 'c-a'), await vendor('vendor-b', 'c-b')];
    await rm(folder, { recursive: true });

    const serverKey = await generateGrantKey();
    let world: World | undefined;
    const carrier: Carrier = {
      name: 'none',
      async place({ callId }) {
        world?.orders.push(callId);
        return { outcome: 'placed' };
      },
      find: async () => 'unknown',
    };
    const destination = {
      write(line: string): void {
        if (world !== undefined) world.log += line;
      },
    };
    const gateway = await createGateway({
      bank,
      carrier,
      logger: createLogger({ level: 'debug', destination }),
      resourceServers: [{ id: 'core-banking', jwks: { keys: [serverKey.publicJwk] } }],
      requests: { requests: 1_000_000_000 },
    });
    const { url } = await gateway.listen({ port: 0 });
    const [row] = await database.query<{ kid: string; sealed: Uint8Array }>(`SELECT kid, sealed FROM signing_key WHERE use = 'grant'`);
    const opened = new AesSiv(await keyring.bankKey('store')).open(
      row!.sealed,
      new TextEncoder().encode(`signing_key\x1fsealed\x1f${row!.kid}`),
    );
    const bankKey = await importGrantKey(JSON.parse(Buffer.from(opened!).toString()));
    const [stranger, agentKey] = [await generateGrantKey(), await generateGrantKey()];
    world = new World(bank, database, gateway, url, { a, b, bankKey, stranger, agentKey, nonceKey: await bank.grants.nonceKey() });
    return world;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.gateway.close();
    await this.bank.close();
    await this.database.close();
  }

  /** A good grant of a vendor, not near its end. */
  async grant(vendor: Vendor): Promise<string> {
    const kept = this.#grants.get(vendor.id);
    if (kept !== undefined && Date.now() - kept.at < GRANT_KEPT_MS) return kept.token;
    const granted = await this.bank.grants.offer({ vendor: vendor.id, campaign: vendor.campaign });
    if (granted === undefined) throw new Error('no offer');
    const order = { vendor: vendor.id, thumbprint: vendor.key.kid, issuer: this.url, audience: this.url, granted };
    this.issued += 1;
    const { accessToken } = await this.bank.grants.issue(order);
    this.#grants.set(vendor.id, { token: accessToken, at: Date.now() });
    return accessToken;
  }

  get nonce(): string {
    return proofNonce(this.#nonceKey, Date.now());
  }

  /** A proof's claims for a request. */
  proofClaims(method: string, path: string, token?: string): Json {
    return {
      jti: randomUUID(),
      htm: method,
      htu: `${this.url}${path}`,
      iat: Math.floor(Date.now() / 1000),
      ...(token === undefined ? { nonce: this.nonce } : { ath: hash('sha256', token, 'base64url') }),
    };
  }

  proof(key: GrantKey, method: string, path: string, token?: string): string {
    return jws(proofHeader(key), this.proofClaims(method, path, token), key);
  }

  assertion({ id, key }: Pick<Vendor, 'id' | 'key'>, claims: Json = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: id, sub: id, aud: this.url, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
    return jws({ alg: 'ES256', kid: key.kid }, all, key);
  }

  send(path: string, { method = 'POST', headers = {}, body }: Sending): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers: headers as Record<string, string | string[]> };
      const sent = request(`${this.url}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body: text }),
        );
        response.on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  }

  /** Orders a call. */
  call(grant: string, proof: string, body: string | Uint8Array, headers: Sending['headers'] = {}): Promise<Answer> {
    const all = {
      authorization: `DPoP ${grant}`,
      dpop: proof,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...headers,
    };
    return this.send('/v1/calls', { headers: all, body });
  }

  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams(form).toString();
    return this.send(path, { headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });
  }
}

export const proofHeader = ({ publicJwk: { kty, crv, x, y } }: GrantKey): Json => ({
  typ: 'dpop+jwt',
  alg: 'ES256',
  jwk: { kty, crv, x, y },
});

const encode = (value: Json | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs anything as a compact JWS, with the smaller of ECDSA's two s, as the bank does; text is taken as it is. */
export function jws(header: Json | string, payload: Json | string, key: GrantKey): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const privateKey = key.privateKey instanceof KeyObject ? key.privateKey : KeyObject.from(key.privateKey as webcrypto.CryptoKey);
  for (;;) {
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    if ((signature[32] as number) < 0x7f) return `${input}.${signature.toString('base64url')}`;
  }
}

/** The confusion of RFC 8725 § 2.1: a public key as the secret of a MAC. */
export function hmacJws(header: Json, payload: Json | string, secret: string | Uint8Array): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export const partsOf = (token: string): { header: Json; claims: Json; signature: string } => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const read = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(payload), signature };
};
