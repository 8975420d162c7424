import { randomBytes } from 'node:crypto';
import { createMemoryKeyring } from '@numbra/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BankContext } from '../context.js';
import { loadBankKeys } from '../keys.js';
import { codeText, fieldTitle, hashCode, isCode, newCode } from './code.js';

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes));

describe('a code', () => {
  it('has six digits, zeros in front among them, whatever the randomness', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 8, maxLength: 8 }), (words) => {
        let at = 0;
        const scripted = (): Uint8Array => {
          const bytes = new Uint8Array(4);
          new DataView(bytes.buffer).setUint32(0, at < words.length ? (words[at] as number) : 7);
          at += 1;
          return bytes;
        };
        expect(newCode({ random: scripted })).toMatch(/^[0-9]{6}$/);
      }),
    );
    expect(newCode({ random: () => Uint8Array.of(0, 0, 0, 42) })).toBe('000042');
  });

  it('is as likely as any other: what would make some likelier is drawn again', () => {
    const draws = [Uint8Array.of(0xff, 0xff, 0xff, 0xff), Uint8Array.of(0, 0, 0, 1)];
    expect(newCode({ random: () => draws.shift() as Uint8Array })).toBe('000001');
  });

  it('is kept as a keyed hash of code and handover, and neither another code nor another handover fits', async () => {
    const keyring = createMemoryKeyring(random(32), [random(32)]);
    const keys = await loadBankKeys(keyring);
    const context = { keys } as unknown as BankContext; // nothing else of it is looked at
    const kept = hashCode(context, 'handover_a', '123456');
    expect(kept).toHaveLength(16);
    expect(isCode(context, 'handover_a', '123456', kept)).toBe(true);
    expect(isCode(context, 'handover_a', '123457', kept)).toBe(false);
    expect(isCode(context, 'handover_b', '123456', kept)).toBe(false);
    expect(hashCode(context, 'handover_b', '123456')).not.toEqual(kept);
    keys.close();
  });
});

describe('the message with a code', () => {
  const order = {
    bank: '示例银行',
    code: '012345',
    recipient: '安心保险',
    fields: ['name', 'account', 'balance'].map((name) => fieldTitle(name, undefined)),
  };

  it('says in both languages what goes to whom, and to tell nobody without agreeing', () => {
    const { zh, en } = codeText(order);
    expect(zh).toBe(
      '【示例银行】验证码012345。如您同意本行将您的姓名、账号、balance提供给安心保险，请将验证码告知正在与您通话的人员；如不同意，请勿告知任何人。10分钟内有效。',
    );
    expect(en).toBe(
      '示例银行: code 012345. Tell it to the person on the phone only if you agree that we give your name, account number, balance to 安心保险. If you do not, tell nobody. Valid for 10 minutes.',
    );
  });

  it('names fields as the policy does, else in the usual words, else by their name', () => {
    expect(fieldTitle('account', '卡号')).toEqual({ zh: '卡号', en: '卡号' });
    expect(fieldTitle('resident_id', undefined)).toEqual({ zh: '证件号码', en: 'ID number' });
    expect(fieldTitle('constructor', undefined)).toEqual({ zh: 'constructor', en: 'constructor' });
  });
});
