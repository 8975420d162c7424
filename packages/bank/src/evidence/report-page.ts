/**
 * A report as CSV, and as one page with charts that needs nothing else: no script, no font, no address.
 * @module
 */
import { csvLine } from '@numbra/files';
import { escapeHtml } from '../campaigns/page/html.js';
import type { Report } from './report.js';

/** A line of every section, in one table: `section,what,purpose,vendor,campaign,count,positions`. */
export function reportCsv(report: Report): string {
  const rows: string[][] = [['section', 'what', 'purpose', 'vendor', 'campaign', 'count', 'positions']];
  const put = (
    section: string,
    what: string,
    count: number,
    positions: string,
    about: Partial<Record<'purpose' | 'vendor' | 'campaign', string>> = {},
  ) => rows.push([section, what, about.purpose ?? '', about.vendor ?? '', about.campaign ?? '', String(count), positions]);
  for (const use of report.uses)
    for (const what of ['authorized', 'placed', 'failed', 'ended', 'outcomes', 'answers', 'handovers'] as const)
      if (use[what] > 0) put('uses', what, use[what], use.positions, use);
  if (report.decoyCalls > 0) put('decoys', 'authorized', report.decoyCalls, '');
  for (const line of report.refusals)
    put('refusals', [line.code, line.rule].filter((text) => text !== '').join(' '), line.count, line.positions, line);
  for (const made of report.exports) {
    put('exports', 'rows', made.rows, made.positions, made);
    for (const figure of ['smallestClass', 'digits', 'linkability', 'certainLinks'] as const)
      if (made[figure] !== undefined) put('exports', figure, made[figure], made.positions, made);
  }
  for (const line of report.openings)
    put('openings', [line.what, line.reason, line.by].filter((text) => text !== '').join(' '), line.count, line.positions);
  for (const line of report.alerts) put('alerts', line.code, line.count, line.positions);
  for (const line of report.deletions) put('deletions', line.at, 1, line.positions, line);
  for (const line of report.overdue) put('overdue', `${line.export} ${line.due}`, 1, line.positions, line);
  for (const line of report.acts) put('acts', line.type, line.count, line.positions);
  return rows.map((row) => `${csvLine(row)}\n`).join('');
}

export type ReportLanguage = 'en' | 'zh';

const WORDS = {
  en: {
    title: 'What was done with customers’ data',
    period: 'Period',
    entries: 'entries read',
    uses: 'Uses by purpose and vendor',
    decoyCalls: 'Calls to the bank’s own lines, which are nobody’s use and left out above',
    refusals: 'Refusals by rule',
    exports: 'Exports and their privacy figures',
    openings: 'References opened and customers looked up',
    alerts: 'Alerts',
    overdue: 'Lists that vendors should have deleted and have not stated to',
    deletions: 'Deletions that vendors stated over their signature',
    acts: 'Everything else',
    none: 'None.',
    how: 'Each line names the ledger positions that support it. Look them up with an audit grant, verify the ledger against the checkpoint below, and make the same report.',
    limits: 'Not shown: what was done outside of this system, and what a vendor did with a list after it left.',
  },
  zh: {
    title: '客户数据的使用情况',
    period: '期间',
    entries: '条记录',
    uses: '按用途与合作方统计的使用',
    decoyCalls: '拨往本行自有号码的通话（不属于任何客户，未计入上表）',
    refusals: '按规则统计的拒绝',
    exports: '导出及其隐私指标',
    openings: '还原引用与查询客户',
    alerts: '警报',
    overdue: '合作方应删除而未声明删除的名单',
    deletions: '合作方签名声明的删除',
    acts: '其他事项',
    none: '无。',
    how: '每一行都注明支持它的账本位置。可凭审计授权查阅，对照下方检查点验证账本，并得出同样的报告。',
    limits: '未包括：本系统之外的行为，以及名单交付后合作方的行为。',
  },
} as const;

