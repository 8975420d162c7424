import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../errors.js';
import type { Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra restore load`, `status`, `accept`: going on with a copy, by two people when it is an older one. */
export const registerRestore: Register = (program, act) => {
  const restore = program.command('restore').description('go on with a backup; an older copy takes two people');
  restore
    .command('load')
    .description('fill the empty store of this home from a backup')
    .argument('<file>', 'what `numbra backup` wrote')
    .addHelpText(
      'after',
      '\nExample, beside the keyring and the file "checkpoint" that were never in the backup:\n  numbra restore load /backups/2026-11-26.numbra',
    )
    .action(
      act(async (context, file: string) => {
        const { loadBackup } = await import('../home.js');
        const loaded = await loadBackup(context.home, resolve(file), context.databaseUrl);
        context.output.result(loaded, `Loaded ${loaded.rows} rows and a ledger of ${loaded.size} entries. Next: numbra restore status.`);
      }),
    );
  restore
    .command('status')
    .description('whether this is an older copy, and what it lacks')
    .addHelpText('after', '\nExample:\n  numbra restore status')
    .action(
      act(async (context) => {
        const found = await perform(context, 'restore.status', {});
        context.output.result(
          found ?? { restored: false },
          found === undefined
            ? 'This store is current: its ledger continues the last checkpoint beside the keyring.'
            : [
                `An older copy: its ledger has ${found.size} entries, ${found.lostSize} were signed. Nothing is dialled or exported from it.`,
                'Bring back the newer store; or, if it is lost, two people who did not ask accept this one:',
                `  numbra approval request restore-accept --digest ${found.digest} --by STAFF --reason …`,
                '  numbra approval approve APPROVAL --by …      (twice)',
                '  numbra restore accept --by STAFF',
              ].join('\n'),
        );
      }),
    );
  restore
    .command('accept')
    .description('go on with the older copy: revokes every grant, lowers budgets, and enters it into the ledger')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .option(
      '--entries <file>',
      "the missing entries, one a line, from an auditor's mirror: then budgets keep what these leave, else they are 0",
    )
    .addHelpText('after', '\nExample:\n  numbra restore accept --by staff-17 --entries missing.jsonl')
    .action(
      act(async (context, { by, entries: file }: { by: string; entries?: string }) => {
        const entries = file === undefined ? undefined : await readEntries(file);
        const accepted = await perform(context, 'restore.accept', { by, ...(entries !== undefined && { entries }) });
        const { size, lostSize, revokedGrants, budgets, lostWithdrawals } = accepted;
        context.output.result(
          accepted,
          [
            `Went on from ${size} entries; ${lostSize - size} signed ones are lost to this store, and stay evidence elsewhere.`,
            `Revoked ${revokedGrants} grants, and every grant issued until now. Calls left: ${
              Object.entries(budgets)
                .map(([id, left]) => `${id} ${left}`)
                .join(', ') || 'no open campaign'
            }.`,
            lostWithdrawals === undefined
              ? 'Whether a customer withdrew meanwhile is not known: bring in consents and do-not-call again before you serve.'
              : `${lostWithdrawals} withdrawals are among the missing entries: bring them in again before you serve.`,
          ].join('\n'),
        );
      }),
    );
};

const readEntries = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw fail('ERR_FILE_UNREADABLE', { field: '--entries' }, { cause });
  });
