import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra import`: customers from a CSV file. */
export const registerImport: Register = (program, act) => {
  program
    .command('import')
    .description('read customers from a CSV file: all of its rows, or none')
    .argument('<file>', 'CSV with the columns customer_id, name, phone, account, resident_id; further columns are numbers to select by')
    .option('--encoding <name>', 'utf-8, gb18030, or auto', 'auto')
    .addHelpText('after', '\nExample:\n  numbra import customers.csv')
    .action(
      act(async (context, file: string, options: { encoding: string }) => {
        const encoding = options.encoding as 'auto' | 'utf-8' | 'gb18030';
        const report = await perform(context, 'customers.import', { file: resolve(file), encoding });
        context.output.result(
          report,
          `Imported ${report.imported} customers, ${report.unreachable} of them without a phone that can be called.`,
        );
      }),
    );
};
