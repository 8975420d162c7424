import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra answer-key add`: what bank and vendor share where the policy says `answers: mac`. */
export const registerAnswerKey: Register = (program, act) => {
  program
    .command('answer-key')
    .description('keys for answers that are worth nothing to third parties')
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
};
