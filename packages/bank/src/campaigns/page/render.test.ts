import { describe, expect, it } from 'vitest';
import { barChart } from './charts.js';
import { html } from './html.js';
import type { PageData } from './page-data.js';
import { renderExportPage } from './render.js';

const data: PageData = {
  bank: 'demo-bank',
  campaign: 'c-1',
  vendor: 'vendor-a',
  purpose: 'marketing.insurance',
  policy: 'sha256:00',
  at: new Date('2026-11-25T08:00:00Z'),
  timeZone: 'Asia/Shanghai',
  columns: ['reference', 'dial_token', 'masked_phone'],
  measures: {},
  batches: [],
  rows: 1,
  added: 1,
  removed: 0,
  waiting: 0,
};

describe('html', () => {
  it('escapes what is put in, and not twice', () => {
    const cell = html`<td title="${'"><script>'}">${'<b>&'}</td>`;
    expect(String(html`<tr>${[cell, cell]}</tr>`)).toBe(
      '<tr><td title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</td><td title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</td></tr>',
    );
  });
});

describe('a page', () => {
  it('escapes names, columns and labels wherever they stand', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const linkability = [{ recipient: evil, worst: { expected: 1, certain: 1, common: 1 }, union: { expected: 1, certain: 1, common: 1 } }];
    const page = renderExportPage(
      { ...data, bank: evil, campaign: evil, purpose: evil, columns: [evil], measures: { linkability }, batches: [{ day: evil, rows: 1 }] },
      'en',
    );
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('is made of an export whose measures are of an earlier release', () => {
    for (const language of ['en', 'zh'] as const) {
      const page = renderExportPage({ ...data, measures: { digits: 2 } }, language);
      expect(page).toContain('</html>');
      expect(page).not.toMatch(/undefined|NaN/);
    }
  });

  it('marks a value that is over its bound', () => {
    const measures = { k: { required: 20, smallest: 7, classes: 3 }, digits: 1, bands: [] };
    expect(renderExportPage({ ...data, measures }, 'en')).toContain('<td class="n over">7</td>');
    expect(renderExportPage({ ...data, measures: { ...measures, k: { ...measures.k, smallest: 20 } } }, 'en')).not.toContain('n over');
  });
});

describe('a chart', () => {
  it('draws the greatest value at full length, nothing under it longer, and says every number beside its bar', () => {
    const bars = [3, 0, 12].map((value) => ({ label: `l${value}`, value, shown: `${value} rows`, good: value > 2 }));
    const drawn = String(barChart({ title: 't', bars, bound: { value: 6, label: 'at least 6' } }));
    const widths = [...drawn.matchAll(/<rect class="(good|bad)" x="200" y="\d+" width="(\d+)"/g)].map(([, , width]) => Number(width));
    expect(widths).toEqual([88, 1, 350]);
    for (const { shown } of bars) expect(drawn).toContain(shown);
    expect(drawn).toContain('class="bad"');
  });
});
