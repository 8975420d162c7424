import { readFile } from 'node:fs/promises';
import { wholeNumber } from '../arguments.js';
import { fail } from '../errors.js';
import type { KeyringOptions } from '../keyring.js';
import type { Register } from '../program.js';

interface InitOptions extends KeyringOptions {
  readonly policy?: string;
  readonly postgres: boolean;
  readonly issuer?: string;
  readonly host?: string;
  readonly port?: number;
  readonly longestId?: number;
}

/** `numbra init`: a new bank. */
export const registerInit: Register = (program, act) => {
  program
    .command('init')
    .description('create a bank: keyring, store, policy, ledger')
    .argument('<bank>', 'a short name, such as demo-bank; it is part of every key and never changes')
    .option('--policy <file>', 'the first policy; the try-out template when absent')
    .option('--postgres', 'keep the store in the PostgreSQL server of NUMBRA_DATABASE_URL', false)
    .option('--issuer <url>', 'the public URL of the gateway, as vendors reach it')
    .option('--host <address>', 'the address the gateway listens on')
    .option('--port <number>', 'the port the gateway listens on', wholeNumber)
    .option('--longest-id <bytes>', "bytes of the longest customer id; fixes every reference's length for ever", wholeNumber)
    .option('--keyring <kind>', 'where the keys lie: passphrase-file, pkcs11 or transit', 'passphrase-file')
    .option('--pkcs11-library <file>', "the token's shared library, such as /usr/lib/softhsm/libsofthsm2.so")
    .option('--pkcs11-token <label>', "the token's label; its PIN is read as a passphrase is")
    .option('--pkcs11-mode <mode>', 'wrap: the root in memory while open; inside: it never leaves the token', 'wrap')
    .option('--transit-address <url>', 'the Vault or OpenBao server; its token is read as a passphrase is')
    .option('--transit-mount <path>', 'where its Transit engine is mounted', 'transit')
    .option('--transit-namespace <name>', 'its namespace, if it has namespaces')
    .addHelpText(
      'after',
      `
Examples:
  numbra init demo-bank --home ./bank --passphrase-file ./passphrase
  numbra init demo-bank --keyring pkcs11 --pkcs11-library /usr/lib/softhsm/libsofthsm2.so --pkcs11-token numbra --passphrase-file ./pin
  NUMBRA_DATABASE_URL=postgres://… numbra init demo-bank --postgres --issuer https://resolver.bank.example`,
    )
    .action(
      act(async (context, bank: string, options: InitOptions) => {
        const { createHome, homePaths } = await import('../home.js');
        const { choiceOf, keepApart } = await import('../keyring.js');
        const { readPassphrase } = await import('../passphrase.js');
        const { policyTemplate } = await import('@numbra/policy');
        if (options.postgres && context.databaseUrl === undefined) throw fail('ERR_DATABASE_URL_MISSING');
        const policy = options.policy === undefined ? policyTemplate('try-out', { bank }) : await read(options.policy);
        const keyring = choiceOf(options);
        const home = await createHome(context.home, {
          bank,
          keyring,
          passphrase: await readPassphrase(context.passphraseFile),
          policy,
          ...(options.postgres && context.databaseUrl !== undefined ? { databaseUrl: context.databaseUrl } : {}),
          ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
          ...(options.host === undefined ? {} : { host: options.host }),
          ...(options.port === undefined ? {} : { port: options.port }),
          ...(options.longestId === undefined ? {} : { longestId: options.longestId }),
        });
        const paths = homePaths(context.home);
        const logKey = home.bank.ledger.verifierKey;
        await home.close();
        context.output.result(
          { bank, home: paths.folder, policy: paths.policy, logKey },
          [
            `Created ${bank} in ${paths.folder}.`,
            keepApart(paths.keyring, home.settings.keyring),
            'Without a witness everybody must believe that you show all the same ledger. Ask your auditor or regulator to run one:',
            `  numbra witness serve --key KEY --folder FOLDER --log '${logKey}'`,
            'and register it: numbra ledger witness add ITS-KEY --url ITS-URL',
            'Next: numbra import, numbra vendor add, numbra campaign create, numbra export, numbra serve.',
          ].join('\n'),
        );
      }),
    );
};

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('ERR_FILE_UNREADABLE', { field: '--policy' }, { cause: error });
  });
}
