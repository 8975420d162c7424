/**
 * What the runner shows of results: a table for a terminal, and the page of the documentation.
 * @module
 */
import type { Goal, Result } from './measure.js';

export interface Report {
  readonly node: string;
  readonly cpu: string;
  readonly results: readonly Result[];
}

const NANOSECONDS = 1e9;

/** Whether a goal's result is there and does not reach it. */
export function isMissed(goal: Goal, results: readonly Result[]): boolean {
  const reached = reachedOf(goal, results);
  return reached !== undefined && reached < (goal.ratio ?? goal.floorRatio ?? 0);
}

/** The results as lines of a terminal, then what was missed. */
export function table({ node, cpu, results }: Report, goals: readonly Goal[]): string {
  const head = ['', 'per second', 'ns each', 'against', 'ratio', 'of floor'];
  const rows = [head, ...results.map(cells)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const leftAligned = new Set([0, 3]);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (leftAligned.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const missed = goals.filter((goal) => isMissed(goal, results)).map((goal) => `goal missed: ${sentence(goal, results)}`);
  const summary = missed.length === 0 ? ['every goal reached'] : missed;
  return `${[`node ${node}, ${cpu}`, '', ...rows.map(line), '', ...(goals.length === 0 ? [] : summary)].join('\n')}\n`;
}

/** The page of the documentation. */
export function markdown({ node, cpu, results }: Report, goals: readonly Goal[]): string {
  const rows = results.map(
    (result) =>
      `| ${cells(result)
        .map((cell, i) => (i === 0 ? `\`${cell}\`` : cell))
        .join(' | ')} |`,
  );
  const goalRows = goals.map((goal) => {
    const reached = reachedOf(goal, results);
    return `| \`${goal.name}\` | ${aim(goal)} | ${reached === undefined ? 'not measured' : round(reached)} | ${isMissed(goal, results) ? '**missed**' : 'reached'} |`;
  });
  const missed = goals.filter((goal) => goal.profile !== undefined && isMissed(goal, results));
  const profiles = missed.map(({ name, profile }) => `- \`${name}\`: ${profile}.`).join('\n');
  return `# Benchmarks

Written by \`npm run bench -- --docs\`: node ${node}, ${cpu}.

Subjects and peers take turns in one process, some milliseconds each, each with an empty young heap; a ratio is the median of the ratios of the
same turn, over processor time. Compare ratios, not nanoseconds: those are of one machine. A floor is the least that a form can be done with: two AES-256-ECB passes over
the batch, one base64url of the same bytes where the result is text, and cutting that text where the result is strings.

![Sealing, nanoseconds for each token](benchmarks.svg)

| | per second | ns each | against | ratio | of floor |
|---|--:|--:|---|--:|--:|
${rows.join('\n')}

## Goals

| | goal | measured | |
|---|---|--:|---|
${goalRows.join('\n')}
${profiles === '' ? '' : `\nWhere the time goes in what was missed, by V8's sampling profiler and by the clock:\n\n${profiles}\n`}
The peers do not all do the same: HMAC gives a pseudonym that nobody can open; libpep re-encrypts an identifier that it cannot see. They are
what one would otherwise use. \`seal/strings\` and \`open/strings\` take and give strings in batches of 1,024; \`seal/columns\` takes digits as bytes and
gives 52 ASCII bytes a token; \`seal/one\` is one string a call. \`blind/evaluate\` is what a server does for one element of an OPRF; proved, for each of 64 under one
proof of a POPRF, where the proof takes as long again as the evaluation. \`timing/…\` asks whether time tells why a text did not open, each kind against a token
of another vendor: it is looked at, not asserted.

\`ledger-store/acts sequenced\` are made by 32 connections of one other process, one committed statement an act, while this one sequences; 8 clients in the
sequencing process reached 4,000 a second, and two processes of 16 connections 4,300 with other work on the two cores. \`proof, cold median\` is of the first 20 proofs after each
start of a server whose file cache was emptied; the very first of them alone takes 14 to 29 ms.
`;
}

function cells({ name, perSecond, unit, against, ratio, floorRatio }: Result): string[] {
  return [
    name,
    `${Math.round(perSecond).toLocaleString('en')} ${unit}`,
    round(NANOSECONDS / perSecond),
    against?.name ?? '',
    ratio === undefined ? '' : `${round(ratio)} ×`,
    floorRatio === undefined ? '' : round(floorRatio),
  ];
}

function reachedOf({ name, against, ratio }: Goal, results: readonly Result[]): number | undefined {
  const result = results.find((one) => one.name === name && (against === undefined || one.against?.name === against));
  return ratio === undefined ? result?.floorRatio : result?.ratio;
}

function sentence(goal: Goal, results: readonly Result[]): string {
  return `${goal.name} ${aim(goal)}, measured ${round(reachedOf(goal, results) ?? Number.NaN)}`;
}

function aim({ against, ratio, floorRatio }: Goal): string {
  return ratio === undefined ? `≥ ${floorRatio} of its floor` : `≥ ${ratio} × ${against}`;
}

/** Three digits that say something. */
function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString();
}
