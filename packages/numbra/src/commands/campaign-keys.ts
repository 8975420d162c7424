import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import type { Act } from '../program.js';
import { perform } from '../reach.js';

interface ByOptions {
  readonly by?: string;
}

const BY = ['--by <person>', 'pseudonymous staff id of who asks for it, for the ledger'] as const;

const SHREDS = `This destroys the campaign's keys for good: no token of its lists opens again, not even with an older copy of the database.`;

/** What shredding does not reach, said whenever somebody shreds. */
const BEYOND = `Replace the escrow copy of the keyring now, if there is one: until then it opens what was shredded, with an older copy of the database.
Out of reach: numbers already dialled, the carrier's records, swap and core dumps, copies of the keyring nobody replaced.
Other processes that opened this bank with its keyring must be started again with the keyring of today.`;

/** `numbra campaign close`, `rotate`, `withdraw`, `shred`: what becomes of a campaign's keys. */
export function addKeyCommands(campaign: Command, act: Act): void {
  campaign
    .command('close')
    .description('end a campaign: nothing is dialled for it any more')
    .argument('<campaign>')
    .addHelpText('after', '\nExample:\n  numbra campaign close c-2026-11')
    .action(
      act(async (context, id: string) => {
        const closed = await perform(context, 'campaign.close', { campaign: id });
        context.output.result(closed, closed.changed ? `Closed ${id}.` : `${id} had ended already.`);
      }),
    );
  campaign
    .command('rotate')
    .description('seal the same members under a new key; the older list stays valid until it is withdrawn')
    .argument('<campaign>')
    .option(...BY)
    .addHelpText('after', '\nExample:\n  numbra campaign rotate c-2026-11 --by staff-17')
    .action(
      act(async (context, id: string, options: ByOptions) => {
        const rotated = await perform(context, 'campaign.rotate', { campaign: id, ...options });
        context.output.result(
          rotated,
          [
            `${id} has a new key, its number ${rotated.generation}, for ${rotated.members} members.`,
            `Next: numbra export ${id} --out new-list.csv; once the vendor uses it, numbra campaign withdraw ${id}.`,
          ].join('\n'),
        );
      }),
    );
  campaign
    .command('withdraw')
    .description('after a rotation: refuse the tokens of the older list as forged ones are')
    .argument('<campaign>')
    .option(...BY)
    .addHelpText('after', '\nExample:\n  numbra campaign withdraw c-2026-11')
    .action(
      act(async (context, id: string, options: ByOptions) => {
        const withdrawn = await perform(context, 'campaign.withdraw', { campaign: id, ...options });
        const lines = [`Withdrew list ${withdrawn.generation} of ${id}: its tokens are refused from now on.`];
        if (!withdrawn.newerDelivered) lines.push(`The vendor has no newer list yet: numbra export ${id} --out new-list.csv.`);
        context.output.result(withdrawn, lines.join('\n'));
      }),
    );
  campaign
    .command('shred')
    .description("destroy a campaign's keys, also for every older copy of the database")
    .argument('<campaign>')
    .option('--yes', 'do not ask', false)
    .option(...BY)
    .addHelpText('after', '\nExample:\n  numbra campaign shred c-2026-11')
    .action(
      act(async (context, id: string, { yes, ...options }: ByOptions & { readonly yes: boolean }) => {
        await confirm({ yes, name: id, warning: `${SHREDS}\n${BEYOND}` });
        const shredded = await perform(context, 'campaign.shred', { campaign: id, ...options });
        context.output.result(
          shredded,
          `Shredded ${id}. ${shredded.surviving} secrets of other campaigns were wrapped under the new shred key.\n${BEYOND}`,
        );
      }),
    );
}
