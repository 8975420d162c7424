/**
 * The words of an export's page, in English and Chinese.
 * @module
 */

export type PageLanguage = 'en' | 'zh';

export const pageLanguages: readonly PageLanguage[] = ['en', 'zh'];

export interface PageWords {
  readonly tag: string;
  readonly title: (campaign: string) => string;
  readonly made: string;
  readonly preview: string;
  readonly undelivered: string;
  readonly facts: Readonly<Record<'bank' | 'campaign' | 'vendor' | 'purpose' | 'export' | 'policy' | 'at', string>>;
  readonly leaves: string;
  readonly column: string;
  readonly holds: string;
  readonly columns: Readonly<Record<'reference' | 'dial_token' | 'masked_phone' | 'numeric_token', string>>;
  readonly band: string;
  readonly maskShows: (digits: string) => string;
  readonly rows: Readonly<Record<'rows' | 'added' | 'removed' | 'waiting', string>>;
  readonly noReason: string;
  readonly reveals: string;
  readonly measure: string;
  readonly found: string;
  readonly bound: string;
  readonly lastTime: string;
  readonly comparedWith: (campaign: string, at: string) => string;
  readonly nothingBefore: string;
  readonly measures: Readonly<
    Record<
      | 'k'
      | 'asked'
      | 'below'
      | 'unique'
      | 'commonMask'
      | 'l'
      | 'shared'
      | 'digits'
      | 'costDigits'
      | 'costBands'
      | 'costRows'
      | 'most'
      | 'certain'
      | 'criterion'
      | 'criterionAtMost'
      | 'padding'
      | 'unpadded'
      | 'linked'
      | 'certainLinks'
      | 'own'
      | 'days',
      readonly [name: string, meaning: string]
    >
  >;
  readonly atLeast: (value: string) => string;
  readonly atMost: (value: string) => string;
  readonly charts: Readonly<Record<'classes' | 'alone' | 'links' | 'presence' | 'batches', string>>;
  readonly bars: Readonly<Record<'asked' | 'common' | 'now' | 'last' | 'criterion' | 'most' | 'least', string>>;
  readonly noOthers: string;
  readonly remains: string;
  readonly remaining: readonly string[];
}

