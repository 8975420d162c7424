/**
 * The labelled corpus that the guard is measured on: identifiers of nobody in every writing of writings.ts, set into notes, rows, logs
 * and answers; and texts that hold none, of the kinds that resemble one. Repeatable from a seed.
 *
 * A class is one kind in one writing (`phone/full-width`) or one sort of harmless text (`none/order-number`).
 * @module
 */
import type { FindingKind } from '../finding.js';
import { harmless } from './harmless.js';
import * as identifiers from './identifiers.js';
import { Draw } from './random.js';
import * as writings from './writings.js';

export interface Sample {
  readonly class: string;
  /** What the text holds, or `none`. */
  readonly kind: FindingKind | 'none';
  readonly text: string;
  /** Where it lies, when the text holds one. */
  readonly start: number;
  readonly end: number;
}

const CONTEXTS: readonly ((inside: string, draw: Draw) => readonly [string, string])[] = [
  () => ['', ''],
  () => ['客户电话 ', ' 请尽快联系'],
  () => ['请联系：', '。'],
  () => ['客户说加微信（', '），下午三点以后方便'],
  () => ['call me at ', ' after 5pm please'],
  () => ['The customer gave ', ', then hung up.'],
  (_, draw) => [`2026-11-${draw.between(10, 28)} 10:${draw.between(10, 59)}:07 INFO note="`, '" agent=17'],
  (_, draw) => [`{"id":${draw.between(1, 999)},"note":"`, '","state":"ended"}'],
  (_, draw) => [`第${draw.between(1, 9)}次回访，保额${draw.between(10, 90)}万元，`, `，保费${draw.between(1000, 9000)}.00元`],
  () => ['备注:', '\n'],
];
/** One cell of a row: nothing that a comma, a quote or a line end would tear apart. */
const ROW: readonly [string, string] = ['C000123,张先生,', ',2026-11-23'];

const DIGIT_WRITINGS = {
  plain: writings.plain,
  separated: writings.separated,
  'digit-by-digit': writings.digitByDigit,
  bracketed: writings.bracketed,
  'full-width': writings.fullWidth,
  'other-script': writings.otherScript,
  'mixed-scripts': writings.mixedScripts,
  numerals: writings.numerals,
  'financial-numerals': writings.financialNumerals,
  'spoken-numerals': writings.spokenNumerals,
  'spaced-numerals': writings.spacedNumerals,
  circled: writings.circled,
  'zero-width': writings.zeroWidth,
  combining: writings.combining,
  'line-breaks': writings.lineBreaks,
  column: writings.column,
  'words-between': writings.wordsBetween,
  remarks: writings.remarks,
  'same-word': writings.sameWord,
  'letter-between': writings.letterBetween,
  english: writings.english,
  'english-repeats': writings.englishRepeats,
  'look-alikes': writings.lookAlikes,
  'zeros-as-o': writings.zerosAsO,
  reversed: writings.reversed,
  base64: writings.base64,
  'base64-glued': writings.base64Glued,
  'base64-wide': writings.base64Wide,
  'base64-twice': writings.base64Twice,
  hex: writings.hex,
  'spaced-hex': writings.spacedHex,
  'url-encoded': writings.urlEncoded,
  'partly-url-encoded': writings.partlyUrlEncoded,
  entities: writings.entities,
  'unicode-escapes': writings.unicodeEscapes,
} as const satisfies Record<string, writings.Writing>;

type Make = (draw: Draw) => string;

interface Class {
  readonly name: string;
  readonly kind: FindingKind;
  readonly make: Make;
}

const written = (kind: FindingKind, name: string, identifier: Make, writing: writings.Writing): Class => ({
  name: `${kind}/${name}`,
  kind,
  make: (draw) => writing(identifier(draw), draw),
});

/** Every class with an identifier in it. */
export const CLASSES: readonly Class[] = [
  ...Object.entries(DIGIT_WRITINGS).map(([name, writing]) => written('phone', name, identifiers.mobile, writing)),
  written('phone', 'labels', identifiers.mobile, writings.labels),
  written('phone', 'unusual-groups', identifiers.mobile, writings.unusualGroups),
  ...Object.entries(PHONES()).map(([name, make]) => ({ name: `phone/${name}`, kind: 'phone' as const, make })),
  ...Object.entries(DIGIT_WRITINGS).map(([name, writing]) => written('resident-id', name, identifiers.residentId, writing)),
  written('resident-id', 'fifteen-digits', identifiers.oldResidentId, writings.plain),
  written('resident-id', 'small-x', (draw) => identifiers.residentId(draw).toLowerCase(), writings.plain),
  ...Object.entries(DIGIT_WRITINGS).map(([name, writing]) => written('bank-card', name, identifiers.bankCard, writing)),
  ...Object.entries(LETTERED()).map(([name, [kind, make]]) => ({ name: `${kind}/${name}`, kind, make })),
];

