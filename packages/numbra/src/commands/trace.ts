import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';
import { writeNew } from '../write-new.js';

/** `numbra trace`: which list a leaked row comes from. */
export const registerTrace: Register = (program, act) => {
  program
    .command('trace')
    .description('find our tokens in what leaked and name the lists they come from')
    .argument('<path>', 'any text (a CSV, a chat, the text of a screenshot), an XLSX, or a folder of them')
    .option('--bundle <folder>', 'write the evidence there: findings, ledger entries with proofs, keys, how to check each by hand')
    .addHelpText(
      'after',
      `
Example:
  numbra trace leaked.xlsx --bundle evidence

Rows without tokens are compared with every list (20 rows at least): a likelihood, and no proof. Phones that are the bank's own lines
accuse by the code of the decoys. Whatever is found proves the list, not the hand.`,
    )
    .action(
      act(async (context, path: string, { bundle: folder }: { bundle?: string }) => {
        const { bundle, ...report } = await perform(context, 'evidence.trace', { file: resolve(path), bundle: folder !== undefined });
        if (folder === undefined) return context.output.result(report, report.text);
        for (const [name, text] of Object.entries(bundle ?? {})) {
          const file = join(folder, name);
          await mkdir(dirname(file), { recursive: true, mode: 0o700 });
          await writeNew(file, text, '--bundle');
        }
        return context.output.result({ ...report, bundle: folder }, `${report.text}\nThe evidence is in ${folder}: begin with README.md.`);
      }),
    );
};
