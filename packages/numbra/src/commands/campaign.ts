import { condition, type SelectionCondition, wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { addKeyCommands } from './campaign-keys.js';
import { addPageCommands } from './campaign-page.js';

interface CreateOptions {
  readonly vendor: string;
  readonly purpose: string;
  readonly where?: readonly SelectionCondition[];
  readonly limit?: number;
  readonly budget: number;
  readonly perCustomer: number;
  readonly perAgentPerHour: number;
  readonly until?: string;
  readonly timeZone?: string;
}

/** `numbra campaign create`, `list`, and what becomes of its keys (campaign-keys.ts): one vendor, one purpose, one list, one time window. */
export const registerCampaign: Register = (program, act) => {
  const campaign = program.command('campaign').description('one vendor, one purpose, one list, one time window');
  campaign
    .command('create')
    .description('create a campaign with keys, budget and caps of its own')
    .argument('<campaign>', "its name; say nothing of the selection's criterion in it")
    .requiredOption('--vendor <vendor>', 'who will call')
    .requiredOption('--purpose <purpose>', 'a purpose of the policy, such as marketing.insurance.term-life')
    .option(
      '--where <condition>',
      'select customers inside the bank, such as "balance>=50000" or "matures_on<2026-12-15"; may be repeated',
      condition,
    )
    .option('--limit <rows>', 'at most so many customers', wholeNumber)
    .option('--budget <calls>', 'calls in all', wholeNumber, 5000)
    .option('--per-customer <calls>', 'calls to one customer', wholeNumber, 2)
    .option('--per-agent-per-hour <calls>', 'calls of one agent in an hour', wholeNumber, 40)
    .option('--until <time>', 'when the campaign ends, ISO 8601')
    .option('--time-zone <zone>', "the campaign's time zone; the policy's when absent")
    .addHelpText(
      'after',
      `
Example:
  numbra campaign create c-2026-11 --vendor vendor-a --purpose marketing.insurance.term-life --where "balance>=50000" --budget 5000`,
    )
    .action(
      act(async (context, id: string, options: CreateOptions) => {
        const created = await perform(context, 'campaign.create', {
          id,
          vendor: options.vendor,
          purpose: options.purpose,
          budgetCalls: options.budget,
          perCustomer: options.perCustomer,
          perAgentPerHour: options.perAgentPerHour,
          selection: {
            ...(options.where === undefined ? {} : { where: options.where }),
            ...(options.limit === undefined ? {} : { limit: options.limit }),
          },
          ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
          ...(options.until === undefined ? {} : { closesAt: options.until }),
        });
        context.output.result(created, `Created campaign ${id} for ${options.vendor}. Next: numbra export ${id} --out list.csv`);
      }),
    );
  campaign
    .command('list')
    .description('list the campaigns')
    .addHelpText('after', '\nExample:\n  numbra campaign list')
    .action(
      act(async (context) => {
        const campaigns = await perform(context, 'campaign.list', {});
        context.output.result(
          { campaigns },
          campaigns.map(({ id, vendor, purpose, state }) => `${id}  ${vendor}  ${purpose}  ${state}`).join('\n'),
        );
      }),
    );
  addPageCommands(campaign, act);
  addKeyCommands(campaign, act);
};
