/**
 * A PKCS#11 module (the token's shared library) in this process. `C_Initialize` and `C_Login` act on the whole process, so keyrings of
 * one process share both, and the last one to close ends them. For the main thread: a module is initialised once a process.
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { Sensitive } from '@numbra/core';
import { fail } from '../errors.js';
import {
  CKF_RW_SESSION,
  CKF_SERIAL_SESSION,
  CKF_USER_PIN_FINAL_TRY,
  CKF_USER_PIN_LOCKED,
  CKU_USER,
  type Cryptoki,
  type Handle,
} from './cryptoki.js';
import { asking, CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_USER_ALREADY_LOGGED_IN, faultOf, returnValueOf } from './faults.js';

/** A module, and how to let go of it. */
export interface LoadedModule {
  readonly cryptoki: Cryptoki;
  release(): void;
}

/** A session of a logged-in user. */
export interface TokenSession {
  readonly cryptoki: Cryptoki;
  readonly session: Handle;
  isClosed(): boolean;
  /** Ends the session, and with it every object that was made in it. */
  close(): void;
}

interface Login {
  users: number;
  /** A keyed digest of the PIN: a second keyring of this process must know it as well. */
  readonly pin: string;
}

const modules = new Map<string, { readonly module: LoadedModule; users: number }>();
const logins = new Map<string, Login>();
const pinKey = randomBytes(32);

/**
 * Loads a module, or takes the one that is loaded.
 *
 * @throws `ERR_KEYRING_NO_PKCS11JS`, `ERR_KEYRING_MODULE_UNREADABLE`
 */
export async function loadModule(library: string): Promise<LoadedModule> {
  const pkcs11js = await import('pkcs11js').then(
    ({ default: found }) => found,
    (cause: unknown) => {
      throw fail('ERR_KEYRING_NO_PKCS11JS', {}, { cause });
    },
  );
  const path = pathOf(library);
  const shared = modules.get(path);
  if (shared) {
    shared.users += 1;
    return shared.module;
  }
  const native = new pkcs11js.PKCS11();
  let isOurs = true;
  try {
    native.load(path);
    try {
      native.C_Initialize();
    } catch (error) {
      // Somebody else in this process works with the module: theirs to end, too.
      if (returnValueOf(error) !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
      isOurs = false;
    }
  } catch (cause) {
    throw fail('ERR_KEYRING_MODULE_UNREADABLE', { file: library }, { cause });
  }
  const entry = {
    users: 1,
    module: {
      cryptoki: native as Cryptoki,
      release() {
        entry.users -= 1;
        if (entry.users > 0) return;
        modules.delete(path);
        if (isOurs) native.C_Finalize();
        native.close();
      },
    },
  };
  modules.set(path, entry);
  return entry.module;
}

/**
 * Opens a session on a token and logs in. A wrong PIN is tried once, and never where it would be the token's last try.
 *
 * @param library - tells tokens of two modules apart
 * @param label - the token's label
 * @throws `ERR_KEYRING_TOKEN_ABSENT`, `ERR_KEYRING_TOKEN_AMBIGUOUS`, `ERR_KEYRING_PIN_LOCKED`, `ERR_KEYRING_PIN_AT_RISK`, `ERR_KEYRING_WRONG_PIN` …
 */
export function openSession(cryptoki: Cryptoki, library: string, label: string, pin: Sensitive<string>): TokenSession {
  const slot = slotOf(cryptoki, label);
  const session = asking(() => cryptoki.C_OpenSession(slot, CKF_RW_SESSION | CKF_SERIAL_SESSION));
  const endSession = () => {
    try {
      cryptoki.C_CloseSession(session);
    } catch {
      // A token that is gone has ended it already.
    }
  };
  const key = `${pathOf(library)}\0${label}`;
  try {
    logIn(cryptoki, slot, session, key, pin);
  } catch (error) {
    endSession();
    throw faultOf(error);
  }
  let isClosed = false;
  return {
    cryptoki,
    session,
    isClosed: () => isClosed,
    close() {
      if (isClosed) return;
      isClosed = true;
      const login = logins.get(key);
      if (login) login.users -= 1;
      if (login?.users === 0) {
        logins.delete(key);
        try {
          cryptoki.C_Logout(session);
        } catch {
          // As above.
        }
      }
      endSession();
    },
  };
}

function slotOf(cryptoki: Cryptoki, label: string): Handle {
  // Labels are padded with blanks to 32 bytes.
  const slots = asking(() => cryptoki.C_GetSlotList(true).filter((slot) => cryptoki.C_GetTokenInfo(slot).label.trimEnd() === label));
  if (slots.length > 1) throw fail('ERR_KEYRING_TOKEN_AMBIGUOUS');
  const slot = slots[0];
  if (slot === undefined) throw fail('ERR_KEYRING_TOKEN_ABSENT');
  return slot;
}

function logIn(cryptoki: Cryptoki, slot: Handle, session: Handle, key: string, pin: Sensitive<string>): void {
  const digest = pin.use((text) => createHmac('sha256', pinKey).update(text).digest('hex'));
  const login = logins.get(key);
  if (login) {
    if (login.pin !== digest) throw fail('ERR_KEYRING_WRONG_PIN');
    login.users += 1;
    return;
  }
  const { flags } = cryptoki.C_GetTokenInfo(slot);
  if (flags & CKF_USER_PIN_LOCKED) throw fail('ERR_KEYRING_PIN_LOCKED');
  if (flags & CKF_USER_PIN_FINAL_TRY) throw fail('ERR_KEYRING_PIN_AT_RISK');
  try {
    pin.use((text) => cryptoki.C_Login(session, CKU_USER, text));
  } catch (error) {
    // Other code of this process has logged in, and it is theirs to log out.
    if (returnValueOf(error) === CKR_USER_ALREADY_LOGGED_IN) return;
    throw error;
  }
  logins.set(key, { users: 1, pin: digest });
}

/** One name for one file; the loader looks a bare name up by itself. */
function pathOf(library: string): string {
  try {
    return realpathSync(library);
  } catch {
    return library;
  }
}
