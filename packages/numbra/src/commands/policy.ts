import { resolve } from 'node:path';
import type { PolicyFinding } from '@numbra/policy';
import { fail } from '../errors.js';
import { EXIT_REFUSED } from '../output.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { registerPolicyTools } from './policy-tools.js';

/** `numbra policy …`: what may leave, for which purpose. */
export const registerPolicy: Register = (program, act) => {
  const policy = program.command('policy').description('what may leave, for which purpose');
  policy
    .command('check')
    .description('check a policy: its form, then its meaning')
    .argument('<files...>', 'one file, or several that are composed')
    .addHelpText('after', '\nExample:\n  numbra policy check policy.yaml')
    .action(
      act(async (context, files: string[]) => {
        const { checkPolicy } = await import('@numbra/policy');
        const { readFiles } = await import('../policy-files.js');
        const { policy: checked, ...result } = checkPolicy(await readFiles(files), { now: Date.now() });
        const lines = result.findings.map(lineOf);
        const value = { ...result, ...(checked && { digest: checked.digest }) };
        context.output.result(value, [...lines, ...(result.ok ? ['The policy is in order.'] : [])].join('\n'));
        return result.ok ? 0 : EXIT_REFUSED;
      }),
    );
  policy
    .command('adopt')
    .description('make a policy the one in force')
    .argument('<files...>', 'one file, or several that are composed')
    .option('--by <person>', 'who adopts it; your pseudonymous staff id')
    .option('--ask <text>', 'ask for approval instead, with words for those who approve; needs --by')
    .addHelpText(
      'after',
      `
Examples:
  numbra policy adopt policy.yaml
  numbra policy adopt policy.yaml --by staff-17 --ask "calls to one customer: one instead of two"`,
    )
    .action(
      act(async (context, files: string[], { by, ask }: { by?: string; ask?: string }) => {
        const paths = files.map((file) => resolve(file));
        if (ask !== undefined) {
          if (by === undefined) throw fail('ERR_ARGUMENT', { field: '--by' });
          const asked = await perform(context, 'policy.ask', { files: paths, by, why: ask });
          return context.output.result(asked, `Asked for approval as ${asked.id}. Two others approve of it.`);
        }
        const adopted = await perform(context, 'policy.adopt', { files: paths, ...(by !== undefined && { by }) });
        return context.output.result(adopted, `Adopted ${adopted.digest}.`);
      }),
    );
  policy
    .command('template')
    .description('print a policy to begin with')
    .argument('<name>', 'try-out or production')
    .requiredOption('--bank <name>', "the bank's name")
    .option('--vendor <id...>', 'the vendors that may call')
    .addHelpText('after', '\nExample:\n  numbra policy template production --bank demo-bank --vendor vendor-a > policy.yaml')
    .action(
      act(async (context, name: string, { bank, vendor }: { bank: string; vendor?: string[] }) => {
        const { policyTemplate, templateNames } = await import('@numbra/policy');
        const { oneOf } = await import('../arguments.js');
        const yaml = policyTemplate(oneOf(templateNames, name), { bank, ...(vendor && { vendors: vendor }) });
        context.output.result({ policy: yaml }, yaml.trimEnd());
      }),
    );
  registerPolicyTools(policy, act);
};

/** `policy.yaml:4:3: error: …`, as compilers say it and editors find it. */
function lineOf({ file, line, column, severity, message, suggestion }: PolicyFinding): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${severity}: ${message} ${suggestion}`.trimEnd();
}
