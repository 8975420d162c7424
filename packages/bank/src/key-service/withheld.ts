/**
 * What stands in the place of keys that a process is not given: each refuses with one code.
 * @module
 */
import type { Keyring } from '@numbra/core';
import { fail } from '../errors.js';
import type { CellCipher } from '../store/cells.js';

const refuse = (): never => {
  throw fail('ERR_KEY_WITHHELD');
};
const reject = async (): Promise<never> => refuse();

/** In place of bank key `store`. */
export const withheldCipher: CellCipher = { seal: refuse, open: refuse, sealMany: refuse, openMany: refuse, close() {} };

/** In place of root and shred keys. */
export const withheldKeyring: Keyring = {
  kind: 'withheld',
  shredKeys: 1,
  scopeKey: reject,
  bankKey: reject,
  wrapSecret: reject,
  unwrapSecret: reject,
  addShredKey: reject,
  dropOldShredKeys: reject,
  close() {},
};
