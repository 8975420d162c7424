/**
 * The last screen of the main job, for a bank's manager, in English or Chinese.
 * @module
 */

export interface Report {
  readonly customers: number;
  readonly exports: readonly { vendor: string; campaign: string; rows: number; file: string; sealMs: number }[];
  readonly calls: { readonly placed: number; readonly refused: number };
  readonly refusals: readonly { case: string; code: string; vendorCode: string }[];
  readonly ledger: { readonly size: number; readonly checkpoint: string; readonly verified: boolean };
  readonly trace: { readonly rows: number; readonly named: number };
  readonly seconds: number;
}

export interface Search {
  readonly files: number;
  readonly bytes: number;
  readonly found: number;
}

export interface SampleRow {
  readonly before: string;
  readonly after: string;
}

export type Language = 'en' | 'zh';

/** `zh` when the terminal's locale is Chinese. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  return /^zh/i.test(environment['LC_ALL'] ?? environment['LC_MESSAGES'] ?? environment['LANG'] ?? '') ? 'zh' : 'en';
}

export function summary(language: Language, report: Report, search: Search, sample: SampleRow): string {
  return (language === 'zh' ? chinese : english)(report, search, sample).join('\n');
}

const thousands = (n: number): string => n.toLocaleString('en-US');
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const refusalLines = (report: Report): string[] =>
  report.refusals.map(({ case: name, code, vendorCode }) => `    ${name.padEnd(36)} ${code.padEnd(20)} ${vendorCode}`);

function english(report: Report, search: Search, sample: SampleRow): string[] {
  const big = report.exports.filter(({ rows }) => rows === report.customers);
  return [
    '',
    'What left the bank',
    `  ${big.length} lists of ${thousands(report.customers)} rows, one to each vendor; ${report.exports.length - big.length} small ones.`,
    '  One customer in the bank:',
    `    ${sample.before}`,
    '  The same customer in the list of vendor-a:',
    `    ${sample.after}`,
    '',
    'What did not leave',
    `  Names, phones, accounts, ID numbers, balances: an independent search over ${search.files} files (${megabytes(search.bytes)} MB) of the vendors found ${search.found}.`,
    '',
    'What happened',
    `  ${report.calls.placed} calls were placed through the resolver; the numbers went to the bank's carrier and nowhere else.`,
    `  ${report.refusals.length} attempts were refused:`,
    `    ${'attempt'.padEnd(36)} ${'the bank records'.padEnd(20)} the vendor is told`,
    ...refusalLines(report),
    '',
    'What can be proven',
    `  The ledger holds ${thousands(report.ledger.size)} entries; every hash was recomputed up to the signed checkpoint: ${report.ledger.verified ? 'unchanged' : 'CHANGED'}.`,
    `  ${report.trace.rows} stolen rows were found in a chat; ${report.trace.named} name the list that they come from.`,
    '',
    'Files (demo/)',
    '  bank/          what the bank holds: customers.csv, policy.yaml, the sealed store, the keyring',
    '  vendor-a/      everything that vendor-a ever received: its lists, their manifests, every HTTP answer (transcript.jsonl); and its own key',
    '  vendor-b/      the same for vendor-b',
    '  leak.txt       a chat with five stolen rows in it; trace.json what the bank makes of it',
    '  README.txt     what to try next',
    '',
    `Done in ${report.seconds} s.`,
  ];
}

function chinese(report: Report, search: Search, sample: SampleRow): string[] {
  const big = report.exports.filter(({ rows }) => rows === report.customers);
  return [
    '',
    '离开银行的',
    `  ${big.length} 份名单，每份 ${thousands(report.customers)} 行，每家外呼公司一份；另有 ${report.exports.length - big.length} 份小名单。`,
    '  银行里的一位客户：',
    `    ${sample.before}`,
    '  同一位客户在 vendor-a 的名单里：',
    `    ${sample.after}`,
    '',
    '没有离开银行的',
    `  姓名、电话、账号、身份证号、余额：对外呼公司收到的 ${search.files} 个文件（${megabytes(search.bytes)} MB）另行检索，找到 ${search.found} 处。`,
    '',
    '发生了什么',
    `  经由解析器拨出 ${report.calls.placed} 通电话；号码只到了银行自己的线路。`,
    `  拒绝了 ${report.refusals.length} 次尝试（左：情形；中：银行记录；右：告诉外呼公司的）：`,
    ...refusalLines(report),
    '',
    '能证明什么',
    `  账本共 ${thousands(report.ledger.size)} 条；逐条重算哈希，直到已签名的检查点：${report.ledger.verified ? '未被改动' : '已被改动'}。`,
    `  在一段聊天记录里找到 ${report.trace.rows} 行被盗数据；其中 ${report.trace.named} 行指明了出自哪份名单。`,
    '',
    '文件（demo/）',
    '  bank/          银行所持有的：customers.csv、policy.yaml、密封的数据库、密钥环',
    '  vendor-a/      vendor-a 收到的一切：名单、清单签名、每个 HTTP 应答（transcript.jsonl）；以及它自己的密钥',
    '  vendor-b/      vendor-b 的同上',
    '  leak.txt       混有五行被盗数据的聊天记录；trace.json 是银行的追溯结果',
    '  README.txt     接下来可以试什么',
    '',
    `用时 ${report.seconds} 秒。`,
  ];
}
