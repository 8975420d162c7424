/**
 * The one runner. `npm run bench -- --only core --json FILE --docs --short --check`
 *
 * A subject is one file that exports a function, and one line here.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { blindBenchmarks, blindGoals } from './blind.js';
import { coreBenchmarks, coreGoals } from './core.js';
import { decoyBenchmarks, decoyGoals, decoysPage, decoysPlot, playLeaks } from './decoys.js';
import { guardBenchmarks, guardGoals } from './guard.js';
import { hsmBenchmarks, hsmGoals } from './hsm.js';
import { ledgerBenchmarks, ledgerGoals } from './ledger.js';
import { ledgerLargeBenchmarks, ledgerLargeGoals, ledgerStoreBenchmarks, ledgerStoreGoals } from './ledger-store.js';
import type { Benchmark, Goal, Result } from './measure.js';
import { plot } from './plot.js';
import { isMissed, markdown, table } from './report.js';
import { resolverBenchmarks, resolverGoals } from './resolver.js';
import { soak } from './soak.js';
import { timingBenchmarks } from './timing.js';

const subjects: Readonly<Record<string, { readonly run: Benchmark; readonly goals: readonly Goal[]; readonly onlyNamed?: true }>> = {
  core: {
    run: async (options) => [...(await coreBenchmarks(options)), ...(await blindBenchmarks(options)), ...(await hsmBenchmarks(options))],
    goals: [...coreGoals, ...blindGoals, ...hsmGoals],
  },
  decoys: { run: decoyBenchmarks, goals: decoyGoals },
  guard: { run: guardBenchmarks, goals: guardGoals },
  ledger: { run: ledgerBenchmarks, goals: ledgerGoals },
  'ledger-store': { run: ledgerStoreBenchmarks, goals: ledgerStoreGoals },
  'ledger-large': { run: ledgerLargeBenchmarks, goals: ledgerLargeGoals, onlyNamed: true },
  resolver: { run: resolverBenchmarks, goals: resolverGoals },
  timing: { run: timingBenchmarks, goals: [] },
};

const HELP = `npm run bench -- [options]

  --only NAMES   subjects to run, with commas between: ${Object.keys(subjects).join(', ')}
  --json FILE    write the results as JSON, too
  --docs         write docs/reference/benchmarks.md and its plot; of decoys a page of their own
  --short        a tenth of the time: figures that show a collapse, not a percent
  --check        end with status 1 when a goal is missed
  --soak MINUTES a gateway's memory under full load, and nothing else
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    soak: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.soak !== undefined) {
    const minutes = Number(values.soak);
    if (!Number.isInteger(minutes) || minutes < 1) {
      process.stderr.write(`--soak takes whole minutes.\n\n${HELP}`);
      return 2;
    }
    return (await soak(minutes)) ? 0 : 1;
  }
  const chosen = values.only === undefined ? Object.keys(subjects).filter((name) => !subjects[name]?.onlyNamed) : values.only.split(',');
  const unknown = chosen.find((name) => !Object.hasOwn(subjects, name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no subject "${unknown}".\n\n${HELP}`);
    return 2;
  }
  const results: Result[] = [];
  const goals: Goal[] = [];
  for (const name of chosen) {
    process.stderr.write(`measuring ${name} …\n`);
    const subject = subjects[name] as (typeof subjects)[string];
    results.push(...(await subject.run({ short: values.short })));
    goals.push(...subject.goals);
  }
  const report = { node: process.version, cpu: `${cpus()[0]?.model ?? 'unknown'} × ${cpus().length}`, results };
  process.stdout.write(table(report, goals));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values.docs) {
    const docs = new URL('../docs/reference/', import.meta.url);
    const isOnlyDecoys = chosen.every((name) => name === 'decoys');
    if (!isOnlyDecoys) {
      writeFileSync(new URL('benchmarks.md', docs), markdown(report, goals));
      writeFileSync(new URL('benchmarks.svg', docs), plot(results.filter(({ name }) => name === 'seal/strings')));
    }
    if (chosen.includes('decoys')) {
      const played = playLeaks({ short: values.short });
      writeFileSync(new URL('decoys.md', docs), decoysPage(played));
      writeFileSync(new URL('decoys.svg', docs), decoysPlot(played));
    }
  }
  return values.check && goals.some((goal) => isMissed(goal, results)) ? 1 : 0;
}

process.exitCode = await main();
