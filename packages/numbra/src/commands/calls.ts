import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra calls unknown`, `numbra calls reconcile`, `numbra calls show`: calls as the bank has them on record. */
export const registerCalls: Register = (program, act) => {
  const calls = program.command('calls').description('calls on record');
  calls
    .command('unknown')
    .description('list the calls whose fate nobody knows, oldest first')
    .addHelpText('after', '\nExample:\n  numbra calls unknown --json')
    .action(
      act(async (context) => {
        const unknown = await perform(context, 'calls.unknown', {});
        const lines = unknown.map(({ callId, campaign, vendor, maskedPhone, at }) =>
          [new Date(at).toISOString(), callId, vendor, campaign, maskedPhone].join('  '),
        );
        context.output.result({ calls: unknown }, lines.length === 0 ? 'There is no call whose fate is unknown.' : lines.join('\n'));
      }),
    );
  calls
    .command('reconcile')
    .description('ask the carrier about those calls and settle them; nothing is dialled')
    .option('--carrier <url>', "the carrier's URL, where no gateway runs; its secret is NUMBRA_WEBHOOK_SECRET")
    .addHelpText('after', '\nExample:\n  numbra calls reconcile')
    .action(
      act(async (context, options: { carrier?: string }) => {
        const report = await perform(context, 'calls.reconcile', {
          ...(options.carrier !== undefined && { carrier: options.carrier }),
          ...(context.webhookSecret !== undefined && { webhookSecret: context.webhookSecret }),
        });
        const { placed, failed, unknown } = report;
        context.output.result(report, `${placed} were placed, ${failed} were not and gave their budget back, ${unknown} stay unknown.`);
      }),
    );
  calls
    .command('show')
    .description('show everything on record about one call')
    .argument('<call>', 'its id, as in the answer to its order')
    .addHelpText('after', '\nExample:\n  numbra calls show 01a21447-65c5-7c43-810d-547f295a44c2')
    .action(
      act(async (context, call: string) => {
        const shown = await perform(context, 'calls.show', { call });
        const lines = Object.entries(shown.call).map(([name, value]) => `${name.padEnd(12)} ${String(value)}`);
        for (const { at, outcome, agent, note } of shown.outcomes) {
          lines.push(['outcome'.padEnd(12), new Date(at).toISOString(), outcome, agent, note].filter(Boolean).join(' '));
        }
        context.output.result(shown, lines.join('\n'));
      }),
    );
};
