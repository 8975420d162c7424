/**
 * The resolver over HTTP: a whole dial except the carrier, against bare Fastify with one `jwtVerify`, one check of a proof and one committed
 * row. Both servers are up together in one process and take turns of a second; a ratio is that of a slice to the mean of the baseline's
 * slices just before and after it. The load comes from this process, with a proof and a key a request made before each slice.
 */
import { openPostgres } from '@numbra/bank';
import { startPostgres } from '../tests/support/postgres.js';
import { type Benchmark, type Goal, median, type Options, type Result } from './measure.js';
import { Arena, type Scale, type Slice, type Variant } from './resolver/arena.js';
import { type Child, postmasterOf, startChild } from './resolver/child.js';
import { clientCost } from './resolver/client-cost.js';
import { type LoadReport, quantile } from './resolver/load.js';

const PART_LOAD = 0.7;
/** What a known vault's client costs. */
const CLIENT_MICROSECONDS = 80;
const BUDGET = `${CLIENT_MICROSECONDS} µs`;
const BASE = 'Fastify, jwtVerify, proof, one row';

const scaleOf = ({ short }: Options): Scale =>
  short
    ? { agents: 50, customers: 500, rounds: 1, sliceMs: 300, warmSlices: 1, partMs: 400 }
    : { agents: 2_000, customers: 32_000, rounds: 8, sliceMs: 1_000, warmSlices: 4, partMs: 4_000 };

export const resolverGoals: readonly Goal[] = [
  { name: "resolver/the client's own cost", against: BUDGET, ratio: 1 },
  { name: 'resolver/http', against: BASE, ratio: 1 },
  { name: 'resolver/http, grants never seen', against: BASE, ratio: 0.8 },
  { name: 'resolver/http on PGlite', against: `${BASE}, PGlite`, ratio: 1 },
  // Three times the baseline's time at most, and at full load no more than it.
  { name: 'resolver/p99 at 70 % load', against: BASE, ratio: 1 / 3 },
  { name: 'resolver/p99 at full load', against: BASE, ratio: 1 },
];

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
  const cost = (of: readonly Slice[]): string => {
    const [all, node, server] = (['cpu', 'node', 'server'] as const).map((part) => Math.round(medianOf(of, (slice) => slice[part])));
    return `${all} µs (${node} node + ${server} postgres while serving)`;
  };
  const cpu = `processor time a dial ${cost(slices)}, a request of the baseline ${cost(bases)}; ${median(costs).toFixed(2)} by pairs`;
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

async function onPostgres(scale: Scale, { short }: Options): Promise<Result[]> {
  const server = await startPostgres();
  const watch = await openPostgres(server.url);
  const [row] = await watch.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const child = await startChild();
  const holder = await startChild();
  try {
    const arena = await Arena.open(child, scale, 'postgres', server.url, row && postmasterOf(row.pid));
    await holder.ask({ act: 'open', url: server.url });
    for (let i = 0; i < scale.warmSlices; i++) for (const variant of ['base', 'dial', 'never'] as const) await arena.slice(variant);
    const cached = await rounds(arena, 'dial', scale.rounds);
    const never = await rounds(arena, 'never', scale.rounds);
    const results = [
      throughput('resolver/http', cached),
      throughput('resolver/http, grants never seen', never),
      latency('resolver/p99 at full load', medianOf(cached.slices, p99), medianOf(cached.bases, p99)),
      await partLoad(arena, cached, scale),
    ];
    if (short) return results;
    for (const variant of ['dial', 'never'] as const) await arena.profile(variant);
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
  // Warm after seconds only: a short run says nothing of it.
  const onEmbedded = options.short ? [] : await onPGlite(scale);
  const cost = await clientCost(options);
  process.stderr.write(`  the vendor's client beyond a bare request with the same proof: ${cost.toFixed(0)} µs of processor time\n`);
  const client = {
    name: "resolver/the client's own cost",
    perSecond: 1e6 / cost,
    unit: 'calls',
    against: { name: BUDGET, perSecond: 1e6 / CLIENT_MICROSECONDS },
  };
  return [{ ...client, ratio: CLIENT_MICROSECONDS / cost }, ...(await onPostgres(scale, options)), ...onEmbedded];
};