/** The page: tables, and bars drawn as inline SVG. */
export function reportPage(report: Report, language: ReportLanguage = 'en'): string {
  const words = WORDS[language];
  const section = (name: keyof typeof WORDS.en, lines: readonly object[], values: readonly Bar[] = []): string =>
    `<section><h2>${words[name]}</h2>${lines.length === 0 ? `<p>${words.none}</p>` : bars(values, words[name]) + table(lines, language)}</section>`;
  const body = [
    `<h1>${words.title}</h1>`,
    `<p>${escapeHtml(report.bank)} · ${words.period} ${escapeHtml(report.from)} – ${escapeHtml(report.to)} · ${report.size} ${words.entries}</p>`,
    `<p>${words.how} ${words.limits}</p>`,
    section(
      'uses',
      report.uses,
      report.uses.map((use) => [`${use.purpose} · ${use.vendor}`, use.authorized + use.answers + use.handovers]),
    ),
    ...(report.decoyCalls > 0 ? [`<p>${words.decoyCalls}: ${report.decoyCalls}.</p>`] : []),
    section(
      'refusals',
      report.refusals,
      report.refusals.map((line) => [line.code, line.count]),
    ),
    section(
      'exports',
      report.exports,
      report.exports.map((made) => [`${made.campaign} · ${made.vendor}`, made.rows]),
    ),
    section('openings', report.openings),
    section(
      'alerts',
      report.alerts,
      report.alerts.map((line) => [line.code, line.count]),
    ),
    section('overdue', report.overdue),
    section('deletions', report.deletions),
    section('acts', report.acts),
    `<pre>${escapeHtml(report.checkpoint)}</pre>`,
  ].join('\n');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${words.title} · ${escapeHtml(report.bank)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem}svg{max-width:100%;height:auto}section{break-inside:avoid-page}`;

/** Headings, by the members of a report's lines. */
const COLUMNS: Readonly<Record<string, Readonly<Record<ReportLanguage, string>>>> = {
  purpose: { en: 'purpose', zh: '用途' },
  vendor: { en: 'vendor', zh: '合作方' },
  campaign: { en: 'campaign', zh: '活动' },
  export: { en: 'export', zh: '导出' },
  authorized: { en: 'calls allowed', zh: '允许通话' },
  placed: { en: 'placed', zh: '已拨出' },
  failed: { en: 'failed', zh: '未拨出' },
  ended: { en: 'ended', zh: '已结束' },
  outcomes: { en: 'outcomes', zh: '结果登记' },
  answers: { en: 'answers', zh: '是否回答' },
  handovers: { en: 'handovers', zh: '移交' },
  code: { en: 'code', zh: '代码' },
  rule: { en: 'rule', zh: '规则' },
  count: { en: 'count', zh: '次数' },
  rows: { en: 'rows', zh: '行数' },
  at: { en: 'at', zh: '时间' },
  smallestClass: { en: 'smallest class', zh: '最小等价类' },
  digits: { en: 'digits shown', zh: '显示位数' },
  linkability: { en: 'linkability', zh: '可关联度' },
  certainLinks: { en: 'certain links', zh: '确定关联' },
  what: { en: 'what', zh: '事项' },
  reason: { en: 'reason', zh: '理由' },
  by: { en: 'by', zh: '经办人' },
  due: { en: 'due', zh: '应删除日期' },
  type: { en: 'type', zh: '类型' },
  positions: { en: 'positions', zh: '账本位置' },
};

/** The shown part of long texts of positions; JSON and CSV have all. */
const LONGEST_CELL = 120;

function table(lines: readonly object[], language: ReportLanguage): string {
  const columns = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  const head = columns.map((name) => `<th scope="col">${escapeHtml(COLUMNS[name]?.[language] ?? name)}</th>`).join('');
  const rows = lines.map(
    (line) => `<tr>${columns.map((name) => `<td>${escapeHtml(cell((line as Record<string, unknown>)[name]))}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function cell(value: unknown): string {
  const text = value === undefined ? '' : String(value);
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}

const BAR_HEIGHT = 22;
const MOST_BARS = 20;

/** A name and its value. */
type Bar = readonly [string, number];

/** Horizontal bars with their names and values, largest first. */
function bars(values: readonly Bar[], title: string): string {
  if (values.length === 0) return '';
  const sums = new Map<string, number>();
  for (const [name, value] of values) sums.set(name, (sums.get(name) ?? 0) + value);
  const shown = [...sums].sort((a, b) => b[1] - a[1]).slice(0, MOST_BARS);
  const most = Math.max(1, ...shown.map(([, value]) => value));
  const rows = shown.map(([name, value], i) => {
    const y = i * BAR_HEIGHT;
    const width = Math.max(1, Math.round((360 * value) / most));
    return `<text x="0" y="${y + 15}">${escapeHtml(name)}</text><rect x="330" y="${y + 3}" width="${width}" height="15" fill="#2f6f9f"/><text x="${336 + width}" y="${y + 15}">${value}</text>`;
  });
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 780 ${shown.length * BAR_HEIGHT}" width="780" font-size="13" font-family="system-ui,sans-serif">${rows.join('')}</svg>`;
}