function PHONES(): Record<string, Make> {
  const { mobile, landline } = identifiers;
  return {
    'country-code': (draw) => draw.of(['+86 ', '+86', '86', '0086', '(+86)', '+86-', '＋８６']) + mobile(draw),
    'country-code-separated': (draw) => draw.of(['+86 ', '+86-', '0086 ', '86-']) + writings.separated(mobile(draw), draw),
    'trunk-zero': (draw) => `0${mobile(draw)}`,
    'carrier-prefix': (draw) => draw.of(['17951', '12593']) + mobile(draw),
    'after-words': (draw) => draw.of(['tel', 'phone:', '手机', 'wechat', '微信号', 'V', 'call']) + mobile(draw),
    'in-a-list': (draw) => draw.of(['1.', '2、', '(3)', '①', 'a)']) + mobile(draw),
    landline: (draw) => join(landline(draw), draw.of(['-', '', ' ', '－'])),
    'landline-brackets': (draw) => bracket(landline(draw), draw),
    'landline-full-width': (draw) => writings.fullWidth(join(landline(draw), ''), draw),
    'landline-numerals': (draw) => writings.numerals(join(landline(draw), ''), draw),
    'landline-country-code': (draw) => international(landline(draw), draw),
    'hong-kong': (draw) => draw.of(['+852 ', '+852', '852-', '852', '00852']) + draw.of('569') + spaced(draw.digits(7), 3, draw),
    macao: (draw) => `${draw.of(['+853 ', '+853', '853-', '853'])}6${spaced(draw.digits(7), 3, draw)}`,
    taiwan: (draw) => `${draw.of(['+886 ', '+886', '886-', '00886'])}9${draw.digits(8)}`,
    'taiwan-local': (draw) => `09${draw.digits(2)}${draw.of(['-', '', ' '])}${spaced(draw.digits(6), 3, draw)}`,
    'north-america': (draw) =>
      `+1${draw.of([' ', '-', ''])}${draw.of('23456789')}${draw.digits(2)}${draw.of([' ', '-', '.'])}${draw.of('23456789')}${draw.digits(2)}${draw.of(['-', ' '])}${draw.digits(4)}`,
    'united-kingdom': (draw) => `+44${draw.of([' ', ''])}7${draw.digits(3)}${draw.of([' ', ''])}${draw.digits(6)}`,
    singapore: (draw) => `+65 ${draw.of('89')}${draw.digits(3)} ${draw.digits(4)}`,
  };
}

function join({ area, number }: { area: string; number: string }, separator: string): string {
  return area + separator + number;
}

function bracket({ area, number }: { area: string; number: string }, draw: Draw): string {
  const [open, close] = draw.of([
    ['(', ')'],
    ['（', '）'],
    ['(', ') '],
  ] as const);
  return open + area + close + number;
}

function international({ area, number }: { area: string; number: string }, draw: Draw): string {
  const separator = draw.of([' ', '-']);
  return `+86${separator}${area.slice(1)}${separator}${number}`;
}

function spaced(digits: string, at: number, draw: Draw): string {
  return draw.below(2) === 0 ? digits : `${digits.slice(0, at)}${draw.of([' ', '-'])}${digits.slice(at)}`;
}

function LETTERED(): Record<string, readonly [FindingKind, Make]> {
  const { passport, iban, email } = identifiers;
  return {
    'passport-plain': ['passport', passport],
    'passport-full-width': ['passport', (draw) => writings.fullWidth(passport(draw), draw)],
    'passport-zero-width': ['passport', (draw) => writings.zeroWidth(passport(draw), draw)],
    'passport-separated': ['passport', (draw) => passport(draw).replace(/(\d{4})$/, `${draw.of([' ', '-'])}$1`)],
    'passport-foreign': [
      'passport',
      (draw) =>
        `${draw.of(['passport no. ', 'Passport: ', '护照号', '护照：'])}${draw.of(['', 'C', 'AB', 'X'])}${draw.digits(draw.between(7, 9))}`,
    ],
    'iban-plain': ['iban', iban],
    'iban-spaced': ['iban', (draw) => iban(draw).replace(/(.{4})(?=.)/g, '$1 ')],
    'iban-lower': ['iban', (draw) => iban(draw).toLowerCase()],
    'iban-full-width': ['iban', (draw) => writings.fullWidth(iban(draw), draw)],
    'iban-base64': ['iban', (draw) => Buffer.from(iban(draw)).toString('base64')],
    'email-plain': ['email', email],
    'email-full-width-at': ['email', (draw) => email(draw).replace('@', '＠')],
    'email-written-at': ['email', (draw) => email(draw).replace('@', draw.of(['(at)', '[at]', ' [at] ', ' (AT) ']))],
    'email-written-dots': [
      'email',
      (draw) =>
        email(draw)
          .replace('@', '[at]')
          .replaceAll(/\.(?=[a-z]+$)/g, draw.of(['[dot]', '(dot)', ' [dot] '])),
    ],
    'email-zero-width': ['email', (draw) => writings.zeroWidth(email(draw), draw)],
    'email-base64': ['email', (draw) => Buffer.from(email(draw)).toString('base64')],
    'email-url-encoded': ['email', (draw) => writings.urlEncoded(email(draw), draw)],
  };
}

/**
 * Makes the corpus.
 *
 * @param perClass - samples of each class with an identifier; as many harmless texts in all, spread over their classes
 * @returns the samples, class by class
 */
export function makeCorpus(seed: number, perClass: number): Sample[] {
  const samples: Sample[] = [];
  for (const [index, { name, kind, make }] of CLASSES.entries()) {
    const draw = new Draw(seed * 7919 + index);
    for (let n = 0; n < perClass; n++) {
      const inside = make(draw);
      const [before, after] = draw.below(8) === 0 && !/[,"\n\r]/.test(inside) ? ROW : draw.of(CONTEXTS)(inside, draw);
      samples.push({ class: name, kind, text: before + inside + after, start: before.length, end: before.length + inside.length });
    }
  }
  const sorts = Object.entries(harmless);
  const perSort = Math.ceil((CLASSES.length * perClass) / sorts.length);
  for (const [index, [name, make]] of sorts.entries()) {
    const draw = new Draw(seed * 104_729 + index);
    for (let n = 0; n < perSort; n++) samples.push({ class: `none/${name}`, kind: 'none', text: make(draw), start: 0, end: 0 });
  }
  return samples;
}
