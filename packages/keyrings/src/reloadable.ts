/**
 * A keyring that can be read again while it is used: another process that shreds changes what lies on disk or in the service, and this one
 * then needs the new shred key.
 * @module
 */
import { errors as coreErrors, errorFactory, type Keyring } from '@numbra/core';
import { fail } from './errors.js';

const coreFail = errorFactory(coreErrors);

/**
 * @param first - as it was opened
 * @param reopen - opens what lies there now; rejects as opening does
 * @returns a keyring that hands everything to the one that was opened last
 */
export function reloadable(first: Keyring, reopen: () => Promise<Keyring>): Keyring {
  let current = first;
  let closed = false;
  // A change of shred keys and a reading again must not cross.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    kind: first.kind,
    get shredKeys() {
      return current.shredKeys;
    },
    scopeKey: (use, identity, campaignSecret) => current.scopeKey(use, identity, campaignSecret),
    bankKey: (name) => current.bankKey(name),
    wrapSecret: (secret) => current.wrapSecret(secret),
    unwrapSecret: (wrapped) => current.unwrapSecret(wrapped),
    addShredKey: () => inTurn(() => current.addShredKey()),
    dropOldShredKeys: () => inTurn(() => current.dropOldShredKeys()),
    reload: () =>
      inTurn(async () => {
        if (closed) throw coreFail('ERR_CLOSED');
        const next = await reopen();
        const isSameBank = await sameBank(current, next);
        if (closed || !isSameBank) {
          next.close();
          throw closed ? coreFail('ERR_CLOSED') : fail('ERR_KEYRING_CHANGED');
        }
        current.close();
        current = next;
      }),
    close() {
      closed = true;
      current.close();
    },
  };
}

/** Whether two keyrings have one root. */
async function sameBank(one: Keyring, other: Keyring): Promise<boolean> {
  const [a, b] = await Promise.all([one.bankKey('index'), other.bankKey('index')]);
  const isSame = Buffer.compare(a, b) === 0;
  a.fill(0);
  b.fill(0);
  return isSame;
}
