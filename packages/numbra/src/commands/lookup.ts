import { EXIT_REFUSED } from '../output.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

interface DeskOptions {
  readonly desk: string;
  readonly purpose: string;
  readonly by: string;
  readonly reason: string;
}

/** `numbra lookup`, `numbra open`, `numbra alerts`: what the bank's own people see of customers, and what stood out. */
export const registerLookup: Register = (program, act) => {
  program
    .command('lookup')
    .description('show what a purpose allows of one customer; it counts, and it is on record')
    .argument('<customer>', "the bank's own customer id")
    .requiredOption('--purpose <purpose>', 'a purpose of the policy, such as service.desk')
    .requiredOption('--desk <desk>', 'the desk that the purpose names')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .requiredOption('--reason <code>', 'why, as a code of the bank, such as card-lost')
    .option('--field <name...>', 'only these')
    .addHelpText('after', '\nExample:\n  numbra lookup C0000017 --purpose service.desk --desk desk --by staff-17 --reason card-lost')
    .action(
      act(async (context, customer: string, { desk, purpose, by, reason, field }: DeskOptions & { field?: string[] }) => {
        const order = { customerId: customer, desk, purpose, person: by, reason, ...(field !== undefined && { fields: field }) };
        const answer = await perform(context, 'lookup.show', order);
        if (answer.outcome === 'refused') {
          context.output.result(answer, `Refused: ${answer.sentence} (${answer.code}, ${answer.rule})`);
          return EXIT_REFUSED;
        }
        const lines = Object.entries(answer.fields).map(([name, value]) => `${name}  ${value ?? '-'}`);
        context.output.result(answer, [...lines, `On record as ${answer.lookup}; ${answer.left} left today.`].join('\n'));
        return 0;
      }),
    );
  program
    .command('open')
    .description('say whose a reference or a dial token is; where the policy wants it, two others approve first')
    .argument('<token>')
    .requiredOption('--purpose <purpose>', 'a purpose of the policy that releases `open`')
    .requiredOption('--desk <desk>', 'the desk that the purpose names')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .option('--reason <code>', 'why, as a code of the bank; it stands in the ledger')
    .option('--ask <text>', 'ask for approval instead, with words for those who approve')
    .addHelpText(
      'after',
      `
Example:
  numbra open nr1_… --purpose service.investigation --desk fraud --by staff-17 --ask "a row was for sale"
  numbra approval approve approval_… --by staff-18
  numbra approval approve approval_… --by staff-19
  numbra open nr1_… --purpose service.investigation --desk fraud --by staff-17 --reason leak`,
    )
    .action(
      act(async (context, token: string, options: Omit<DeskOptions, 'reason'> & { reason?: string; ask?: string }) => {
        const { desk, purpose, by: person, reason = '', ask } = options;
        if (ask !== undefined) {
          const asked = await perform(context, 'lookup.ask', { token, desk, purpose, person, why: ask });
          context.output.result(asked, `Asked for approval as ${asked.id}. Two others approve of it.`);
          return 0;
        }
        const answer = await perform(context, 'lookup.open', { token, desk, purpose, person, reason });
        if (answer.outcome === 'refused') {
          context.output.result(answer, `Refused: ${answer.sentence} (${answer.code}, ${answer.rule})`);
          return EXIT_REFUSED;
        }
        const { customerId, campaign, vendor, rowNumber } = answer;
        context.output.result(answer, `${customerId}: row ${rowNumber} of the list of ${campaign}, delivered to ${vendor}.`);
        return 0;
      }),
    );
  program
    .command('alerts')
    .description('look at today, and list what stood out')
    .addHelpText('after', '\nExample:\n  numbra alerts --json')
    .action(
      act(async (context) => {
        const { alerts } = await perform(context, 'alerts.list', {});
        const text = alerts.map(({ day, code, about, figures }) => `${day}  ${code}  ${about}  ${JSON.stringify(figures)}`).join('\n');
        context.output.result({ alerts }, text === '' ? 'Nothing stood out.' : text);
      }),
    );
};
