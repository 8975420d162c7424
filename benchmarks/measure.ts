/**
 * Measuring: a subject and its peers take turns in one process, some milliseconds each, and what counts is the median of the ratios
 * of the same turn. A slow moment of the machine hits all of them; a figure of one run alone says little.
 *
 * Time is processor time of this process: what else the machine does is not measured.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One line of the report, as it stands in the JSON. */
export interface Result {
  readonly name: string;
  readonly perSecond: number;
  readonly unit: string;
  readonly against?: { readonly name: string; readonly perSecond: number };
  /** `perSecond` over the peer's: the median over all turns. */
  readonly ratio?: number;
  /** `perSecond` over the floor's: the least work that this form of the task can be done with. */
  readonly floorRatio?: number;
}

/** What a result is meant to reach. */
export interface Goal {
  readonly name: string;
  readonly against?: string;
  readonly ratio?: number;
  readonly floorRatio?: number;
  /** Where the time goes, for the page, as long as it is missed. */
  readonly profile?: string;
}

export interface Options {
  /** A tenth of the time, for CI: figures that show a collapse, not a percent. */
  readonly short: boolean;
}

/** A subject file's function: measures, and gives its lines. */
export type Benchmark = (options: Options) => Promise<Result[]>;

export interface Contestant {
  readonly name: string;
  /** Does `count` operations. What it returns is looked at, so that no work can be left out. */
  readonly work: () => unknown;
  readonly count: number;
}

/** Operations per second of each contestant, turn by turn. */
export type Turns = ReadonlyMap<string, readonly number[]>;

const MICROSECONDS = 1_000_000;
const WARM_UP_MICROSECONDS = 200_000;

/**
 * Lets contestants take turns.
 *
 * @param sliceMs - how long each works in a turn, at least one call
 */
export async function race(
  contestants: readonly Contestant[],
  { turns, sliceMs }: { readonly turns: number; readonly sliceMs: number },
): Promise<Turns> {
  const calls = new Map<Contestant, number>();
  for (const contestant of contestants) calls.set(contestant, await callsPerSlice(contestant, sliceMs * 1_000));
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    // Every second turn the other way round: nobody always comes after the one that fills the heap.
    for (const contestant of turn % 2 === 0 ? contestants : [...contestants].reverse()) {
      const times = calls.get(contestant) as number;
      const spent = await timeOf(contestant, times);
      rates.get(contestant.name)?.push((times * contestant.count * MICROSECONDS) / Math.max(1, spent));
    }
  }
  return rates;
}

/** Turns and slices of a usual race: about two seconds for each contestant, or two tenths. */
export function pace({ short }: Options): { readonly turns: number; readonly sliceMs: number } {
  return short ? { turns: 25, sliceMs: 8 } : { turns: 200, sliceMs: 10 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** A peer by its name in the race; `as` is its name in the report, where that is another. */
export type Peer = string | { readonly peer: string; readonly as: string };

/**
 * The lines of one subject: one for each peer.
 *
 * @param subject - its name in the race
 * @param floor - the floor's name in the race
 */
export function resultsOf(name: string, turns: Turns, subject: string, peers: readonly Peer[], floor?: string, unit = 'tokens'): Result[] {
  const perSecond = median(turns.get(subject) ?? []);
  const floorRatio = floor === undefined ? {} : { floorRatio: ratioOf(turns, subject, floor) };
  return peers.map((of) => {
    const { peer, as } = typeof of === 'string' ? { peer: of, as: of } : of;
    const against = { name: as, perSecond: median(turns.get(peer) ?? []) };
    return { name, perSecond, unit, against, ratio: ratioOf(turns, subject, peer), ...floorRatio };
  });
}

function ratioOf(turns: Turns, one: string, other: string): number {
  const others = turns.get(other) ?? [];
  return median((turns.get(one) ?? []).map((rate, turn) => rate / (others[turn] ?? Number.NaN)));
}

async function callsPerSlice(contestant: Contestant, sliceMicroseconds: number): Promise<number> {
  let times = 1;
  let spent = await timeOf(contestant, 1);
  let warm = spent;
  while (warm < WARM_UP_MICROSECONDS) {
    times *= 2;
    spent = await timeOf(contestant, times);
    warm += spent;
  }
  return Math.max(1, Math.round((times * sliceMicroseconds) / Math.max(1, spent)));
}

let seen: unknown;

/** Empties the young heap: each slice pays for its own garbage and for nobody else's. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

async function timeOf({ work }: Contestant, times: number): Promise<number> {
  collect({ type: 'minor' });
  const start = process.cpuUsage();
  for (let i = 0; i < times; i++) {
    seen = work();
    if (seen instanceof Promise) seen = await seen;
  }
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