const en: PageWords = {
  tag: 'en',
  title: (campaign) => `Export of campaign ${campaign}`,
  made: 'This list was made and recorded.',
  preview: 'This list has not left. It was measured as it would be exported now.',
  undelivered: 'This list was recorded, and its file never got its name: nothing was handed over under it.',
  facts: { bank: 'Bank', campaign: 'Campaign', vendor: 'Vendor', purpose: 'Purpose', export: 'Export', policy: 'Policy', at: 'Time' },
  leaves: 'What leaves',
  column: 'Column',
  holds: 'What it holds',
  columns: {
    reference: 'A reference: a pseudonym of the customer that belongs to this campaign alone.',
    dial_token: 'A dial token: the number, encrypted. It opens for this vendor, purpose and campaign only, at the bank.',
    masked_phone: 'A masked phone.',
    numeric_token: 'A numeric dial token: fifteen digits that stand for the row. No number is in it.',
  },
  band: 'A band: an interval, never the value. An empty cell is a value that is not known.',
  maskShows: (digits) => `It shows the last digits of the number, this many: ${digits}.`,
  rows: {
    rows: 'Rows in the file',
    added: 'Rows that no earlier export delivered',
    removed: 'Rows that left the list with it',
    waiting: 'Rows that wait for their day',
  },
  noReason: 'A removal carries no reason, and a day of release is drawn at random. No name, full number, account, ID or amount leaves.',
  reveals: 'What it could reveal',
  measure: 'Measure',
  found: 'Found',
  bound: 'Bound',
  lastTime: 'Last time',
  comparedWith: (campaign, at) => `Last time: campaign ${campaign}, ${at}.`,
  nothingBefore: 'There is no earlier export of this vendor to compare with.',
  measures: {
    k: ['Smallest class', 'Rows that look exactly alike (mask, bands, day of release): a row is one of at least this many.'],
    asked: ['Smallest class before', 'The same, had the list shown the most that the policy allows.'],
    below: ['Rows below the bound before', 'Rows that would have stood in classes smaller than the bound.'],
    unique: ['Rows that looked like no other before', 'Each would have been somebody’s for whoever knew the last digits and the bands.'],
    commonMask: [
      'Rows that the mask 138****5678 would single out',
      'It leaves seven digits, on which two vendors could join their lists. This list does not show them.',
    ],
    l: ['Different values in the poorest class', 'Exact values of a banded attribute among rows that look alike.'],
    shared: ['Masks that tell the band', 'Last digits behind which all rows share one band: who knows them knows the band.'],
    digits: ['Last digits shown', ''],
    costDigits: ['Digits given up', 'Of those that the policy allows.'],
    costBands: ['Coarser bands', 'Mean share of its range that a label now spans; 100 % is a band left out.'],
    costRows: ['Customers left out', 'So that the others keep their bands.'],
    most: ['Greatest probability of being listed', 'For somebody who knows only what a list shows of a customer of the bank.'],
    certain: ['Customers certainly listed', 'All who look like them are.'],
    criterion: [
      'Being listed means meeting the criterion',
      'With this probability. What selected the customers is told by being on the list.',
    ],
    criterionAtMost: ['The same, at most', 'Of somebody whose row looks like those that hold the fewest from outside.'],
    padding: ['Rows from outside the criterion', 'They have consented and are called like all others.'],
    unpadded: ['Customers left out for want of padding', 'Too few outside the criterion could be called to hide them among.'],
    linked: [
      'Common customers linked rightly',
      'Expected share, had this vendor and the other put their lists side by side: the worst of each list and of all together.',
    ],
    certainLinks: ['Links that are no guess', ''],
    own: ['The same with the vendor’s own earlier lists', 'Stated, not bounded: who calls a customer twice learns it by talking.'],
    days: ['Days of release', 'Rows come in daily batches drawn at random.'],
  },
  atLeast: (value) => `at least ${value}`,
  atMost: (value) => `at most ${value}`,
  charts: {
    classes: 'Rows in the smallest class',
    alone: 'Rows that look like no other',
    links: 'Common customers another recipient would link rightly, expected',
    presence: 'How much it tells to be on the list',
    batches: 'Rows by day of release',
  },
  bars: {
    asked: 'had it shown the most',
    common: 'the mask 138****5678',
    now: 'this list',
    last: 'last time',
    criterion: 'meets the criterion',
    most: 'listed, at most',
    least: 'listed, at least',
  },
  noOthers: 'No other recipient holds a list.',
  remains: 'What remains',
  remaining: [
    'Lists at rest are measured here, not what people tell on the phone: once two vendors talk to a customer, each learns what the customer says, and whom they called.',
    'Being on the list tells the criterion, with the probability above. Neither campaign name nor purpose may say it.',
    'A day of release tells nothing by itself. The first day of the list as a whole still follows the selection: it should not be the day of an event.',
    'A selection by name can follow a date that the bank does not see here. Then nothing on this page speaks of it.',
    'The measures speak of what the list shows. Somebody who already has the bank’s own data, or the numbers by another way, is not stopped by them.',
    'A reference is a pseudonym and a dial token is encrypted personal data: both stay personal data.',
  ],
};

