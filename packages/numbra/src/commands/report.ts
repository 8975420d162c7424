import { extname } from 'node:path';
import { fail } from '../errors.js';
import { LANGUAGE_OPTION, pageLanguage } from '../page-file.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { writeNew } from '../write-new.js';

interface ReportOptions {
  readonly from: string;
  readonly to: string;
  readonly out?: readonly string[];
  readonly language: string;
}

const FORMATS = ['.json', '.csv', '.html'];

/** `numbra report`: what was done over a period, for the regulator. */
export const registerReport: Register = (program, act) => {
  program
    .command('report')
    .description(
      'uses, refusals, exports, openings, alerts and duties to delete over a period, with the ledger positions that support each line',
    )
    .requiredOption('--from <time>', 'YYYY-MM-DD (midnight UTC) or an ISO 8601 time, inclusive')
    .requiredOption('--to <time>', 'the same, exclusive')
    .option('--out <file...>', 'files to write, by their ending: .json, .csv, or .html with charts; a file that exists is left alone')
    .option(...LANGUAGE_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  numbra report --from 2026-11-01 --to 2026-12-01 --out november.json november.csv november.html --language zh
  numbra report --from 2026-11-01T00:00:00+08:00 --to 2026-12-01T00:00:00+08:00 --json`,
    )
    .action(
      act(async (context, options: ReportOptions) => {
        const [from, to] = [timeOf('--from', options.from), timeOf('--to', options.to)];
        const language = pageLanguage(options.language);
        const files = options.out ?? [];
        if (!files.every((file) => FORMATS.includes(extname(file))))
          throw fail('ERR_ARGUMENT', { field: '--out' }, { detail: `one of ${FORMATS.join(', ')}` });
        const report = await perform(context, 'evidence.report', { from, to });
        const { reportCsv, reportPage } = await import('@numbra/bank');
        const texts: Readonly<Record<string, () => string>> = {
          '.json': () => `${JSON.stringify(report, null, 2)}\n`,
          '.csv': () => reportCsv(report),
          '.html': () => reportPage(report, language),
        };
        for (const file of files) await writeNew(file, texts[extname(file)]!(), '--out');
        const { uses, refusals, exports, openings, alerts, deletions, overdue, acts } = report;
        const counts = Object.entries({ uses, refusals, exports, openings, alerts, deletions, overdue, acts });
        context.output.result(
          files.length === 0 ? report : { files, size: report.size, overdue: overdue.length },
          [
            `${from} to ${to}, ${report.size} entries read.`,
            ...counts.map(([name, lines]) => `  ${name.padEnd(10)} ${lines.length}`),
            ...overdue.map((line) => `overdue: ${line.vendor} should have deleted ${line.export} by ${line.due}`),
            ...(files.length === 0 ? [] : [`Wrote ${files.join(', ')}.`]),
          ].join('\n'),
        );
      }),
    );
};

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

function timeOf(field: string, text: string): string {
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw fail('ERR_ARGUMENT', { field });
  return new Date(at).toISOString();
}
