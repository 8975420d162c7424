import type { Register } from '../program.js';

/** `numbra privacy attack`: what two recipients could link, played with their own lists. Opens no bank. */
export const registerPrivacy: Register = (program, act) => {
  const privacy = program.command('privacy').description('what lists give away');
  privacy
    .command('attack')
    .description('put two lists side by side and link what looks alike, as two recipients could')
    .argument('<a>', 'a list as it was delivered')
    .argument('<b>', "another recipient's list")
    .addHelpText('after', '\nExample:\n  numbra privacy attack vendor-a/list.csv vendor-b/list.csv')
    .action(
      act(async (context, a: string, b: string) => {
        const { joinOnVisible } = await import('@numbra/policy/measures');
        const { readShownList } = await import('../lists.js');
        const [first, second] = [await readShownList(a), await readShownList(b)];
        const { digits, bandNames, classes, pairs, unique } = joinOnVisible(first, second);
        const rows = [first.rows.length, second.rows.length] as const;
        const value = { rows, digits, bands: bandNames, classes, pairs, unique: unique.map(([i, j]) => [i + 1, j + 1]) };
        const shown = [`${digits} digits`, ...bandNames].join(', ');
        context.output.result(
          value,
          [
            `${rows[0]} and ${rows[1]} rows; both show ${shown}.`,
            `${pairs} pairs of rows look alike, in ${classes} classes.`,
            `${unique.length} pairs look like no other row of either list: an attacker would link those.`,
            'Whether a pair is one person, only the bank can say; on its own lists it measures that at every export.',
          ].join('\n'),
        );
      }),
    );
};
