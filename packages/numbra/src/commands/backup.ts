import { resolve } from 'node:path';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra backup`: the store as it is now, in one file. */
export const registerBackup: Register = (program, act) => {
  program
    .command('backup')
    .description('write the whole store, as it is now, into one file; no key is in it')
    .requiredOption('--out <file>', 'where to write it; a file that exists is left alone')
    .addHelpText(
      'after',
      `
Example:
  numbra backup --out /backups/2026-11-26.numbra

The keyring and the file "checkpoint" beside it are never part of a backup: what lies beside the keyring finds a restored older copy.`,
    )
    .action(
      act(async (context, { out }: { out: string }) => {
        const made = await perform(context, 'evidence.backup', { file: resolve(out) });
        context.output.result(made, `Wrote ${made.rows} rows and a ledger of ${made.size} entries to ${made.file}.`);
      }),
    );
};
