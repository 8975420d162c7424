/**
 * What a column can hold, and how its cells and its name tell. Values count before names: a column called `note` that is full of phones is
 * a column of phones.
 * @module
 */
import { looksLikeRawIdentifier } from '@numbra/core';
import { type FindingKind, scanText } from '@numbra/core/guard';

export type ColumnKind =
  | 'secret'
  | 'phone'
  | 'resident-id'
  | 'bank-card'
  | 'account'
  | 'passport'
  | 'iban'
  | 'email'
  | 'name'
  | 'address'
  | 'date'
  | 'number'
  | 'category'
  | 'identifier'
  | 'free-text'
  | 'empty';

/** Kinds that a single cell can be told to be. */
export type CellKind = Extract<
  ColumnKind,
  'phone' | 'resident-id' | 'bank-card' | 'passport' | 'iban' | 'email' | 'name' | 'address' | 'date' | 'number'
>;

/** A hundred surnames: four mainland people of five. */
const SURNAMES = new Set(
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常',
);
const HAN_NAME = /^\p{Script=Han}[\p{Script=Han}·]{1,5}$/u;
const DATE = /^(?:19|20)[0-9]{2}([-/.]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?:[ T][0-9:.Z+-]{4,})?$/;
const NUMBER = /^[+-]?[0-9]{1,15}(?:\.[0-9]+)?$/;
const PLACE = /[省市区县镇乡路街巷号弄栋室]/gu;
/** Nothing that is longer is one value of a kind. */
const LONGEST_CELL = 200;

/** The kinds that a cell reads as; none for most text. A bare number is one whatever else it may be. */
export function kindsOfCell(cell: string): readonly CellKind[] {
  if (cell.length > LONGEST_CELL) return [];
  const raw = looksLikeRawIdentifier(cell);
  if (DATE.test(cell)) return ['date'];
  if (raw !== undefined) return NUMBER.test(cell) ? [raw, 'number'] : [raw];
  if (NUMBER.test(cell)) return ['number'];
  if (HAN_NAME.test(cell) && SURNAMES.has(cell.slice(0, 1))) return ['name'];
  if ((cell.match(PLACE)?.length ?? 0) >= 2) return ['address'];
  const [finding] = scanText(cell);
  const isWhole = finding !== undefined && finding.start === 0 && finding.end === cell.length;
  return isWhole && WHOLE_CELL.has(finding.kind) ? [finding.kind as CellKind] : [];
}

const WHOLE_CELL: ReadonlySet<FindingKind> = new Set(['phone', 'passport', 'iban', 'email']);

/** Whether a text holds a raw identifier somewhere. */
export function holdsIdentifier(cell: string): boolean {
  return scanText(cell.slice(0, 4_000)).length > 0;
}

/** What names say, English and Chinese. The first that fits is meant. */
const NAMES: readonly (readonly [ColumnKind, RegExp])[] = [
  ['secret', /passw|pass_?code|(?:^|_)pin(?:$|_)|secret|cvv|cvn|fingerprint|biometric|密码|口令|验证码|指纹|虹膜|磁道/i],
  ['resident-id', /resident|id_?card|id_?no|(?:^|_)ssn(?:$|_)|身份证|证件号/i],
  ['phone', /phone|mobile|(?:^|_)tel|手机|电话|联系方式/i],
  ['bank-card', /card_?(?:no|num)|卡号/i],
  ['account', /account|acct|iban|账号|账户|帐号/i],
  ['email', /e-?mail|邮箱|邮件/i],
  ['address', /address|addr(?:$|_)|住址|地址|居住/i],
  ['name', /^(?:full_?|first_?|last_?|customer_?|client_?)?name$|姓名|客户名/i],
  ['date', /date|birth|(?:^|_)day(?:$|_)|matur|_on$|_at$|日期|出生|到期|生日/i],
];

/** What a column's name says it holds. */
export function kindOfName(name: string): ColumnKind | undefined {
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0];
}

/** A name that says it identifies the customer in the bank's own systems. */
export function isIdName(name: string): boolean {
  return /^(?:id|(?:customer|client|cust)_?(?:id|no|number))$|客户(?:号|编号|id)/i.test(name);
}
