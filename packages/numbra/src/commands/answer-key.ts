import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra answer-key add | list | end`: what bank and vendor share where the policy says `answers: mac`. */
export const registerAnswerKey: Register = (program, act) => {
  const answerKey = program.command('answer-key').description('keys for answers that are worth nothing to third parties');
  answerKey
    .command('add')
    .description('make a key that bank and vendor share; the newest makes answers from now on')
    .argument('<vendor>')
    .addHelpText(
      'after',
      `
Example:
  numbra answer-key add vendor-a --json > vendor-a.answer-key.json

The secret is shown only now. Tell it to the vendor over another way than its calls take; an older key verifies for another day.`,
    )
    .action(
      act(async (context, vendor: string) => {
        const { kid, secret } = await perform(context, 'answer-key.add', { vendor });
        context.output.result(
          { vendor, kid, secret },
          `Made ${kid} for ${vendor}. Its secret, shown only now, is for the vendor alone:\n${secret}`,
        );
      }),
    );
  answerKey
    .command('list')
    .description("list a vendor's keys, the newest first; secrets are not shown again")
    .argument('<vendor>')
    .addHelpText('after', '\nExample:\n  numbra answer-key list vendor-a')
    .action(
      act(async (context, vendor: string) => {
        const keys = await perform(context, 'answer-key.list', { vendor });
        const lines = keys.map(({ kid, madeAt, endedAt }) => {
          const ended = endedAt === undefined ? '' : `  ended ${new Date(endedAt).toISOString()}`;
          return `${kid}  made ${new Date(madeAt).toISOString()}${ended}`;
        });
        context.output.result({ keys }, lines.length === 0 ? `${vendor} shares no key.` : lines.join('\n'));
      }),
    );
  answerKey
    .command('end')
    .description('end a key: from now on it makes no answers')
    .argument('<key>', 'answerkey_…')
    .addHelpText(
      'after',
      `
Example:
  numbra answer-key end answerkey_Zk3nT0aVbYc1dE5f

While the newest key is ended the vendor's questions are answered 503; an older key does not come back. Make another with numbra answer-key add.`,
    )
    .action(
      act(async (context, kid: string) => {
        const result = await perform(context, 'answer-key.end', { kid });
        context.output.result(result, result.changed ? `Ended ${kid}. It is in the ledger.` : `${kid} was ended before.`);
      }),
    );
};
