import type { Command } from 'commander';
import { EXIT_REFUSED } from '../output.js';
import { LANGUAGE_OPTION, pageLanguage, writePage } from '../page-file.js';
import type { Act } from '../program.js';
import { perform } from '../reach.js';

interface PageOptions {
  readonly page: string;
  readonly language: string;
}

/** `numbra campaign preview`, `page`: what an export would reveal, or did, on one page for who approves it. */
export function addPageCommands(campaign: Command, act: Act): void {
  campaign
    .command('preview')
    .description('measure the list as it would be exported now; nothing leaves and nothing is recorded')
    .argument('<campaign>')
    .requiredOption('--page <file>', 'the HTML file to write')
    .option(...LANGUAGE_OPTION)
    .addHelpText('after', '\nExample:\n  numbra campaign preview c-2026-11 --page c-2026-11.html --language zh')
    .action(
      act(async (context, id: string, { page: file, language }: PageOptions) => {
        const preview = await perform(context, 'campaign.preview', { campaign: id, language: pageLanguage(language) });
        if (preview.outcome === 'refused') {
          context.output.result(preview, `Nothing would leave: ${preview.sentence} (${preview.code})`);
          return EXIT_REFUSED;
        }
        await writePage(file, preview.page);
        context.output.result({ campaign: id, page: file }, `Nothing has left. What would is on ${file}.`);
      }),
    );
  campaign
    .command('page')
    .description('the page of an export that was made')
    .argument('<export>', 'its id, export_…, from the export itself or from the ledger')
    .requiredOption('--page <file>', 'the HTML file to write')
    .option(...LANGUAGE_OPTION)
    .addHelpText('after', '\nExample:\n  numbra campaign page export_Zk3abcdefghijklm --page export.html')
    .action(
      act(async (context, id: string, { page: file, language }: PageOptions) => {
        const { page } = await perform(context, 'export.page', { export: id, language: pageLanguage(language) });
        await writePage(file, page);
        context.output.result({ export: id, page: file }, `Wrote ${file}.`);
      }),
    );
}
