/**
 * Decoys: leaks by one to three vendors, played with the code that banks use. A result's ratio is the share of leaks in which a vendor who
 * leaked is accused; nobody who did not leak may be, and how often that happens is played under a larger ε, where it can be counted.
 */
import { createHash } from 'node:crypto';
import type { Name } from '@numbra/core';
import { accuse, createDecoyCode, type LeakStrategy, leakOf, leakStrategies } from '@numbra/core/decoys';
import { seeded } from '../tests/support/seeded.js';
import type { Benchmark, Goal, Options, Result } from './measure.js';

const VENDORS = Array.from({ length: 30 }, (_, i) => `vendor-${i}` as Name);
const LINES = [60, 180, 360, 600, 960, 1_440] as const;
const FRACTIONS = [1, 0.5] as const;
const COALITIONS = [1, 2, 3] as const;
/** As likely as one in a hundred: so often that it can be counted whether the bound holds. */
const COUNTABLE = 0.01;
const EVERY_LEAK = 'every leak';

export const decoyGoals: readonly Goal[] = [
  { name: 'decoys/180-lines/1-leaks-all', against: EVERY_LEAK, ratio: 0.99 },
  { name: 'decoys/600-lines/3-leak-all', against: EVERY_LEAK, ratio: 0.85 },
  { name: 'decoys/960-lines/2-leak-half', against: EVERY_LEAK, ratio: 0.95 },
  { name: 'decoys/1440-lines/3-leak-half', against: EVERY_LEAK, ratio: 0.9 },
  { name: 'decoys/innocent', against: 'as often as the bound allows', ratio: 1 },
];

/** Leaks of one kind, played. */
export interface Played {
  readonly lines: number;
  readonly coalition: number;
  readonly fraction: number;
  readonly strategy: LeakStrategy;
  readonly leaks: number;
  /** Leaks in which a vendor who leaked is accused. */
  readonly found: number;
  /** Accusations of vendors who did not leak, at ε = 10⁻⁶ and at 10⁻², of so many vendors judged. */
  readonly wronged: number;
  readonly wrongedCountable: number;
  readonly innocents: number;
}

/** Plays every kind of leak under codes of their own. The same every time: draws are of a fixed seed. */
export function playLeaks({ short }: Options): Played[] {
  const codes = short ? 4 : 60;
  const played = new Map<string, Played>();
  for (let round = 0; round < codes; round++) {
    const code = createDecoyCode(createHash('sha256').update(`code ${round}`).digest());
    const drawn = VENDORS.map((vendor) => new Set(code.linesOf(vendor, LINES.at(-1) as number)));
    code.close();
    const random = seeded(round);
    for (const lines of LINES)
      for (const coalition of COALITIONS)
        for (const fraction of FRACTIONS)
          for (const strategy of coalition === 1 ? (['union'] as const) : leakStrategies) {
            const from = round % (VENDORS.length - coalition);
            const leakers = new Set(Array.from({ length: coalition }, (_, i) => from + i));
            const lists = [...leakers].map((vendor) => [...(drawn[vendor] as Set<number>)].filter((line) => line < lines));
            const judged = accuse(
              VENDORS.map((_, vendor) => vendor),
              leakOf(lists, strategy, fraction, random),
              (vendor, line) => (drawn[vendor] as Set<number>).has(line),
            );
            const key = [lines, coalition, fraction, strategy].join(' ');
            const before = played.get(key) ?? {
              lines,
              coalition,
              fraction,
              strategy,
              leaks: 0,
              found: 0,
              wronged: 0,
              wrongedCountable: 0,
              innocents: 0,
            };
            const innocent = judged.filter(({ vendor }) => !leakers.has(vendor));
            played.set(key, {
              ...before,
              leaks: before.leaks + 1,
              found: before.found + (judged.some(({ vendor, accused }) => accused && leakers.has(vendor)) ? 1 : 0),
              wronged: before.wronged + innocent.filter(({ accused }) => accused).length,
              wrongedCountable: before.wrongedCountable + innocent.filter(({ probability }) => probability <= COUNTABLE).length,
              innocents: before.innocents + innocent.length,
            });
          }
  }
  return [...played.values()];
}

