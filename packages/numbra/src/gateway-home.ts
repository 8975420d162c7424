/**
 * A bank as a gateway opens it that is given no keyring: its settings, its database, and the socket of a key service. No passphrase, no
 * keyring file and no checkpoint file is read here.
 * @module
 */
import { openGatewayBank, openPostgres } from '@numbra/bank';
import { connectKeys } from '@numbra/gateway';
import { fail } from './errors.js';
import { homePaths, type OpenHome, readSettings } from './home.js';

/**
 * @param socket - where `numbra keys serve` listens
 * @throws `ERR_HOME_MISSING`, `ERR_DATABASE_URL_MISSING`, `ERR_KEY_SERVICE_UNREACHABLE`, `ERR_KEY_SERVICE_FOLDER`
 */
export async function openGatewayHome(folder: string, socket: string, databaseUrl: string | undefined): Promise<OpenHome> {
  const settings = await readSettings(homePaths(folder));
  if (databaseUrl === undefined) throw fail('ERR_DATABASE_URL_MISSING');
  const database = await openPostgres(databaseUrl);
  try {
    const bank = await openGatewayBank({ database, keys: connectKeys(socket) });
    return {
      bank,
      settings,
      async close() {
        await bank.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
