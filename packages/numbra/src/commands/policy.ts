import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../errors.js';
import { EXIT_REFUSED } from '../output.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra policy check`, `numbra policy adopt`. */
export const registerPolicy: Register = (program, act) => {
  const policy = program.command('policy').description('what may leave, for which purpose');
  policy
    .command('check')
    .description('check a policy file: its form, then its meaning')
    .argument('<file>')
    .addHelpText('after', '\nExample:\n  numbra policy check policy.yaml')
    .action(
      act(async (context, file: string) => {
        const { checkPolicy } = await import('@numbra/policy');
        const text = await readFile(file, 'utf8').catch((error: unknown) => {
          throw fail('ERR_FILE_UNREADABLE', { file }, { cause: error });
        });
        const result = checkPolicy(text, { file });
        const lines = result.findings.map((found) =>
          `${found.file ?? file}:${found.line}:${found.column} ${found.message} ${found.suggestion ?? ''}`.trimEnd(),
        );
        context.output.result(result, result.ok ? [...lines, 'The policy is in order.'].join('\n') : lines.join('\n'));
        return result.ok ? 0 : EXIT_REFUSED;
      }),
    );
  policy
    .command('adopt')
    .description('make a policy the one in force')
    .argument('<file>')
    .addHelpText('after', '\nExample:\n  numbra policy adopt policy.yaml')
    .action(
      act(async (context, file: string) => {
        const adopted = await perform(context, 'policy.adopt', { file: resolve(file) });
        context.output.result(adopted, `Adopted ${adopted.digest}.`);
      }),
    );
};
