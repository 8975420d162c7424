/**
 * Texts that hold no identifier but look as if: what the guard must let pass.
 * @module
 */
import { luhnDigit } from './identifiers.js';
import type { Draw } from './random.js';

const two = (n: number): string => String(n).padStart(2, '0');
const year = (draw: Draw): number => draw.between(1995, 2031);
const date = (draw: Draw, separator: string): string => [year(draw), two(draw.between(1, 12)), two(draw.between(1, 28))].join(separator);
const time = (draw: Draw): string => `${two(draw.below(24))}:${two(draw.below(60))}:${two(draw.below(60))}`;
const HEX = '0123456789abcdef';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CAPITALS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const thousands = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');
const amount = (draw: Draw): string => String(draw.between(1, 9)) + draw.digits(draw.between(2, 10));
const uuid = (draw: Draw): string => [8, 4, 4, 4, 12].map((length) => draw.text(length, HEX)).join('-');

const PROSE_ZH = [
  '客户今年三十八岁，家里有两个孩子，大的一年级，小的才三岁，一直想买一份保险。',
  '一二三四五，上山打老虎；六七八九十，回家看故事。',
  '二〇二六年十一月二十三日上午，三位客户到店，一位咨询贷款，两位办理存款，共计一百三十八万元。',
  '请在五个工作日内完成第一次回访，第二次回访不得少于三天，一共不超过九次。',
  '他一个人住在三零一室，五楼五零二是他妹妹一家四口，每月八号交一次物业费。',
  '一方面是利率下行，另一方面是通胀预期，八成以上的受访者认为明年会好于今年。',
];
const PROSE_EN = [
  'One of the two customers called three times; nobody answered for eight or nine minutes, so one more try will be made at seven.',
  'I am one of those who said no to zero fees. So is Bob. It is so big, I will go to Oslo in one or two days.',
  'He bought six apples and seven pears, gave one to each of five children and kept the other eight.',
  'The oil price rose by two to three percent in the first four months, and one in six companies said it would pass it on.',
];

