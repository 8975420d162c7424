import { wholeNumber } from '../arguments.js';
import type { Register } from '../program.js';
import type { WitnessServeOptions } from '../witness.js';

const many = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `numbra witness init`, `serve`, `forget`: the second process, which a regulator or auditor runs. It needs no bank's home. */
export const registerWitness: Register = (program, act) => {
  const witness = program
    .command('witness')
    .description("a regulator's or auditor's own process that cosigns a bank's ledger and refuses forks");
  witness
    .command('init')
    .description("make the witness's key; prints what to publish")
    .argument('<name>', 'a domain and path, such as regulator.example/witness; it is part of every cosignature')
    .requiredOption('--key <file>', 'where to keep the key; a file that exists is left alone')
    .addHelpText('after', '\nExample:\n  numbra witness init regulator.example/witness --key ./witness.key')
    .action(
      act(async ({ output }, name: string, { key }: { key: string }) => {
        const { createWitnessKey } = await import('@numbra/gateway');
        const { verifierKey } = await createWitnessKey(key, name);
        output.result(
          { name, key: verifierKey, file: key },
          `${verifierKey}\nGive this line to the bank and to everybody who checks. ${key} stays with you.`,
        );
      }),
    );
  witness
    .command('serve')
    .description('cosign checkpoints that grew out of the last one cosigned')
    .requiredOption('--key <file>', 'the key that `numbra witness init` made')
    .requiredOption('--folder <folder>', 'where it remembers what it cosigned; losing it would let a fork pass')
    .requiredOption('--log <key>', "a ledger's key, NAME+ID+KEY (`numbra ledger key` at the bank); again for each one", many)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on', wholeNumber, 8788)
    .option('--tls-key <file>', 'end TLS 1.3 here: the private key, PEM')
    .option('--tls-cert <file>', 'and its certificate chain, PEM')
    .addHelpText('after', "\nExample:\n  numbra witness serve --key ./witness.key --folder ./witness --log 'demo-bank/ledger+5f3c0a11+AX…'")
    .action(
      act(async ({ output }, options: WitnessServeOptions) => {
        const { serveWitness } = await import('../witness.js');
        await serveWitness(output, options);
      }),
    );
  witness
    .command('forget')
    .description('give up what is remembered of one ledger: its next checkpoint is taken as the first')
    .argument('<ledger>', 'its name, the first line of its checkpoints')
    .requiredOption('--folder <folder>', "the witness's folder")
    .option('--yes', 'do not ask', false)
    .addHelpText(
      'after',
      '\nExample, after the bank showed why it went on with a restored copy:\n  numbra witness forget demo-bank/ledger --folder ./witness',
    )
    .action(
      act(async ({ output }, ledger: string, { folder, yes }: { folder: string; yes: boolean }) => {
        const { openHeads } = await import('@numbra/gateway');
        const { confirm } = await import('../confirm.js');
        await confirm({ yes, name: ledger, warning: 'A fork of this ledger would pass once. Keep a copy of the folder.' });
        const heads = await openHeads(folder);
        try {
          const changed = await heads.forget(ledger);
          output.result({ ledger, changed }, changed ? `Forgot ${ledger}.` : `Nothing was remembered of ${ledger}.`);
        } finally {
          await heads.close();
        }
      }),
    );
};
