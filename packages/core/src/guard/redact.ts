/**
 * Takes findings out of a text. What stays says what was there, not what it said.
 * @module
 */
import { type Finding, settleFindings } from './finding.js';

/**
 * Replaces each finding by its kind in brackets: `[phone]`.
 *
 * @param findings - of this very text
 */
export function redact(text: string, findings: readonly Finding[]): string {
  let redacted = '';
  let from = 0;
  for (const { kind, start, end } of settleFindings(findings)) {
    redacted += `${text.slice(from, start)}[${kind}]`;
    from = end;
  }
  return redacted + text.slice(from);
}