/** Each sort of harmless text. */
export const harmless: Readonly<Record<string, (draw: Draw) => string>> = {
  amount: (draw) =>
    draw.of([
      `¥${thousands(amount(draw))}.${draw.digits(2)}`,
      `${amount(draw)}.${draw.digits(2)}元`,
      `余额${amount(draw)}元`,
      `USD ${thousands(amount(draw))}`,
      `共计 ${amount(draw)} 万元`,
      `$${amount(draw)}.${draw.digits(2)}`,
      `${thousands(amount(draw))}.${draw.digits(2)}`,
    ]),
  'amounts-in-a-row': (draw) =>
    Array.from({ length: 6 }, () => `${draw.between(1, 999_999)}.${draw.digits(2)}`).join(draw.of([', ', '\t', ' ', ';'])),
  date: (draw) =>
    `${draw.of(['于', 'on ', '生效日期：', ''])}${draw.of([date(draw, '-'), date(draw, '/'), date(draw, '.'), date(draw, ''), `${year(draw)}年${draw.between(1, 12)}月${draw.between(1, 28)}日`])}`,
  'date-and-time': (draw) => `${date(draw, '-')}${draw.of(['T', ' '])}${time(draw)}${draw.of(['', `.${draw.digits(3)}`, '+08:00', 'Z'])}`,
  'date-range': (draw) => `${date(draw, '-')}${draw.of([' 至 ', ' - ', ' to ', '~'])}${date(draw, '-')}`,
  timestamp: (draw) =>
    draw.of([
      `17${draw.digits(8)}`,
      `17${draw.digits(11)}`,
      `17${draw.digits(14)}`,
      `${date(draw, '')}${time(draw).replaceAll(':', '')}`,
      `${date(draw, '')}${time(draw).replaceAll(':', '')}${draw.digits(3)}`,
    ]),
  'order-number': (draw) =>
    `${draw.of(['订单号：', 'order ', '单号', ''])}${draw.of([date(draw, '') + draw.digits(6), date(draw, '') + draw.digits(8), date(draw, '') + draw.digits(10), `${draw.text(2, CAPITALS)}${date(draw, '')}${draw.digits(6)}`, `${draw.text(2, CAPITALS)}${draw.digits(13)}`, `${date(draw, '')}-${draw.digits(6)}`, `SO-${draw.digits(8)}`])}`,
  'policy-number': (draw) =>
    `${draw.of(['保单号 ', 'policy ', ''])}${draw.of([`P${date(draw, '').slice(0, 4)}${draw.digits(10)}`, `${draw.text(4, CAPITALS)}${date(draw, '').slice(0, 4)}${draw.digits(12)}`, `${date(draw, '').slice(0, 4)}${draw.digits(14)}`, `PDAA${draw.digits(18)}`, `${draw.digits(3)}-${draw.digits(6)}-${draw.digits(2)}`, `0${draw.digits(7)}`])}`,
  uuid: (draw) => draw.of([uuid(draw), uuid(draw).toUpperCase(), `{"id":"${uuid(draw)}","trace":"${uuid(draw)}"}`]),
  'masked-phone': (draw) =>
    draw.of([
      `13${draw.below(10)}****${draw.digits(4)}`,
      `*********${draw.digits(2)}`,
      `*********${draw.digits(1)}`,
      `13${draw.below(10)}XXXX${draw.digits(4)}`,
      `1${draw.digits(2)}●●●●${draw.digits(4)}`,
      `尾号${draw.digits(4)}`,
      `13${draw.below(10)}****${draw.digits(4)}、15${draw.below(10)}****${draw.digits(4)}`,
    ]),
  'masked-id': (draw) => draw.of([`110105********${draw.digits(4)}`, `6222 **** **** ${draw.digits(4)}`, `622202******${draw.digits(4)}`]),
  hotline: (draw) =>
    `请拨打${draw.of(['95588', '95533', '95519', '12306', '12345', '110', '10086', '400-800-1234', '400 820 8820', '4008123456', '800-810-1234', '8008101234', '96169'])}${draw.of(['客服热线', '咨询', '', '或12378'])}`,
  token: (draw) =>
    draw.of([
      `nd1_${draw.text(48, BASE64URL)}`,
      `nr1_${draw.text(48, BASE64URL)},nd1_${draw.text(48, BASE64URL)},*********${draw.digits(2)}`,
      `nr1_${draw.text(68, BASE64URL)}`,
    ]),
  hash: (draw) => draw.of([draw.text(32, HEX), draw.text(40, HEX), draw.text(64, HEX), `sha256:${draw.text(64, HEX)}`, draw.text(24, HEX)]),
  'random-base64': (draw) => draw.text(draw.between(20, 200), BASE64URL),
  address: (draw) =>
    draw.of([
      `${draw.between(1, 255)}.${draw.below(256)}.${draw.below(256)}.${draw.below(256)}:${draw.between(1024, 65535)}`,
      Array.from({ length: 6 }, () => draw.text(2, HEX)).join(':'),
      `2001:db8:${draw.text(4, HEX)}::${draw.text(4, HEX)}`,
    ]),
  coordinates: (draw) =>
    `${draw.between(73, 135)}.${draw.digits(draw.between(5, 14))}, ${draw.between(18, 53)}.${draw.digits(draw.between(5, 10))}`,
  version: (draw) =>
    `v${draw.below(20)}.${draw.below(40)}.${draw.below(99)}-${draw.digits(3)} (build ${draw.digits(6)}, ${draw.text(7, HEX)})`,
  fraction: (draw) =>
    draw.of([
      `${draw.below(100)}.${draw.digits(2)}%`,
      `0.${draw.digits(draw.between(4, 17))}`,
      `${draw.below(10)}.${draw.digits(15)}`,
      `${draw.between(1, 9)}.${draw.digits(4)}e-${draw.between(5, 12)}`,
    ]),
  'table-row': (draw) =>
    Array.from({ length: 9 }, () => String(draw.below(draw.of([2, 10, 100, 1000, 10_000, 100_000])))).join(
      draw.of([',', ';', '\t', ' ', ', ']),
    ),
  'campaign-row': (draw) =>
    `${draw.between(18, 95)};management;married;tertiary;no;${draw.between(-500, 20_000)};yes;no;unknown;${draw.between(1, 31)};may;${draw.between(4, 2000)};${draw.between(1, 30)};-1;0;unknown;no`,
  'list-of-digits': (draw) => Array.from({ length: draw.between(14, 40) }, () => draw.below(10)).join(draw.of([' ', ',', ', '])),
  'postal-address': (draw) =>
    `上海市浦东新区世纪大道${draw.between(1, 2000)}号${draw.between(1, 40)}楼${draw.digits(4)}室，邮编${draw.of(['200120', '100032', '518000'])}`,
  barcode: (draw) =>
    draw.of([`69${draw.digits(11)}`, `978${draw.digits(10)}`, `ISBN 978-7-${draw.digits(3)}-${draw.digits(5)}-${draw.below(10)}`]),
  'tracking-number': (draw) =>
    draw.of([`SF${draw.digits(13)}`, `JD${draw.digits(13)}`, `EMS ${draw.text(2, CAPITALS)}${draw.digits(9)}CN`, `77${draw.digits(13)}`]),
  'social-credit-code': (draw) =>
    `91${draw.of(['310000', '110105', '440300'])}${draw.text(1, 'MA')}${draw.text(9, '0123456789ABCDEFGHJKLMNPQRTUWXY')}`,
  'prose-chinese': (draw) => draw.of(PROSE_ZH) + draw.of(PROSE_ZH),
  'prose-english': (draw) => `${draw.of(PROSE_EN)} ${draw.of(PROSE_EN)}`,
  'figures-in-prose': (draw) =>
    `共${draw.between(100, 999)}户，其中${year(draw)}年新增${draw.between(1000, 9999)}户，户均${draw.between(1000, 99_999)}元，同比增长${draw.below(100)}.${draw.digits(1)}%。`,
  'figures-in-english': (draw) =>
    `In ${year(draw)}, ${draw.between(130, 199)} branches served ${draw.between(1000, 9999)} customers in ${draw.between(1000, 9999)} visits; room ${draw.digits(3)}, page ${draw.digits(4)}.`,
  'call-record': (draw) =>
    `{"call_id":"${draw.text(22, BASE64URL)}","agent":"agent-${draw.below(99)}","talk_seconds":${draw.below(900)},"rows":${draw.between(1, 32_000)},"at":"${date(draw, '-')}T${time(draw)}Z"}`,
  'row-number': (draw) => `990${draw.digits(11)}`.replace(/$/, (_, at: number, text: string) => luhnDigit(text.slice(0, at))),
  signature: (draw) => `v1,${draw.text(43, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')}=`,
  url: (draw) =>
    `https://bank.example/v1/campaigns/c-${year(draw)}-${two(draw.between(1, 12))}/rows?page=${draw.below(900)}&size=100&lang=zh%2DCN&q=%E4%BF%9D%E9%99%A9`,
};
