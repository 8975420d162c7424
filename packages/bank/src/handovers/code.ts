/**
 * The code by which a customer confirms a handover: six digits, said to the agent on the phone, good for ten minutes and three wrong
 * guesses. At rest there is only a keyed hash of it: the synthetic IV of AES-SIV, a pseudorandom function of code and handover
 * (RFC 5297 § 2.4) under bank key `store`; a million guesses against a dump confirm nothing.
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { BankContext } from '../context.js';
import type { MessageText } from './message-carrier.js';

export const CODE_MINUTES = 10;
/** The third wrong code ends the handover. */
export const MOST_WRONG_CODES = 3;
/** Codes that one customer is sent in 24 hours, over all vendors: the vendor can neither guess on nor use the bank to pester. */
export const MOST_CODES_A_DAY = 3;

const DIGITS = 6;
const HASH_BYTES = 16;

/** A new code, each as likely as any other. */
export function newCode({ random }: Pick<BankContext, 'random'>): string {
  const limit = 10 ** DIGITS;
  const fair = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const bytes = random(4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (value < fair) return String(value % limit).padStart(DIGITS, '0');
  }
}

/** What is kept of a code: 16 bytes. */
export function hashCode({ keys }: BankContext, handover: string, code: string): Uint8Array {
  return keys.store.seal(utf8.encode(code), utf8.encode(`handover\x1fcode\x1f${handover}`)).subarray(0, HASH_BYTES);
}

/** Whether a code is the one that was kept. */
export function isCode(context: BankContext, handover: string, code: string, kept: Uint8Array): boolean {
  return timingSafeEqual(hashCode(context, handover, code), kept);
}

export interface CodeMessage {
  /** As customers know the bank. */
  readonly bank: string;
  readonly code: string;
  /** As customers know it. */
  readonly recipient: string;
  /** Titles of what is passed on. */
  readonly fields: readonly FieldTitle[];
}

/** How customers read a field's name. */
export interface FieldTitle {
  readonly zh: string;
  readonly en: string;
}

const TITLES: Readonly<Record<string, FieldTitle>> = {
  name: { zh: '姓名', en: 'name' },
  phone: { zh: '手机号码', en: 'phone number' },
  account: { zh: '账号', en: 'account number' },
  resident_id: { zh: '证件号码', en: 'ID number' },
};

/** The policy's title, else the usual words for a column of customers, else the field's name. */
export function fieldTitle(field: string, title: string | undefined): FieldTitle {
  if (title !== undefined) return { zh: title, en: title };
  return (Object.hasOwn(TITLES, field) && TITLES[field]) || { zh: field, en: field };
}

/** What the customer reads. */
export function codeText({ bank, code, recipient, fields }: CodeMessage): MessageText {
  return {
    zh: `【${bank}】验证码${code}。如您同意本行将您的${fields.map(({ zh }) => zh).join('、')}提供给${recipient}，请将验证码告知正在与您通话的人员；如不同意，请勿告知任何人。${CODE_MINUTES}分钟内有效。`,
    en: `${bank}: code ${code}. Tell it to the person on the phone only if you agree that we give your ${fields.map(({ en }) => en).join(', ')} to ${recipient}. If you do not, tell nobody. Valid for ${CODE_MINUTES} minutes.`,
  };
}

const utf8 = new TextEncoder();
