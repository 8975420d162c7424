/**
 * Synthetic customers for tests: mainland mobiles, accounts, resident IDs with right check characters, names, balances. The same
 * count and seed give the same customers.
 * @module
 */
import { createHash } from 'node:crypto';
import type { CustomerRow } from '@numbra/bank';
import { residentCheckCharacter } from '@numbra/core';

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华文斌玉兰建国婷'];
const REGIONS = ['110101', '310104', '440305', '330106', '510107', '420111'];
const BLOCKS = ['130', '135', '138', '139', '150', '158', '176', '186', '188', '199'];

export type TestCustomer = CustomerRow & {
  readonly name: string;
  readonly phone: string;
  readonly account: string;
  readonly residentId: string;
  readonly attributes: { readonly balance: number };
};

/** Customers `C000000` …; every one has given `marketing.insurance`. Phones differ from each other. */
export function testCustomers(count: number, seed = 'customers'): TestCustomer[] {
  return Array.from({ length: count }, (_, i) => {
    const digest = createHash('sha256').update(`${seed} ${i}`).digest();
    const number = (at: number, below: number) => digest.readUInt32BE(at) % below;
    const pick = <T>(from: readonly T[], at: number) => from[number(at, from.length)] as T;
    const birth = `${1950 + number(0, 50)}${String(1 + number(1, 12)).padStart(2, '0')}${String(1 + number(2, 28)).padStart(2, '0')}`;
    const first17 = `${pick(REGIONS, 3)}${birth}${String(number(4, 1000)).padStart(3, '0')}`;
    return {
      customerId: `C${String(i).padStart(6, '0')}`,
      name: `${pick(SURNAMES, 5)}${pick(GIVEN, 6)}${pick(GIVEN, 7)}`,
      // A bijection of 8 digits, so that no two share a phone and the endings are spread.
      phone: `${pick(BLOCKS, 8)}${String((i * 6_180_339 + 12_345_678) % 100_000_000).padStart(8, '0')}`,
      account: `62170${String(number(9, 10 ** 9)).padStart(9, '0')}${String(i).padStart(5, '0')}`,
      residentId: `${first17}${residentCheckCharacter(first17)}`,
      // Never whole: a bare number would stand in base64url by chance, one with a point cannot.
      attributes: { balance: number(10, 200_000) + (1 + number(11, 99)) / 100 },
      consents: ['marketing.insurance'],
    };
  });
}
