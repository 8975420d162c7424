import { resolve } from 'node:path';
import { EXIT_REFUSED } from '../output.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra export`: a campaign's list, the only thing a vendor receives. */
export const registerExport: Register = (program, act) => {
  program
    .command('export')
    .description("write a campaign's list: references, dial tokens, masked phones")
    .argument('<campaign>')
    .requiredOption('--out <file>', 'the CSV file to write')
    .addHelpText('after', '\nExample:\n  numbra export c-2026-11 --out vendor-a/list.csv')
    .action(
      act(async (context, campaign: string, options: { out: string }) => {
        const result = await perform(context, 'campaign.export', { campaign, file: resolve(options.out) });
        if (result.outcome === 'refused') {
          context.output.result(result, `Refused: ${result.sentence} (${result.code})`);
          return EXIT_REFUSED;
        }
        context.output.result(
          result,
          `Wrote ${result.rows} rows to ${result.file}. Manifest and measures are on record as ${result.export}.`,
        );
      }),
    );
};
