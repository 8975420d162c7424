/**
 * Synthetic identifiers for the corpus: of nobody, but right in every digit that can be checked.
 * @module
 */
import { residentCheckCharacter } from '../../identifiers/resident-id.js';
import type { Draw } from './random.js';

const MOBILE_BLOCKS =
  '130 131 132 133 134 135 136 137 138 139 145 147 150 151 152 153 155 156 157 158 159 166 167 170 171 172 173 175 176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 193 195 196 197 198 199'.split(
    ' ',
  );
const AREAS =
  '010 020 021 022 023 024 025 027 028 029 0311 0351 0411 0431 0451 0512 0531 0551 0571 0591 0631 0731 0755 0771 0791 0851 0871 0898 0931 0951 0991'.split(
    ' ',
  );
const REGIONS =
  '110101 110105 310104 320106 330102 340104 350102 370102 410105 420106 430102 440106 440305 500103 510104 530102 610113 650102'.split(
    ' ',
  );

export const mobile = (draw: Draw): string => draw.of(MOBILE_BLOCKS) + draw.digits(8);

export function landline(draw: Draw): { area: string; number: string } {
  const area = draw.of(AREAS);
  const digits = area.length === 3 || draw.below(2) === 0 ? 8 : 7;
  return { area, number: draw.of('2345678') + draw.digits(digits - 1) };
}

export function birthDate(draw: Draw): string {
  return `${draw.between(1940, 2007)}${String(draw.between(1, 12)).padStart(2, '0')}${String(draw.between(1, 28)).padStart(2, '0')}`;
}

export function residentId(draw: Draw): string {
  const digits = draw.of(REGIONS) + birthDate(draw) + draw.digits(3);
  return digits + residentCheckCharacter(digits);
}

export const oldResidentId = (draw: Draw): string => draw.of(REGIONS) + birthDate(draw).slice(2) + draw.digits(3);

/** A card number with its Luhn digit: UnionPay of 16 to 19 digits mostly, else Visa and Mastercard. */
export function bankCard(draw: Draw): string {
  const head = draw.of(['622202', '621700', '622848', '623058', '621661', '625912', '621226', '6222', '62', '4', '51', '55']);
  const length = head.startsWith('62') ? draw.of([16, 17, 18, 19, 19, 19]) : 16;
  const digits = head + draw.digits(length - 1 - head.length);
  return digits + luhnDigit(digits);
}

export function luhnDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

export const passport = (draw: Draw): string =>
  draw.below(4) === 0 ? `E${draw.of('ABCDEFGHJKLMNPQRSTUVWXYZ')}${draw.digits(7)}` : draw.of('EG') + draw.digits(8);

/** Country, length of the rest, and whether the bank code is letters. */
const IBANS = [
  ['DE', 18, 0],
  ['GB', 18, 4],
  ['FR', 23, 0],
  ['CH', 17, 0],
  ['NL', 14, 4],
  ['ES', 20, 0],
  ['IT', 23, 0],
  ['AE', 19, 0],
] as const;

export function iban(draw: Draw): string {
  const [country, length, letters] = draw.of(IBANS);
  const bank = draw.text(letters, 'ABCDEFGHJKLMNPQRSTUVWXYZ');
  // Italy's first character is a check letter.
  const account =
    country === 'IT' ? draw.text(1, 'ABCDEFGHJKLMNPQRSTUVWXYZ') + draw.digits(length - 1) : bank + draw.digits(length - letters);
  const check = 98n - (BigInt([...`${account}${country}00`].map((c) => Number.parseInt(c, 36)).join('')) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

export const email = (draw: Draw): string =>
  `${draw.text(draw.between(3, 9), 'abcdefghijklmnopqrstuvwxyz')}${draw.of(['', '.', '_', ''])}${draw.digits(draw.below(4))}@${draw.of(['qq.com', '163.com', 'example.com', 'mail.example.cn', 'outlook.com'])}`;

const SURNAMES = '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗';
const GIVEN = '伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂';

export const chineseName = (draw: Draw): string => draw.of(SURNAMES) + draw.text(draw.between(1, 2), GIVEN);
