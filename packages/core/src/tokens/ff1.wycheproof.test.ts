/**
 * Wycheproof: `aes_ff1_radix10`. All 3,845 cases run. Where they end otherwise than in the file:
 * - SmallMessageSize (12 cases, "valid" with a legacy flag): 2 to 5 digits, fewer than a million numerals. SP 800-38G Rev. 1 forbids
 *   such domains; we refuse them.
 * - Keys of 128 and 192 bits: the product never makes one (`Ff1` takes 32 bytes), so those run on the same engine over the test's own
 *   block cipher.
 */
import { describe, expect, it } from 'vitest';
import { isNumbraError } from '../errors.js';
import { Ff1 } from './ff1.js';
import { aesOfAnySize, bytes, readWycheproof } from './vectors/foreign.js';

interface Case {
  readonly tcId: number;
  readonly key: string;
  readonly tweak: string;
  readonly msg: readonly number[];
  readonly ct: readonly number[];
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid';
}

const file = readWycheproof<{ readonly tests: readonly Case[] }>('aes_ff1_radix10_test.json');
const cases = (file?.testGroups ?? []).flatMap((group) => group.tests);
const withFlag = (flag: string): Case[] => cases.filter((test) => test.flags.includes(flag));

const PRODUCT_KEY_BYTES = 32;

function cipherFor({ key, tweak }: Case): Ff1 {
  const raw = bytes(key);
  const known = raw.length === 16 || raw.length === 24;
  return new Ff1(known ? aesOfAnySize(raw) : raw, bytes(tweak));
}

/** One character a digit: −1 is the one before `0`, 10 the one after `9`. */
const text = (digits: readonly number[]): string => String.fromCharCode(...digits.map((digit) => 0x30 + digit));

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isNumbraError(error) ? error.code : String(error);
  }
}

describe.skipIf(file === undefined)('FF1 against Wycheproof, radix 10', () => {
  it('has the 3,845 cases of the file', () => {
    expect(cases).toHaveLength(3845);
  });

  it('encrypts and decrypts every valid case of at least a million numerals', () => {
    const valid = cases.filter((test) => test.result === 'valid' && !test.flags.includes('SmallMessageSize'));
    expect(valid).toHaveLength(3300);
    expect(valid.filter(({ key }) => key.length === 2 * PRODUCT_KEY_BYTES).length).toBeGreaterThan(1000);
    for (const test of valid) {
      const ff1 = cipherFor(test);
      expect(ff1.encrypt([text(test.msg)]), `case ${test.tcId}`).toEqual([text(test.ct)]);
      expect(ff1.decrypt([text(test.ct)]), `case ${test.tcId}`).toEqual([text(test.msg)]);
    }
  });

  it.each(['SmallMessageSize', 'InvalidMessageSize', 'InvalidPlaintext'])('refuses every case of %s by its domain', (flag) => {
    const refused = withFlag(flag);
    expect(refused.length).toBeGreaterThan(0);
    for (const test of refused) {
      // An empty list of digits is one numeral of no digits.
      expect(
        codeOf(() => cipherFor(test).encrypt([text(test.msg)])),
        `case ${test.tcId}`,
      ).toBe('ERR_FF1_DOMAIN');
    }
  });

  it('refuses every case of InvalidKeySize by the length of its key', () => {
    for (const test of withFlag('InvalidKeySize')) expect(codeOf(() => new Ff1(bytes(test.key), bytes(test.tweak)))).toBe('ERR_KEY_LENGTH');
  });
});
