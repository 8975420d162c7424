/**
 * What the offline page does with a file and the keys that were typed: a fragment of HTML, and whether the receipt holds.
 * The page itself (checker.js, checker.html) only moves texts in and out.
 * @module
 */
import { verifyReceipt } from '../receipt.js';
import type { Language } from '../statements.js';
import { escapeHtml, receiptSection } from './page.js';

export interface Checked {
  readonly holds: boolean;
  readonly html: string;
}

const FAILED = {
  en: 'This receipt does not hold. Nothing in it counts.',
  zh: '本回执未通过核验，其内容均不作数。',
} as const;

/** @param keys - one a line, as the bank and the witnesses published them */
export function checkReceipt(text: string, keys: { readonly log: string; readonly witness: string }, language: Language): Checked {
  const linesOf = (lines: string): string[] =>
    lines
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  try {
    const report = verifyReceipt(text, { logKeys: linesOf(keys.log), witnessKeys: linesOf(keys.witness) });
    return { holds: report.missing.length === 0, html: receiptSection(report, language) };
  } catch (error) {
    const { code = '', message = '' } = error as { readonly code?: string; readonly message?: string };
    return { holds: false, html: `<p><strong>${FAILED[language]}</strong></p><p>${escapeHtml(`${message} ${code}`)}</p>` };
  }
}
