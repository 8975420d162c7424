/**
 * Runs the key service in the foreground until it is told to stop: the one process with the keyring. Gateways on this machine ask it by one
 * socket, the operator's commands by another; it sequences the ledger and signs its checkpoints. It listens at no port.
 * @module
 */
import { dirname, join } from 'node:path';
import { createLogger, listenAdmin, listenKeys, type Operation } from '@numbra/gateway';
import { fail } from './errors.js';
import { homePaths, openHome, readSettings } from './home.js';
import { operations } from './operations.js';
import type { OnProgress } from './output.js';
import { readPassphrase } from './passphrase.js';
import type { CommandContext } from './reach.js';
import { stopped } from './stopped.js';

export interface ServeKeysOptions {
  /** Where gateways ask; beside the admin socket by default. */
  readonly socket?: string;
  /** Also the group of the socket's folder may ask. */
  readonly group?: boolean;
}

/** Opens the bank, listens at both sockets, and closes everything in order on SIGINT or SIGTERM. */
export async function serveKeys(context: CommandContext, { socket, group = false }: ServeKeysOptions): Promise<void> {
  const paths = homePaths(context.home);
  if ((await readSettings(paths)).store === 'pglite') {
    throw fail('ERR_ARGUMENT', {}, { detail: 'the embedded store belongs to one process; a key service takes a bank in PostgreSQL' });
  }
  const home = await openHome(context.home, await readPassphrase(context.passphraseFile), context.databaseUrl);
  const { bank, settings } = home;
  const logger = createLogger({ destination: process.stderr });
  const listeners: { close(): Promise<void> }[] = [];
  try {
    await bank.ledger.assertCurrent();
    bank.ledger.start({ onError: (error) => logger.error({ err: error }, 'ledger not sequenced') });
    const at = socket ?? join(dirname(paths.socket), 'keys.sock');
    listeners.push(await listenKeys(at, bank.keyService, { access: group ? 'group' : 'owner', logger }));
    const named = Object.entries(operations) as [string, (b: typeof bank, params: unknown, progress: OnProgress) => Promise<unknown>][];
    const performed = named.map(([name, perform]): [string, Operation] => [
      name,
      (params, { onProgress }) => perform(bank, params, onProgress),
    ]);
    listeners.push(await listenAdmin(paths.socket, Object.fromEntries(performed), logger));
    context.output.result({ socket: at, pid: process.pid }, `Keys of ${settings.bank} for gateways at ${at}. Stop with Ctrl-C.`);
    await stopped();
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
    await bank.ledger.stop();
    await home.close();
  }
}
