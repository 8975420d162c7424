/**
 * A scan as a first policy: fields with their classes, bands of numbers, and one purpose that releases none of them until somebody says so.
 * @module
 */
import { parseName } from '@numbra/core';
import { fail } from '../errors.js';
import type { ScannedColumn, ScanReport } from './scan.js';

const FIELD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * The YAML of a policy that loads as it is.
 *
 * @param bank - the bank's name
 * @throws `ERR_BANK_NAME`
 */
export function proposePolicy(report: ScanReport, { bank }: { readonly bank: string }): string {
  if (parseName(bank) === undefined) throw fail('ERR_BANK_NAME');
  const named = report.columns.map((column, i) => ({
    ...column,
    field: FIELD_NAME.test(column.column) ? column.column : `column_${i + 1}`,
  }));
  const bands = named.filter(({ release }) => release === 'band');
  return [
    '# Proposed from a scan: read every line. Check it: numbra policy check policy.yaml',
    'numbra: 1',
    `bank: ${bank}`,
    'time_zone: Asia/Shanghai',
    '',
    '# Classes after JR/T 0171-2020. Nothing of class C3 can ever be released.',
    'fields:',
    ...named.map(
      (column) =>
        `  ${column.field}: { class: ${column.class}${kindOf(column)}${titleOf(column)} }  # ${column.kind}, by its ${column.by}, ${column.filled} of ${report.rows} filled`,
    ),
    ...(bands.length === 0
      ? []
      : [
          '',
          '# Quarters of what the file holds. A band leaves only where its smallest class has k rows.',
          'bands:',
          ...bands.map(({ field, edges = [] }) => `  ${field}_band: { field: ${field}, edges: [${edges.join(', ')}], k: 20 }`),
        ]),
    '',
    'purposes:',
    '  marketing.insurance.term-life:',
    '    legal_basis: consent',
    '    consent: marketing.insurance',
    '    recipients: [vendor-a]',
    '    release:',
    '      reference: true',
    '      dial: true',
    '      mask: { k: 20, max_digits: 2 }',
    '      bands: []',
    '    window: { days: [mo, tu, we, th, fr], from: "09:00", to: "20:00" }',
    '    caps:',
    '      per_customer: { campaign: 2, all_vendors: { calls: 1, days: 60 } }',
    '      per_agent_per_hour: 40',
    '      concurrent: 50',
    '',
  ].join('\n');
}

const kindOf = ({ kind }: ScannedColumn): string => (kind === 'number' || kind === 'date' ? `, kind: ${kind}` : '');
const titleOf = ({ column }: ScannedColumn): string => (FIELD_NAME.test(column) ? '' : `, title: ${JSON.stringify(column.slice(0, 80))}`);
