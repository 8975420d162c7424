/**
 * The servers of one engine side by side, and slices of load on one of them at a time.
 */
import { randomUUID } from 'node:crypto';
import { createProof, type GrantKey, generateGrantKey } from '@numbra/grants';
import { type Child, serverTime } from './child.js';
import { type LoadReport, load } from './load.js';
import type { Share } from './profile.js';
import { ORIGIN, type Started } from './protocol.js';

export const CONNECTIONS = 64;

export interface Scale {
  readonly agents: number;
  readonly customers: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmSlices: number;
  readonly partMs: number;
}

export type Variant = 'dial' | 'never' | 'base';

export interface Slice extends LoadReport {
  /** Microseconds of processor time a request: both processes, and the positions in the ledger. */
  readonly cpu: number;
  /** Of it, in the measured process while it served. */
  readonly node: number;
  /** Of it, in the database server while it served; 0 on PGlite. */
  readonly server: number;
}

/** The servers of one engine, and what is sent to them. */
export class Arena {
  readonly #child: Child;
  #started: Started;
  readonly #keys: readonly GrantKey[];
  readonly #postmaster: number | undefined;
  readonly #scale: Scale;
  #turn = 0;
  /** Requests to prepare for a slice. */
  readonly #rates: Record<Variant, number> = { dial: 3_000, never: 2_000, base: 2_000 };

  private constructor(child: Child, started: Started, keys: readonly GrantKey[], postmaster: number | undefined, scale: Scale) {
    this.#child = child;
    this.#started = started;
    this.#keys = keys;
    this.#postmaster = postmaster;
    this.#scale = scale;
  }

  static async open(child: Child, scale: Scale, engine: 'postgres' | 'pglite', url?: string, postmaster?: number): Promise<Arena> {
    const keys = await Promise.all(Array.from({ length: scale.agents }, () => generateGrantKey()));
    const { customers } = scale;
    const thumbprints = keys.map(({ kid }) => kid);
    const started = await child.ask<Started>({ act: 'start', engine, customers, thumbprints, ...(url !== undefined && { url }) });
    return new Arena(child, started, keys, postmaster, scale);
  }

  /** @param rate - a second; as fast as it goes by default */
  async slice(variant: Variant, ms = this.#scale.sliceMs, rate?: number): Promise<Slice> {
    const prepared = Math.ceil(((rate ?? this.#rates[variant] * 1.6) * ms) / 1_000) + CONNECTIONS;
    const requests = await this.#requests(prepared);
    const { dialPort, neverPort, basePort } = this.#started;
    const before = await this.#times();
    const port = { dial: dialPort, never: neverPort, base: basePort }[variant];
    const report = await load(port, requests, { connections: CONNECTIONS, ms, ...(rate !== undefined && { rate }) });
    const served = await this.#times();
    // Positions in the ledger belong to the dials of this slice, not to what is measured after them.
    if (variant !== 'base') await this.#child.ask({ act: 'sequence' });
    const after = await this.#times();
    const each = (spent: number): number => spent / Math.max(1, report.answered);
    const cpu = each(after.node + after.server - before.node - before.server);
    if (report.refused.size > 0)
      process.stderr.write(`  ${variant}: ${[...report.refused].map(([code, n]) => `${n} × ${code}`).join(', ')}\n`);
    if (rate === undefined) this.#rates[variant] = Math.max(200, report.perSecond);
    return { ...report, cpu, node: each(served.node - before.node), server: each(served.server - before.server) };
  }

  /** New grants for the same keys. */
  async renew(): Promise<void> {
    this.#started = { ...this.#started, grants: await this.#child.ask<string[]>({ act: 'grants' }) };
  }

  ask: Child['ask'] = (ask) => this.#child.ask(ask);

  /** Shows where the time of a slice goes. */
  async profile(variant: Variant): Promise<void> {
    await this.#child.ask({ act: 'profile' });
    await this.slice(variant);
    const shares = await this.#child.ask<Share[]>({ act: 'profiled' });
    for (const { name, share } of shares) process.stderr.write(`    ${(100 * share).toFixed(1).padStart(5)} %  ${name}\n`);
  }

  async #times(): Promise<{ readonly node: number; readonly server: number }> {
    const { microseconds } = await this.#child.ask<{ microseconds: number }>({ act: 'cpu' });
    return { node: microseconds, server: serverTime(this.#postmaster) };
  }

  async #requests(count: number): Promise<Buffer[]> {
    const requests: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const turn = this.#turn++;
      const agent = turn % this.#keys.length;
      const token = this.#started.grants[agent] as string;
      const proof = await createProof({
        key: this.#keys[agent] as GrantKey,
        htm: 'POST',
        htu: `${ORIGIN}/v1/calls`,
        accessToken: token,
        now: Date.now(),
        jti: randomUUID(),
      });
      const body = JSON.stringify({ dial_token: this.#started.tokens[turn % this.#started.tokens.length] });
      const head = [
        'POST /v1/calls HTTP/1.1',
        'host: 127.0.0.1',
        'content-type: application/json',
        `content-length: ${body.length}`,
        `authorization: DPoP ${token}`,
        `dpop: ${proof}`,
        `idempotency-key: ${randomUUID()}`,
      ];
      requests.push(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`));
    }
    return requests;
  }
}
