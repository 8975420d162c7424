/**
 * A checked receipt as HTML, in English, Chinese or both: for the customer to read and print. No script, no font, no address.
 * Shows what `verifyReceipt` returned and nothing that it did not prove.
 * @module
 */

import type { ReceiptReport, VerifiedUse } from '../receipt.js';
import type { OpenUse } from '../receipt-file.js';
import { type Language, signatureLine, statements } from '../statements.js';
import { entryWords, fieldWords, pageWords, stepWords } from './words.js';

export interface ReceiptPageOptions {
  /** Both, Chinese first, when absent. */
  readonly languages?: readonly Language[];
  /** SHA-256 of the file, hex: ties the page to it. */
  readonly fileDigest?: string;
}

const LANGUAGES: readonly Language[] = ['zh', 'en'];
const TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };

/** A page of its own. */
export function receiptPage(report: ReceiptReport, { languages = LANGUAGES, fileDigest }: ReceiptPageOptions = {}): string {
  const [first = 'en'] = languages;
  return `<!doctype html>
<html lang="${TAGS[first]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${languages.map((language) => pageWords.title[language]).join(' · ')}</title>
<style>${receiptStyle}</style>
</head>
<body>
${languages.map((language) => receiptSection(report, language, fileDigest)).join('\n')}
</body>
</html>
`;
}

/** One language's part, to put into a page. Everything out of the receipt is escaped. */
export function receiptSection(report: ReceiptReport, language: Language, fileDigest?: string): string {
  const word = (name: keyof typeof pageWords): string => escapeHtml(pageWords[name][language]);
  const list = (codes: ReceiptReport['guaranteed']): string =>
    `<ul>${codes.map((code) => `<li>${escapeHtml(statements[code][language])}</li>`).join('')}</ul>`;
  const witnesses = report.cosignedBy.map(({ name }) => name);
  const times = report.cosignedBy.flatMap(({ name, timeSeconds }) =>
    timeSeconds === undefined ? [] : [`${escapeHtml(name)}: ${word('cosignedAt')} ${new Date(timeSeconds * 1_000).toISOString()}`],
  );
  const missing = report.missing.length === 0 ? '' : `<p><strong>${word('missing')}: ${report.missing.join(', ')}</strong></p>`;
  return `<article lang="${TAGS[language]}">
<h1>${word('title')}</h1>
<p><strong>${escapeHtml(signatureLine(report.signedBy.name, witnesses, language))}</strong></p>
<p>${word('ledger')} ${escapeHtml(report.origin)}, ${report.size} ${word('entries')}${times.map((time) => `<br>${time}`).join('')}</p>
${missing}${usesTable(report, language)}
<h2>${word('proven')}</h2>${list(report.guaranteed)}
<h2>${word('unproven')}</h2>${list(report.notGuaranteed)}
<p>${word('check')} ${word('secret')}</p>${fileDigest === undefined ? '' : `<p>${word('file')}: <code>${escapeHtml(fileDigest)}</code></p>`}
</article>`;
}

function usesTable({ uses, open }: ReceiptReport, language: Language): string {
  if (uses.length + open.length === 0) return `<p>${escapeHtml(pageWords.none[language])}</p>`;
  const head = (['when', 'what', 'details', 'position'] as const).map(
    (name) => `<th scope="col">${escapeHtml(pageWords[name][language])}</th>`,
  );
  const rows = [...uses, ...open].sort((a, b) => a.n - b.n).map((use) => ('open' in use ? openRow(use, language) : useRow(use, language)));
  return `<table><thead><tr><th scope="col">n</th>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const openRow = ({ n, open }: OpenUse, language: Language): string =>
  `<tr><td>${n}</td><td></td><td>${escapeHtml(pageWords.open[language])}</td><td>${escapeHtml(open)}</td><td></td></tr>`;

function useRow({ n, index, entry, rowText }: VerifiedUse, language: Language): string {
  const details = Object.entries(fieldWords).flatMap(([name, words]) => {
    const value = (entry as unknown as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? [] : [`<dt>${escapeHtml(words[language])}</dt><dd>${escapeHtml(valueText(name, value, language))}</dd>`];
  });
  if (rowText !== undefined)
    details.push(`<dt>${escapeHtml(pageWords.released[language])}</dt><dd><code>${escapeHtml(rowText)}</code></dd>`);
  const what = entryWords[entry.type]?.[language] ?? entry.type;
  return `<tr><td>${n}</td><td>${escapeHtml(entry.at)}</td><td>${escapeHtml(what)}</td><td><dl>${details.join('')}</dl></td><td>${index}</td></tr>`;
}

/** Steps in words; other values as the entry has them, which whoever compares the two finds again. */
function valueText(field: string, value: unknown, language: Language): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return field === 'step' && Object.hasOwn(stepWords, text) ? (stepWords[text]?.[language] ?? text) : text;
}

/** Of both pages: on paper too. */
export const receiptStyle = `body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem}article+article{margin-top:4rem;break-before:page}
table{border-collapse:collapse;width:100%;font-size:.85rem}thead{display:table-header-group}tr{break-inside:avoid}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:anywhere}
dl{margin:0;display:grid;grid-template-columns:max-content 1fr;gap:0 .6rem}dt{color:#555}dd{margin:0}code{overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:11px}.no-print{display:none}}`;

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
