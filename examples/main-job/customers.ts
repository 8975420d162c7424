/**
 * Synthetic customers of a bank in mainland China: seeded, so that every run makes the same people, and none of them exists.
 * @module
 */
import { Faker, zh_CN } from '@faker-js/faker';

export const CUSTOMER_COLUMNS = ['customer_id', 'name', 'phone', 'account', 'resident_id', 'balance', 'consent'] as const;

export interface SyntheticCustomer {
  readonly customer_id: string;
  readonly name: string;
  readonly phone: string;
  readonly account: string;
  readonly resident_id: string;
  readonly balance: string;
  readonly consent: string;
}

const SEED = 20261125;
/** Second and third digit of mobile numbers that operators really use. */
const MOBILE_PREFIXES = [
  '130',
  '135',
  '136',
  '137',
  '138',
  '139',
  '150',
  '151',
  '152',
  '158',
  '159',
  '176',
  '177',
  '178',
  '182',
  '186',
  '187',
  '188',
  '189',
  '198',
];
const REGIONS = [
  '110101',
  '310101',
  '320106',
  '330106',
  '350203',
  '370202',
  '420106',
  '430102',
  '440305',
  '440106',
  '500103',
  '510107',
  '610113',
];
/** A debit card's issuer digits; the bank does not exist. */
const CARD_PREFIX = '622848';
const CARD_LENGTH = 19;
const CONSENTS = 'marketing.insurance;service.satisfaction';

/**
 * Makes `count` customers, one after the other.
 *
 * @returns rows with right check digits: MOD 11-2 in resident IDs, Luhn in accounts
 */
export function* syntheticCustomers(count: number): Generator<SyntheticCustomer> {
  const faker = new Faker({ locale: [zh_CN] });
  faker.seed(SEED);
  const digits = (length: number): string => faker.string.numeric({ length, allowLeadingZeros: true });
  const oldest = new Date('1946-01-01');
  const youngest = new Date('2005-12-31');
  for (let i = 1; i <= count; i++) {
    const born = faker.date.between({ from: oldest, to: youngest }).toISOString().slice(0, 10).replaceAll('-', '');
    const withoutCheck = faker.helpers.arrayElement(REGIONS) + born + digits(3);
    yield {
      customer_id: `C${String(i).padStart(6, '0')}`,
      name: faker.person.lastName() + faker.person.firstName(),
      phone: faker.helpers.arrayElement(MOBILE_PREFIXES) + digits(8),
      account: withLuhn(CARD_PREFIX + digits(CARD_LENGTH - CARD_PREFIX.length - 1)),
      resident_id: withoutCheck + checkCharacter(withoutCheck),
      // Many small balances and few large ones, with cents, so that a search for them means something.
      balance: (100 + Math.exp(faker.number.float({ min: 5, max: 14 }))).toFixed(2),
      consent: CONSENTS,
    };
  }
}

/** ISO 7064 MOD 11-2, as GB 11643 has it. Written here once more, so that the product's own check is tested by a second hand. */
function checkCharacter(first17: string): string {
  let remainder = 0;
  for (const digit of first17) remainder = ((remainder + Number(digit)) * 2) % 11;
  return '0123456789X'[(12 - remainder) % 11] as string;
}

function withLuhn(digits: string): string {
  let sum = 0;
  for (let i = digits.length - 1, double = true; i >= 0; i--, double = !double) {
    const value = Number(digits[i]) * (double ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return digits + ((10 - (sum % 10)) % 10);
}
