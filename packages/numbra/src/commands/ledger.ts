import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fail } from '../errors.js';
import type { Act, Register } from '../program.js';
import { perform } from '../reach.js';

/** `numbra ledger`: is the record whole and unchanged, which key signs it, and who cosigns it? */
export const registerLedger: Register = (program, act) => {
  const ledger = program.command('ledger').description('the tamper-evident record');
  ledger
    .command('verify')
    .description('recompute every hash and hold it against the last signed checkpoint')
    .option('--seen <file>', 'also against a checkpoint that was kept elsewhere: by a witness, an auditor, or out of a receipt')
    .addHelpText('after', '\nExamples:\n  numbra ledger verify --json\n  numbra ledger verify --seen checkpoint-of-last-week')
    .action(
      act(async (context, { seen }: { seen?: string }) => {
        const result = await perform(context, 'ledger.verify', seen === undefined ? {} : { seen: await readNote(seen) });
        context.output.result(
          result,
          `Verified ${result.size} entries against the signed checkpoint${seen === undefined ? '' : ' and the one given'}.`,
        );
      }),
    );
  ledger
    .command('key')
    .description('the key that checkpoints are verified by: publish it, and give it to witnesses')
    .addHelpText('after', '\nExample:\n  numbra ledger key')
    .action(
      act(async (context) => {
        const result = await perform(context, 'ledger.key', {});
        context.output.result(result, result.key);
      }),
    );
  ledger
    .command('rotate-key')
    .description('put a new key in place; the old one signs beside it for 30 days')
    .requiredOption('--by <person>', 'your pseudonymous staff id')
    .addHelpText('after', '\nExample:\n  numbra ledger rotate-key --by staff-17')
    .action(
      act(async (context, { by }: { by: string }) => {
        const result = await perform(context, 'ledger.rotate-key', { by });
        context.output.result(
          result,
          `${result.key}\nPublish it before ${result.previousUntil}; until then checkpoints carry both signatures. Keep the old one for older checkpoints.`,
        );
      }),
    );
  addWitnessCommands(ledger, act);
};

/** `numbra ledger witness add`, `list`, `remove`: who is asked to cosign. */
function addWitnessCommands(ledger: Command, act: Act): void {
  const witness = ledger.command('witness').description('who is asked to cosign checkpoints');
  witness
    .command('add')
    .description('register a witness, or give it another key or address')
    .argument('<key>', 'NAME+ID+KEY, as the witness published it')
    .requiredOption('--url <url>', 'where it listens')
    .addHelpText(
      'after',
      "\nExample:\n  numbra ledger witness add 'regulator.example/witness+1b2c3d4e+BE…' --url https://witness.regulator.example",
    )
    .action(
      act(async (context, key: string, { url }: { url: string }) => {
        const added = await perform(context, 'witness.add', { key, url });
        context.output.result(added, `${added.name} is asked to cosign from now on. Checkpoints wait for no witness.`);
      }),
    );
  witness
    .command('list')
    .description('witnesses, and how far each has cosigned')
    .addHelpText('after', '\nExample:\n  numbra ledger witness list')
    .action(
      act(async (context) => {
        const witnesses = await perform(context, 'witness.list', {});
        const lines = witnesses.map(
          ({ name, url, size, refusal }) => `${name}  ${url}  cosigned up to ${size}${refusal === undefined ? '' : `  ${refusal}`}`,
        );
        context.output.result({ witnesses }, lines.length === 0 ? 'No witness.' : lines.join('\n'));
      }),
    );
  witness
    .command('remove')
    .description('ask a witness no longer; its cosignatures stay')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  numbra ledger witness remove regulator.example/witness')
    .action(
      act(async (context, name: string) => {
        context.output.result(await perform(context, 'witness.remove', { name }), `${name} is asked no longer.`);
      }),
    );
}

const readNote = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw fail('ERR_FILE_UNREADABLE', { field: '--seen' }, { cause });
  });