const zh: PageWords = {
  tag: 'zh-CN',
  title: (campaign) => `活动 ${campaign} 的名单导出`,
  made: '名单已生成并记录在案。',
  preview: '名单尚未离开银行。以下为此刻导出时的测量结果。',
  undelivered: '名单已记录，但文件未完成交付：没有以此名义交出任何内容。',
  facts: { bank: '银行', campaign: '活动', vendor: '合作方', purpose: '目的', export: '导出编号', policy: '策略', at: '时间' },
  leaves: '离开银行的内容',
  column: '列',
  holds: '内容',
  columns: {
    reference: '引用：客户的假名，仅在本活动内有效。',
    dial_token: '拨号令牌：加密后的号码。只能由银行针对本合作方、本目的、本活动解开。',
    masked_phone: '掩码号码。',
    numeric_token: '数字拨号令牌：十五位数字，仅代表行号，其中不含号码。',
  },
  band: '区间：只给出范围，不给出数值。空白表示数值未知。',
  maskShows: (digits) => `显示号码末尾的位数：${digits}。`,
  rows: { rows: '文件行数', added: '首次交付的行数', removed: '随本次导出移出的行数', waiting: '尚未到发放日的行数' },
  noReason: '移出不附原因，发放日为随机抽取。姓名、完整号码、账号、证件号、金额均不离开银行。',
  reveals: '可能泄露的信息',
  measure: '指标',
  found: '结果',
  bound: '界限',
  lastTime: '上一次',
  comparedWith: (campaign, at) => `上一次：活动 ${campaign}，${at}。`,
  nothingBefore: '该合作方此前没有可比较的导出。',
  measures: {
    k: ['最小类', '外观完全相同（掩码、区间、发放日）的行数：每一行至少与这么多行无法区分。'],
    asked: ['处理前的最小类', '若按策略允许的上限展示，最小类的行数。'],
    below: ['处理前低于界限的行', '会落在小于界限的类中的行数。'],
    unique: ['处理前独一无二的行', '知道末尾数字和区间的人可以直接认出的行数。'],
    commonMask: ['掩码 138****5678 会单独暴露的行', '该掩码留下七位数字，两家合作方可据此拼接名单。本名单不显示这些数字。'],
    l: ['最贫乏类中的不同数值', '外观相同的行中，分段属性的精确数值有多少种。'],
    shared: ['泄露区间的掩码', '同一末尾数字的所有行同属一个区间：知道数字即知道区间。'],
    digits: ['显示的末尾位数', ''],
    costDigits: ['放弃的位数', '相对于策略允许的位数。'],
    costBands: ['变粗的区间', '一个标签平均覆盖全范围的比例；100 % 表示该列被去掉。'],
    costRows: ['被略去的客户', '为使其他客户保留区间。'],
    most: ['在名单上的最大概率', '对于只知道名单所示信息的人。'],
    certain: ['必定在名单上的客户', '与其外观相同的客户全部在名单上。'],
    criterion: ['在名单上即符合筛选条件', '其概率如左。筛选条件会因客户在名单上而透露。'],
    criterionAtMost: ['同上，至多', '对于外观与条件之外的行最少的那一类相同的客户。'],
    padding: ['条件之外的行', '他们同样已给出同意，同样会被呼叫。'],
    unpadded: ['因填充不足而略去的客户', '条件之外可呼叫的客户太少，不足以掩护他们。'],
    linked: ['被正确关联的共同客户', '若本合作方与另一接收方比对名单的期望比例：取逐份名单与全部名单合并后的最差值。'],
    certainLinks: ['确定的关联', ''],
    own: ['与该合作方自己以往名单相比', '只陈述，不设界限：两次呼叫同一客户的人通过交谈即可得知。'],
    days: ['发放天数', '各行按随机抽取的日期分批发放。'],
  },
  atLeast: (value) => `至少 ${value}`,
  atMost: (value) => `至多 ${value}`,
  charts: {
    classes: '最小类的行数',
    alone: '独一无二的行',
    links: '其他接收方可正确关联的共同客户（期望）',
    presence: '在名单上这一事实透露多少',
    batches: '按发放日的行数',
  },
  bars: {
    asked: '若展示上限',
    common: '掩码 138****5678',
    now: '本名单',
    last: '上一次',
    criterion: '符合条件',
    most: '在名单上，至多',
    least: '在名单上，至少',
  },
  noOthers: '没有其他接收方持有名单。',
  remains: '仍然存在的风险',
  remaining: [
    '此处测量的是静态名单，而不是人们在电话里说的话：一旦两家合作方与同一客户通话，各自都会知道客户所说的内容以及呼叫了谁。',
    '在名单上这一事实会透露筛选条件，概率见上。活动名称与目的都不得写出条件。',
    '单个发放日本身不透露任何信息。但整份名单的首日仍随筛选而定，不应选在事件当日。',
    '按客户编号指定的筛选可能依据银行在此看不到的日期；本页对此无从说明。',
    '这些指标只针对名单所示内容。已掌握银行自身数据或通过其他途径得到号码的人不受其限制。',
    '引用是假名，拨号令牌是加密的个人信息：两者仍属于个人信息。',
  ],
};

export const pageWords: Readonly<Record<PageLanguage, PageWords>> = { en, zh };
