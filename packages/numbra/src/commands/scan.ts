import { writeFile } from 'node:fs/promises';
import { oneOf } from '../arguments.js';
import { fail } from '../errors.js';
import type { Register } from '../program.js';

interface ScanCommandOptions {
  readonly delimiter: string;
  readonly encoding: string;
  readonly bank?: string;
  readonly policy?: string;
}

/** `numbra scan`: what a file's columns hold, and a first policy for them. Opens no bank. */
export const registerScan: Register = (program, act) => {
  program
    .command('scan')
    .description("propose a class and a release for each column of a bank's file")
    .argument('<file>', 'a CSV file')
    .option('--delimiter <character>', 'comma, semicolon, tab or bar', 'comma')
    .option('--encoding <encoding>', 'auto, utf-8 or gb18030', 'auto')
    .option('--policy <file>', 'write a first policy there; a file that exists is left alone')
    .option('--bank <name>', "the bank's name in that policy", 'demo-bank')
    .addHelpText('after', '\nExample:\n  numbra scan customers.csv --policy policy.yaml --bank demo-bank')
    .action(
      act(async (context, file: string, options: ScanCommandOptions) => {
        const { proposePolicy, scanFile } = await import('@numbra/bank');
        const report = await scanFile(file, {
          delimiter: DELIMITERS[oneOf(Object.keys(DELIMITERS) as (keyof typeof DELIMITERS)[], options.delimiter)],
          encoding: oneOf(['auto', 'utf-8', 'gb18030'], options.encoding),
          onProgress: (done) => context.output.progress({ phase: 'scan', done, total: done }),
        });
        if (options.policy !== undefined) {
          const yaml = proposePolicy(report, { bank: options.bank ?? 'demo-bank' });
          await writeFile(options.policy, yaml, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
            throw fail(error.code === 'EEXIST' ? 'ERR_FILE_EXISTS' : 'ERR_FILE_UNWRITABLE', { field: '--policy' }, { cause: error });
          });
        }
        const { default: Table } = await import('cli-table3');
        const table = new Table({
          head: ['column', 'kind', 'class', 'leaves', 'by', 'filled', 'different'],
          style: { head: [], border: [] },
        });
        for (const { column, kind, class: level, release, by, filled, distinct } of report.columns)
          table.push([column, kind, level, release, by, filled, distinct]);
        context.output.result(report, `${report.rows} rows\n${table.toString()}`);
      }),
    );
};

const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', bar: '|' } as const;
