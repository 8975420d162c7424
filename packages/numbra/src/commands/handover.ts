import type { HandoverState } from '@numbra/bank';
import { oneOf, wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

const STATES = ['confirming', 'lapsed', 'confirmed', 'delivered', 'undelivered'] as const satisfies HandoverState[];

/** `numbra handover list`: what goes to recipients, and what they did not take. */
export const registerHandover: Register = (program, act) => {
  program
    .command('handover')
    .description('what goes to recipients, past the vendors that asked')
    .command('list')
    .description('list handovers, newest first; no customer is named')
    .option('--state <state>', STATES.join(', '))
    .option('--limit <handovers>', 'so many at most', wholeNumber, 100)
    .addHelpText(
      'after',
      `
Example:
  numbra handover list --state undelivered

What a recipient did not take in three days is given up, and its fields are deleted: begin a new one.`,
    )
    .action(
      act(async (context, { state, limit }: { state?: string; limit: number }) => {
        const handovers = await perform(context, 'handover.list', { limit, ...(state !== undefined && { state: oneOf(STATES, state) }) });
        const lines = handovers.map(
          ({ handover_id: id, state: now, vendor, campaign, recipient, attempts, answered }) =>
            `${id}  ${now}  ${vendor}  ${campaign}  to ${recipient}  ${attempts} attempts  ${answered ?? 'no answer'}`,
        );
        context.output.result({ handovers }, lines.length === 0 ? 'There are none.' : lines.join('\n'));
      }),
    );
};
