/**
 * The resolver over HTTP: a whole dial except the carrier, against bare Fastify with one `jwtVerify`, one check of a proof and one committed
 * row. Both servers are up together in one process and take turns of a second; a ratio is that of a slice to the mean of the baseline's
 * slices just before and after it. The load comes from this process, with a proof and a key a request made before each slice.
 */
import { randomUUID } from 'node:crypto';
import { openPostgres } from '@numbra/bank';
import { createProof, type GrantKey, generateGrantKey } from '@numbra/grants';
import { startPostgres } from '../tests/support/postgres.js';
import { type Benchmark, type Goal, median, type Options, type Result } from './measure.js';
import { type Child, serverTime, startChild } from './resolver/child.js';
import { type LoadReport, load, quantile } from './resolver/load.js';
import type { Share } from './resolver/profile.js';
import type { Started } from './resolver/server.js';

const CONNECTIONS = 64;
const ORIGIN = 'http://127.0.0.1:1';
const PART_LOAD = 0.7;
const BASE = 'Fastify, jwtVerify, proof, one row';

interface Scale {
  readonly agents: number;
  readonly customers: number;
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmSlices: number;
  readonly partMs: number;
}

const scaleOf = ({ short }: Options): Scale =>
  short
    ? { agents: 100, customers: 1_000, rounds: 2, sliceMs: 400, warmSlices: 2, partMs: 600 }
    : { agents: 2_000, customers: 32_000, rounds: 8, sliceMs: 1_000, warmSlices: 4, partMs: 4_000 };

export const resolverGoals: readonly Goal[] = [
  { name: 'resolver/http', against: BASE, ratio: 1 },
  { name: 'resolver/http, grants never seen', against: BASE, ratio: 0.8 },
  { name: 'resolver/http on PGlite', against: `${BASE}, PGlite`, ratio: 1 },
  // Three times the baseline's time at most, and at full load no more than it.
  { name: 'resolver/p99 at 70 % load', against: BASE, ratio: 1 / 3 },
  { name: 'resolver/p99 at full load', against: BASE, ratio: 1 },
];

type Variant = 'dial' | 'never' | 'base';

interface Slice extends LoadReport {
  readonly cpu: number;
}

/** The servers of one engine, and what is sent to them. */
class Arena {
  readonly #child: Child;
  readonly #started: Started;
  readonly #keys: readonly GrantKey[];
  readonly #backend: number | undefined;
  readonly #scale: Scale;
  #turn = 0;
  /** Requests to prepare for a slice. */
  readonly #rates: Record<Variant, number> = { dial: 3_000, never: 2_000, base: 2_000 };

  private constructor(child: Child, started: Started, keys: readonly GrantKey[], backend: number | undefined, scale: Scale) {
    this.#child = child;
    this.#started = started;
    this.#keys = keys;
    this.#backend = backend;
    this.#scale = scale;
  }

  static async open(child: Child, scale: Scale, engine: 'postgres' | 'pglite', url?: string, backend?: number): Promise<Arena> {
    const keys = await Promise.all(Array.from({ length: scale.agents }, () => generateGrantKey()));
    const { customers } = scale;
    const thumbprints = keys.map(({ kid }) => kid);
    const started = await child.ask<Started>({ act: 'start', engine, customers, thumbprints, ...(url !== undefined && { url }) });
    return new Arena(child, started, keys, backend, scale);
  }

