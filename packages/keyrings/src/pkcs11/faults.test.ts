/** What a token may answer that SoftHSM does not: a token of a few lines stands in its place. */
import { Sensitive } from '@numbra/core';
import { describe, expect, it } from 'vitest';
import { CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED, type Cryptoki } from './cryptoki.js';
import { faultOf } from './faults.js';
import { openSession } from './module.js';

const pin = new Sensitive('271828');
const refusing = (code: number) => Object.assign(new Error('CKR'), { code });

/** One token, as far as logging in. */
function token({ flags = 0, login = () => {} }: { flags?: number; login?: () => void }) {
  const calls: string[] = [];
  const unused = () => {
    throw new Error('not asked for');
  };
  const known: Partial<Cryptoki> = {
    C_GetSlotList: () => [Buffer.of(1)],
    C_GetTokenInfo: () => ({ label: 'bank'.padEnd(32), flags }),
    C_OpenSession: () => Buffer.of(2),
    C_Login: () => {
      calls.push('login');
      login();
    },
    C_Logout: () => calls.push('logout'),
    C_CloseSession: () => calls.push('close'),
  };
  return { calls, cryptoki: new Proxy(known, { get: (target, member: keyof Cryptoki) => target[member] ?? unused }) as Cryptoki };
}

describe('logging in to a token', () => {
  it('is not tried where a wrong PIN would be the last, or where the PIN is locked', async () => {
    for (const [flags, code] of [
      [CKF_USER_PIN_FINAL_TRY, 'ERR_KEYRING_PIN_AT_RISK'],
      [CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY, 'ERR_KEYRING_PIN_LOCKED'],
    ] as const) {
      const { cryptoki, calls } = token({ flags });
      await expect(async () => openSession(cryptoki, 'module', 'bank', pin)).toFailWith(code);
      expect(calls).toEqual(['close']);
    }
  });

  it('is tried once, whatever the token says', async () => {
    for (const [value, code] of [
      [0xa0, 'ERR_KEYRING_WRONG_PIN'],
      [0xa2, 'ERR_KEYRING_WRONG_PIN'],
      [0xa4, 'ERR_KEYRING_PIN_LOCKED'],
      [0xe0, 'ERR_KEYRING_TOKEN_LOST'],
      [0x05, 'ERR_KEYRING_TOKEN_FAILED'],
    ] as const) {
      const { cryptoki, calls } = token({
        login: () => {
          throw refusing(value);
        },
      });
      await expect(async () => openSession(cryptoki, 'module', 'bank', pin)).toFailWith(code);
      expect(calls).toEqual(['login', 'close']);
    }
  });

  it('leaves the login of other code in this process as it is', () => {
    const { cryptoki, calls } = token({
      login: () => {
        throw refusing(0x100);
      },
    });
    openSession(cryptoki, 'module', 'bank', pin).close();
    expect(calls).toEqual(['login', 'close']);
  });

  it('is shared by the keyrings of a process and ended by the last', () => {
    const { cryptoki, calls } = token({});
    const [one, other] = [openSession(cryptoki, 'module', 'bank', pin), openSession(cryptoki, 'module', 'bank', pin)];
    one.close();
    one.close();
    expect(calls).toEqual(['login', 'close']);
    other.close();
    expect(calls).toEqual(['login', 'close', 'logout', 'close']);
  });
});

describe("a token's return values", () => {
  it.each([
    [0x60, 'ERR_KEYRING_CHANGED'],
    [0x82, 'ERR_KEYRING_CHANGED'],
    [0x67, 'ERR_KEYRING_TOKEN_UNSUITABLE'],
    [0x70, 'ERR_KEYRING_TOKEN_UNSUITABLE'],
    [0xb3, 'ERR_KEYRING_TOKEN_LOST'],
    [0x30, 'ERR_KEYRING_TOKEN_LOST'],
    [0x06, 'ERR_KEYRING_TOKEN_FAILED'],
  ])('%i is %s, with the cause kept', (value, code) => {
    const cause = refusing(value);
    expect(faultOf(cause)).toMatchObject({ code, cause });
  });

  it('that are none are failures too', () => {
    expect(faultOf(new Error('no code'))).toMatchObject({ code: 'ERR_KEYRING_TOKEN_FAILED' });
    expect(faultOf(undefined)).toMatchObject({ code: 'ERR_KEYRING_TOKEN_FAILED' });
  });
});
