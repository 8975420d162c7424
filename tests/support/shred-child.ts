/**
 * Shreds a campaign in a process that kills itself at a chosen moment: run by the tests of shredding, never imported.
 *
 *     tsx shred-child.ts '{"engine":"postgres","store":"postgres://…","keyring":"/…","campaign":"c-1","moment":"after-commit"}'
 */
import { type Database, openBank, openPGlite, openPostgres } from '@numbra/bank';
import { type Keyring, Sensitive } from '@numbra/core';
import { openPassphraseFile } from '@numbra/keyrings/passphrase-file';

interface Order {
  readonly engine: 'pglite' | 'postgres';
  readonly store: string;
  readonly keyring: string;
  readonly campaign: string;
  readonly moment: string;
}

const order = JSON.parse(process.argv[2] as string) as Order;

async function dieAt(moment: string): Promise<void> {
  if (moment !== order.moment) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {}); // the signal is on its way
}

function mortalKeyring(inner: Keyring): Keyring {
  return {
    kind: inner.kind,
    get shredKeys() {
      return inner.shredKeys;
    },
    scopeKey: (use, identity, secret) => inner.scopeKey(use, identity, secret),
    bankKey: (name) => inner.bankKey(name),
    wrapSecret: (secret) => inner.wrapSecret(secret),
    unwrapSecret: (wrapped) => inner.unwrapSecret(wrapped),
    async addShredKey() {
      await dieAt('before-add');
      await inner.addShredKey();
      await dieAt('after-add');
    },
    async dropOldShredKeys() {
      await dieAt('before-drop');
      await inner.dropOldShredKeys();
      await dieAt('after-drop');
    },
    close: () => inner.close(),
  };
}

function mortalDatabase(inner: Database): Database {
  return {
    ...inner,
    async transaction(work) {
      let isShred = false;
      const result = await inner.transaction((tx) =>
        work({
          async query(sql, values) {
            if (!sql.startsWith('UPDATE shred_key')) return tx.query(sql, values);
            isShred = true;
            const rows = await tx.query<never>(sql, values);
            await dieAt('in-transaction');
            return rows;
          },
        }),
      );
      if (isShred) await dieAt('after-commit');
      return result;
    },
  };
}

const keyring = mortalKeyring(await openPassphraseFile(order.keyring, new Sensitive('a passphrase for tests')));
const database = mortalDatabase(await (order.engine === 'pglite' ? openPGlite(order.store) : openPostgres(order.store)));
const bank = await openBank({ database, keyring });
await bank.campaigns.shred(order.campaign);
await bank.close();
await database.close();
