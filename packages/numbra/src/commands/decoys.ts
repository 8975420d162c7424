import { resolve } from 'node:path';
import type { DecoyBehaviour } from '@numbra/bank';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra decoys mark | count | sighting | judge | behaviour`: customers whose phones are the bank's own lines. */
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

  decoys
    .command('behaviour')
    .description("how the bank's lines should answer the calls of a campaign: as often, and as long, as its customers do")
    .argument('<campaign>')
    .addHelpText(
      'after',
      '\nExample:\n  numbra decoys behaviour c-2026-11 --json\n\nFor whoever runs the lines. Before the first call there is nothing to measure, and they ring out.',
    )
    .action(
      act(async (context, campaign: string) => {
        const behaviour = await perform(context, 'decoys.behaviour', { campaign });
        context.output.result(behaviour, behaviourText(behaviour));
      }),
    );
};

const BASES = {
  campaign: (calls) => `Measured on ${calls} calls of the campaign.`,
  bank: (calls) => `The campaign has too few calls; measured on ${calls} calls of the bank.`,
  none: (calls) =>
    calls === 0
      ? 'There is nothing to measure yet: the lines ring out.'
      : `Campaign and bank have too few calls to measure well; taken from the ${calls} of the campaign.`,
} as const satisfies Record<DecoyBehaviour['basis'], (calls: number) => string>;

/** For people; whoever runs the lines takes the JSON. */
export function behaviourText({ basis, calls, answered, busy, notReached, talkSeconds }: DecoyBehaviour): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const rates = `answered ${percent(answered)}  rang out ${percent(notReached)}  busy ${percent(busy)}`;
  const talk = talkSeconds.length === 0 ? 'no talk measured' : `seconds of talk, 5th to 95th percentile: ${talkSeconds.join(' ')}`;
  return [BASES[basis](calls), ...(calls === 0 ? [] : [rates, talk])].join('\n');
}
