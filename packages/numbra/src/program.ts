/**
 * The command `numbra`: one file a command under commands/, each loaded when it runs.
 * @module
 */
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { registerAnswerKey } from './commands/answer-key.js';
import { registerApproval } from './commands/approval.js';
import { registerBackup } from './commands/backup.js';
import { registerCalls } from './commands/calls.js';
import { registerCampaign } from './commands/campaign.js';
import { registerConsent } from './commands/consent.js';
import { registerDecoys } from './commands/decoys.js';
import { registerExport } from './commands/export.js';
import { registerGrant } from './commands/grant.js';
import { registerGuard } from './commands/guard.js';
import { registerHandover } from './commands/handover.js';
import { registerImport } from './commands/import.js';
import { registerInit } from './commands/init.js';
import { registerKeys } from './commands/keys.js';
import { registerLedger } from './commands/ledger.js';
import { registerLookup } from './commands/lookup.js';
import { registerPolicy } from './commands/policy.js';
import { registerPrivacy } from './commands/privacy.js';
import { registerReceipt } from './commands/receipt.js';
import { registerRecipient } from './commands/recipient.js';
import { registerReport } from './commands/report.js';
import { registerRestore } from './commands/restore.js';
import { registerScan } from './commands/scan.js';
import { registerServe } from './commands/serve.js';
import { registerTrace } from './commands/trace.js';
import { registerVendor } from './commands/vendor.js';
import { registerWebhooks } from './commands/webhooks.js';
import { registerWitness } from './commands/witness.js';
import { createOutput } from './output.js';
import type { CommandContext } from './reach.js';

/** Wraps a command's work: builds its context, prints its error, sets the exit status (the number the work returns, else 0). */
export type Act = <A extends unknown[]>(work: (context: CommandContext, ...args: A) => Promise<unknown>) => (...args: A) => Promise<void>;

export type Register = (program: Command, act: Act) => void;

/** Wrong usage, as sysexits.h has it (EX_USAGE). */
const EXIT_USAGE = 64;

const commands: readonly Register[] = [
  registerInit,
  registerVendor,
  registerCampaign,
  registerImport,
  registerExport,
  registerServe,
  registerGrant,
  registerKeys,
  registerApproval,
  registerLookup,
  registerConsent,
  registerCalls,
  registerWebhooks,
  registerRecipient,
  registerHandover,
  registerAnswerKey,
  registerTrace,
  registerDecoys,
  registerReceipt,
  registerReport,
  registerLedger,
  registerWitness,
  registerBackup,
  registerRestore,
  registerPolicy,
  registerPrivacy,
  registerScan,
  registerGuard,
];

/**
 * Runs one command line.
 *
 * @param argv - the words after `numbra`
 * @returns the exit status: 0 done, 1 a coded error or a refusal, 64 wrong usage, 70 something broke
 */
export async function run(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  let status = 0;
  const program = new Command('numbra')
    .description("Lets a partner call a bank's customers without ever holding their numbers.")
    .option('--home <folder>', "the bank's folder", environment['NUMBRA_HOME'] ?? '.')
    .option('--passphrase-file <file>', "a file that holds the keyring's passphrase, PIN or token", environment['NUMBRA_PASSPHRASE_FILE'])
    .option('--json', 'print one JSON object on stdout and nothing else', false)
    .showSuggestionAfterError()
    .exitOverride();

  const act: Act =
    (work) =>
    async (...args) => {
      const options = program.opts<{ home: string; passphraseFile?: string; json: boolean }>();
      const output = createOutput(options.json);
      const context: CommandContext = {
        home: resolve(options.home),
        passphraseFile: options.passphraseFile,
        databaseUrl: environment['NUMBRA_DATABASE_URL'],
        webhookSecret: environment['NUMBRA_WEBHOOK_SECRET'],
        messageSecret: environment['NUMBRA_MESSAGE_SECRET'],
        decisionPointToken: environment['NUMBRA_DECISION_POINT_TOKEN'],
        output,
      };
      try {
        const ended = await work(context, ...args);
        status = typeof ended === 'number' ? ended : 0;
      } catch (error) {
        status = output.error(error);
      }
    };

  for (const register of commands) register(program, act);
  everywhere(program, (command) => command.exitOverride());
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  return status;
}

function everywhere(command: Command, change: (command: Command) => void): void {
  for (const child of command.commands) {
    change(child);
    everywhere(child, change);
  }
}
