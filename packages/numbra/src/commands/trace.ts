import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra trace`: which list a leaked row comes from. */
export const registerTrace: Register = (program, act) => {
  program
    .command('trace')
    .description('find our tokens in any text and name the list they come from')
    .argument('<file>', 'any text: a CSV, a chat, the text of a screenshot')
    .addHelpText('after', '\nExample:\n  numbra trace leaked.txt')
    .action(
      act(async (context, file: string) => {
        const report = await perform(context, 'evidence.trace', { file: resolve(file) });
        context.output.result(report, report.text);
      }),
    );
};