export const decoyBenchmarks: Benchmark = async (options) => {
  const started = process.cpuUsage();
  const played = playLeaks(options);
  const { user, system } = process.cpuUsage(started);
  const perSecond = sum(played, ({ leaks }) => leaks) / ((user + system) / 1e6);
  const result = (name: string, against: string, ratio: number): Result => ({
    name,
    perSecond,
    unit: 'leaks',
    against: { name: against, perSecond },
    ratio,
  });
  const kinds = LINES.flatMap((lines) => COALITIONS.flatMap((coalition) => FRACTIONS.map((fraction) => ({ lines, coalition, fraction }))));
  const wronged = sum(played, (row) => row.wrongedCountable) / sum(played, (row) => row.innocents);
  return [
    ...kinds.map((kind) =>
      result(
        `decoys/${kind.lines}-lines/${kind.coalition}-${kind.coalition === 1 ? 'leaks' : 'leak'}-${kind.fraction === 1 ? 'all' : 'half'}`,
        EVERY_LEAK,
        worstOf(played, kind),
      ),
    ),
    // Nobody wronged at all counts as one in all that were judged.
    result('decoys/innocent', 'as often as the bound allows', COUNTABLE / Math.max(wronged, 1 / sum(played, (row) => row.innocents))),
  ];
};

type Kind = Pick<Played, 'lines' | 'coalition' | 'fraction'>;

const sum = (rows: readonly Played[], value: (row: Played) => number): number => rows.reduce((total, row) => total + value(row), 0);
const isOf = (kind: Kind) => (row: Played) =>
  row.lines === kind.lines && row.coalition === kind.coalition && row.fraction === kind.fraction;

/** The share that is found when the coalition chooses what suits it best. */
function worstOf(played: readonly Played[], kind: Kind): number {
  return Math.min(...played.filter(isOf(kind)).map(({ found, leaks }) => found / leaks));
}

/** The page of the documentation. */
export function decoysPage(played: readonly Played[]): string {
  const share = (rows: readonly Played[], strategy: LeakStrategy): string => {
    const row = rows.find((one) => one.strategy === strategy);
    return row === undefined ? '' : (row.found / row.leaks).toFixed(2);
  };
  const rows = LINES.flatMap((lines) =>
    COALITIONS.flatMap((coalition) =>
      FRACTIONS.map((fraction) => {
        const own = played.filter(isOf({ lines, coalition, fraction }));
        return `| ${lines} | ${coalition} | ${fraction} | ${leakStrategies.map((strategy) => share(own, strategy)).join(' | ')} |`;
      }),
    ),
  );
  const innocents = sum(played, (row) => row.innocents);
  return `# Decoys: who is found

Written by \`npm run bench -- --only decoys --docs\`. ${VENDORS.length} vendors, ${played[0]?.leaks ?? 0} codes, ε = 10⁻⁶ a vendor. A figure is the share of leaks in which
a vendor who leaked is accused. A coalition lets out what any of its lists holds (union), what all hold (intersection), what most hold
(majority), or each row as often as it is held (random); of that, the share in the third column. One vendor alone has nothing to choose.

Of ${innocents.toLocaleString('en')} judgements of vendors who did not leak, ${sum(played, (row) => row.wronged)} accused; at ε = ${COUNTABLE}, where they can be counted, ${sum(played, (row) => row.wrongedCountable)}, and
the bound allows ${Math.round(innocents * COUNTABLE).toLocaleString('en')}.

![Leaks found against lines](decoys.svg)

| lines | leak together | share let out | union | intersection | majority | random |
|--:|--:|--:|--:|--:|--:|--:|
${rows.join('\n')}
`;
}

const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 60;
const RIGHT = 190;
const TOP = 20;
const BOTTOM = 50;
const COLOURS = ['#1b7f5c', '#2f6fb0', '#b3542d'] as const;

/** Detection against lines, the worst strategy of each coalition. */
export function decoysPlot(played: readonly Played[]): string {
  const x = (lines: number): number => LEFT + (lines / (LINES.at(-1) as number)) * (WIDTH - LEFT - RIGHT);
  const y = (share: number): number => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const axis = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}" stroke="#d9dee3"/><text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end" font-size="12">${share}</text>`,
  );
  const marks = LINES.map(
    (lines) => `<text x="${x(lines)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" font-size="12">${lines}</text>`,
  );
  const curves = COALITIONS.flatMap((coalition, colour) =>
    FRACTIONS.map((fraction, dash) => {
      const points = LINES.map((lines) => `${x(lines).toFixed(1)},${y(worstOf(played, { lines, coalition, fraction })).toFixed(1)}`).join(
        ' ',
      );
      const style = `stroke="${COLOURS[colour]}" stroke-width="2" fill="none"${dash === 0 ? '' : ' stroke-dasharray="6 4"'}`;
      const label = TOP + 20 + (2 * colour + dash) * 22;
      return `<polyline points="${points}" ${style}/>
<line x1="${WIDTH - RIGHT + 15}" x2="${WIDTH - RIGHT + 45}" y1="${label}" y2="${label}" ${style}/>
<text x="${WIDTH - RIGHT + 52}" y="${label + 4}" font-size="12">${coalition} together, ${fraction === 1 ? 'whole' : 'half'} lists</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" fill="#1f2933">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${[...axis, ...marks, ...curves].join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle" font-size="12">lines of the bank; share of leaks found, the worst strategy</text>
</svg>
`;
}
