import { resolve } from 'node:path';
import type { DecoysOnList } from '@numbra/bank';
import { fail } from '../errors.js';
import { EXIT_REFUSED } from '../output.js';
import { LANGUAGE_OPTION, pageLanguage, writePage } from '../page-file.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

interface ExportOptions {
  readonly out: string;
  readonly page?: string;
  readonly language: string;
  readonly by?: string;
  readonly ask?: string;
}

/** `numbra export`: a campaign's list, the only thing a vendor receives; with its page, which stays in the bank. */
export const registerExport: Register = (program, act) => {
  program
    .command('export')
    .description("write a campaign's list: references, dial tokens, masked phones")
    .argument('<campaign>')
    .requiredOption('--out <file>', 'the CSV file to write')
    .option('--by <person>', 'who exports; your pseudonymous staff id')
    .option('--ask <text>', 'ask for approval instead, with words for those who approve; needs --by')
    .option('--page <file>', 'also write the page of what left and what it could reveal, one HTML file, for the bank')
    .option(...LANGUAGE_OPTION)
    .addHelpText('after', '\nExample:\n  numbra export c-2026-11 --out vendor-a/list.csv --page c-2026-11.html')
    .action(
      act(async (context, campaign: string, { out, page, language: asked, by, ask }: ExportOptions) => {
        const language = pageLanguage(asked);
        if (ask !== undefined) {
          if (by === undefined) throw fail('ERR_ARGUMENT', { field: '--by' });
          const requested = await perform(context, 'export.ask', { campaign, by, why: ask });
          if (requested.outcome === 'refused') {
            context.output.result(requested, `Refused: ${requested.sentence} (${requested.code})`);
            return EXIT_REFUSED;
          }
          context.output.result(requested, `Asked for approval of ${requested.rows} rows as ${requested.id}. Two others approve of it.`);
          return 0;
        }
        const result = await perform(context, 'campaign.export', { campaign, file: resolve(out), ...(by !== undefined && { by }) });
        if (result.outcome === 'refused') {
          context.output.result(result, `Refused: ${result.sentence} (${result.code})`);
          return EXIT_REFUSED;
        }
        if (page !== undefined) await writePage(page, (await perform(context, 'export.page', { export: result.export, language })).page);
        const { rows, file, waiting, nextDay, suppressed, measures } = result;
        const lines = [
          `Wrote ${rows} rows to ${file}. Manifest and measures are on record as ${result.export}.`,
          `Every row looks like ${measures.k.smallest - 1} others at least; ${measures.digits} digits are shown.`,
        ];
        if (suppressed > 0) lines.push(`${suppressed} customers were left out so that the others keep their bands.`);
        if (nextDay !== undefined) lines.push(`${waiting} rows wait for their day. Export again on ${nextDay}.`);
        if (result.decoys !== undefined) lines.push(decoySentence(result.decoys));
        if (page !== undefined) lines.push(`The page is ${page}.`);
        context.output.result(result, lines.join('\n'));
        return 0;
      }),
    );
};

function decoySentence({ carried, cut, reach: { coalition, fraction } }: DecoysOnList): string {
  const found =
    coalition === 0
      ? 'which find nobody'
      : `which find ${coalition} who leak ${fraction === 1 ? 'whole lists' : `${100 * fraction} % of their lists`} together`;
  return `${carried} rows are decoys, ${found}${cut === 0 ? '' : `; ${cut} lines were left out since the list is short`}. Keep this in the bank.`;
}