  /** @param rate - a second; as fast as it goes by default */
  async slice(variant: Variant, ms = this.#scale.sliceMs, rate?: number): Promise<Slice> {
    const prepared = Math.ceil(((rate ?? this.#rates[variant] * 1.6) * ms) / 1_000) + CONNECTIONS;
    const requests = await this.#requests(prepared);
    const { dialPort, neverPort, basePort } = this.#started;
    const before = await this.#cpu();
    const port = { dial: dialPort, never: neverPort, base: basePort }[variant];
    const report = await load(port, requests, { connections: CONNECTIONS, ms, ...(rate !== undefined && { rate }) });
    // Positions in the ledger belong to the dials of this slice, not to what is measured after them.
    if (variant !== 'base') await this.#child.ask({ act: 'sequence' });
    const cpu = ((await this.#cpu()) - before) / Math.max(1, report.answered);
    if (report.refused.size > 0)
      process.stderr.write(`  ${variant}: ${[...report.refused].map(([code, n]) => `${n} × ${code}`).join(', ')}\n`);
    if (rate === undefined) this.#rates[variant] = Math.max(200, report.perSecond);
    return { ...report, cpu };
  }

  ask: Child['ask'] = (ask) => this.#child.ask(ask);

  /** Shows where the time of a slice goes. */
  async profile(variant: Variant): Promise<void> {
    await this.#child.ask({ act: 'profile' });
    await this.slice(variant);
    const shares = await this.#child.ask<Share[]>({ act: 'profiled' });
    for (const { name, share } of shares) process.stderr.write(`    ${(100 * share).toFixed(1).padStart(5)} %  ${name}\n`);
  }

  async #cpu(): Promise<number> {
    const { microseconds } = await this.#child.ask<{ microseconds: number }>({ act: 'cpu' });
    return microseconds + serverTime(this.#backend);
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

interface Rounds {
  readonly ratios: readonly number[];
  readonly slices: readonly Slice[];
  readonly bases: readonly Slice[];
}

/** base, variant, base, variant, … base. */
async function rounds(arena: Arena, variant: Variant, count: number): Promise<Rounds> {
  const bases = [await arena.slice('base')];
  const slices: Slice[] = [];
  for (let i = 0; i < count; i++) {
    slices.push(await arena.slice(variant));
    bases.push(await arena.slice('base'));
  }
  const ratios = slices.map(({ perSecond }, i) => (2 * perSecond) / ((bases[i]?.perSecond ?? 0) + (bases[i + 1]?.perSecond ?? 0)));
  return { ratios, slices, bases };
}

const medianOf = (slices: readonly Slice[], pick: (slice: Slice) => number): number => median(slices.map(pick));
const p99 = ({ latencies }: LoadReport): number => quantile(latencies, 0.99);

function throughput(name: string, { ratios, slices, bases }: Rounds, against = BASE): Result {
  const costs = slices.map(({ cpu: spent }, i) => ((bases[i]?.cpu ?? 0) + (bases[i + 1]?.cpu ?? 0)) / (2 * spent));
  const cpu = `${Math.round(medianOf(slices, (slice) => slice.cpu))} µs of processor time a dial, ${Math.round(medianOf(bases, (slice) => slice.cpu))} a request of the baseline (${median(costs).toFixed(2)} of it by pairs)`;
  const range = `${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)}`;
  process.stderr.write(`  ${name}: ${median(ratios).toFixed(2)} (${range}); ${cpu}\n`);
  return {
    name,
    perSecond: medianOf(slices, (slice) => slice.perSecond),
    unit: 'dials',
    against: { name: against, perSecond: medianOf(bases, (slice) => slice.perSecond) },
    ratio: median(ratios),
  };
}

/** Times as rates, so that more is better: at a p99 of 20 ms 50 a second. */
function latency(name: string, dial: number, base: number): Result {
  process.stderr.write(`  ${name}: ${dial.toFixed(1)} ms, baseline ${base.toFixed(1)} ms\n`);
  return { name, perSecond: 1_000 / dial, unit: 'p99s', against: { name: BASE, perSecond: 1_000 / base }, ratio: base / dial };
}

async function partLoad(arena: Arena, { ratios: _, slices, bases }: Rounds, { partMs, rounds: count }: Scale): Promise<Result> {
  const rates = {
    dial: PART_LOAD * medianOf(slices, ({ perSecond }) => perSecond),
    base: PART_LOAD * medianOf(bases, ({ perSecond }) => perSecond),
  };
  const times: Record<'dial' | 'base', number[]> = { dial: [], base: [] };
  for (let i = 0; i < Math.max(1, count >> 1); i++) {
    for (const variant of ['base', 'dial'] as const) times[variant].push(p99(await arena.slice(variant, partMs, rates[variant])));
  }
  return latency('resolver/p99 at 70 % load', median(times.dial), median(times.base));
}

/** What an export of the whole list adds to the longest wait for an answer, while the gateway is at full load. */
async function duringExport(arena: Arena, exporter: Pick<Child, 'ask'>, who: string, { sliceMs }: Scale): Promise<void> {
  const quiet = await arena.slice('dial', 3 * sliceMs);
  const exported = exporter.ask<number>({ act: 'export' });
  const busy = await arena.slice('dial', 3 * sliceMs);
  const took = await exported;
  const most = (report: LoadReport) => report.latencies.at(-1) ?? Number.NaN;
  process.stderr.write(
    `  an export by ${who} (${Math.round(took)} ms): longest answer ${most(busy).toFixed(0)} ms, p99 ${p99(busy).toFixed(0)} ms; without it ${most(quiet).toFixed(0)} and ${p99(quiet).toFixed(0)}\n`,
  );
}

async function onPostgres(scale: Scale): Promise<Result[]> {
  const server = await startPostgres();
  const watch = await openPostgres(server.url);
  const [row] = await watch.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const child = await startChild();
  const holder = await startChild();
  try {
    const arena = await Arena.open(child, scale, 'postgres', server.url, row?.pid);
    await holder.ask({ act: 'open', url: server.url });
    for (let i = 0; i < scale.warmSlices; i++) for (const variant of ['base', 'dial', 'never'] as const) await arena.slice(variant);
    const cached = await rounds(arena, 'dial', scale.rounds);
    const never = await rounds(arena, 'never', scale.rounds);
    await arena.profile('dial');
    await arena.profile('never');
    const results = [
      throughput('resolver/http', cached),
      throughput('resolver/http, grants never seen', never),
      latency('resolver/p99 at full load', medianOf(cached.slices, p99), medianOf(cached.bases, p99)),
      await partLoad(arena, cached, scale),
    ];
    await duringExport(arena, holder, 'another process', scale);
    await duringExport(arena, arena, 'the gateway itself', scale);
    return results;
  } finally {
    await child.stop();
    await holder.stop();
    await watch.close();
    await server.stop();
  }
}

/** PGlite is compiled as it runs: it is warm after some seconds of load. */
async function onPGlite(scale: Scale): Promise<Result[]> {
  const child = await startChild();
  const small = { ...scale, agents: Math.min(scale.agents, 500), customers: Math.min(scale.customers, 8_000) };
  try {
    const arena = await Arena.open(child, small, 'pglite');
    for (let i = 0; i < 3 * scale.warmSlices; i++) for (const variant of ['dial', 'base'] as const) await arena.slice(variant);
    return [throughput('resolver/http on PGlite', await rounds(arena, 'dial', scale.rounds), `${BASE}, PGlite`)];
  } finally {
    await child.stop();
  }
}

export const resolverBenchmarks: Benchmark = async (options) => {
  const scale = scaleOf(options);
  return [...(await onPostgres(scale)), ...(await onPGlite(scale))];
};
