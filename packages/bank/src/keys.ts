/**
 * The bank's own keys, taken from the keyring once and kept as working objects until the bank is closed.
 * @module
 */
import { createHmac } from 'node:crypto';
import { AesSiv, type Keyring } from '@numbra/core';
import type { BankKeys } from './context.js';
import type { CellCipher } from './store/cells.js';

/** 128 bits: no two phones of the world share one. */
const INDEX_BYTES = 16;

/** Takes the bank's keys from the keyring; `close` wipes them. */
export async function loadBankKeys(keyring: Keyring): Promise<BankKeys> {
  return workingKeys(sivOf(await keyring.bankKey('store')), (name) => keyring.bankKey(name));
}

/** The bank's keys around a cipher of its cells. @param key - gives a key; it is wiped here */
export async function workingKeys(store: CellCipher, key: (name: 'subject' | 'index' | 'guard') => Promise<Uint8Array>): Promise<BankKeys> {
  const [subjectKey, index, guard] = await Promise.all([key('subject'), key('index'), key('guard')]);
  const subject = sivOf(subjectKey);
  const draws = new Uint8Array(createHmac('sha256', index).update('numbra/v1/draws').digest());
  return {
    store,
    subject,
    guard,
    draws,
    proofNonce: new Uint8Array(createHmac('sha256', index).update('numbra/v1/proof-nonce').digest()),
    phoneIndex: (phone) => phone.use((digits) => indexOf(index, 'phone', digits)),
    sourceIndex: (id) => indexOf(index, 'source', id),
    close() {
      store.close();
      subject.close();
      index.fill(0);
      guard.fill(0);
      draws.fill(0);
    },
  };
}

function indexOf(key: Uint8Array, what: string, value: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(`${what}\x1f${value}`).digest().subarray(0, INDEX_BYTES));
}

function sivOf(key: Uint8Array): AesSiv {
  const siv = new AesSiv(key);
  key.fill(0);
  return siv;
}
