import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra decoys mark | count | sighting | judge`: customers whose phones are the bank's own lines. */
export const registerDecoys: Register = (program, act) => {
  const decoys = program.command('decoys').description("customers whose phones are the bank's own lines");

  decoys
    .command('mark')
    .description('mark customers as decoys')
    .argument('<file>', "the bank's customer ids, one a line")
    .addHelpText(
      'after',
      '\nExample:\n  numbra decoys mark lines.txt\n\nImport the lines in the same file as customers first, and delete the file of ids afterwards: nothing lists them again.',
    )
    .action(
      act(async (context, file: string) => {
        const marked = await perform(context, 'decoys.mark', { file: resolve(file) });
        context.output.result(
          marked,
          `Marked ${marked.planted}; ${marked.already} were decoys already. The bank has ${marked.lines} lines.`,
        );
      }),
    );

  decoys
    .command('count')
    .description('how many lines the bank has; which customers they are is never listed')
    .action(
      act(async (context) => {
        const { lines } = await perform(context, 'decoys.count', {});
        context.output.result({ lines }, `${lines} lines.`);
      }),
    );

  decoys
    .command('sighting')
    .description('keep which lines turned up in a leak')
    .argument('<incident>', 'a name of your own for the leak')
    .argument('<file>', 'phones in any text: what was offered for sale, or which of your lines were rung')
    .addHelpText(
      'after',
      '\nExample:\n  numbra decoys sighting market-2026-03 offered.txt\n\nPhones that are none of the lines are not kept.',
    )
    .action(
      act(async (context, incident: string, file: string) => {
        const { phones, fresh, seen } = await perform(context, 'decoys.sighting', { incident, file: resolve(file) });
        context.output.result(
          { phones, fresh, seen },
          `${phones} phones, ${fresh} new lines among them; ${seen} lines were seen of ${incident}.`,
        );
      }),
    );

  decoys
    .command('judge')
    .description('whom the lines that turned up in a leak accuse, and how surely')
    .argument('<incident>', 'the name of the leak')
    .addHelpText(
      'after',
      '\nExample:\n  numbra decoys judge market-2026-03\n\nAn accusation names a list and not a hand: the bank held the rows too.',
    )
    .action(
      act(async (context, incident: string) => {
        const judged = await perform(context, 'decoys.judge', { incident });
        const lines = judged.vendors.map(
          ({ vendor, carried, foreign, probability, accused }) =>
            `${vendor}  ${accused ? 'accused' : 'not accused'}  ${carried} lines of its lists, ${foreign} of none  innocent with probability at most ${probability.toExponential(1)}`,
        );
        context.output.result(judged, [`${judged.seen} lines were seen.`, ...lines].join('\n'));
      }),
    );
};
