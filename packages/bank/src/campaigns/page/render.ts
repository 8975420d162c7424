/**
 * The page of an export, for whoever approves it: one HTML file without a script, a request or a font from elsewhere. It says what leaves,
 * what that could reveal, what it cost to keep the bounds, and how the list compares with the one before.
 * @module
 */
import type { Measures } from '../measure.js';
import { type Bar, barChart } from './charts.js';
import { Html, html } from './html.js';
import type { PageData } from './page-data.js';
import { type PageLanguage, type PageWords, pageWords } from './words.js';

/** Renders the page. */
export function renderExportPage(data: PageData, language: PageLanguage): string {
  const words = pageWords[language];
  const show = formats(words.tag, data.timeZone);
  const title = words.title(data.campaign);
  const state = data.export === undefined ? words.preview : data.undelivered === true ? words.undelivered : words.made;
  return `<!doctype html>\n${html`<html lang="${words.tag}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Html(STYLE)}</style></head>
<body><main><h1>${title}</h1><p class="state">${state}</p>${facts(data, words, show)}
<h2>${words.leaves}</h2>${columns(data, words)}${rows(data, words, show)}<p>${words.noReason}</p>
<h2>${words.reveals}</h2><p>${data.last === undefined ? words.nothingBefore : words.comparedWith(data.last.campaign, show.time(data.last.at))}</p>${measures(data, words, show)}
${charts(data, words, show)}
<h2>${words.remains}</h2><ul>${words.remaining.map((sentence) => html`<li>${sentence}</li>`)}</ul></main></body></html>`}\n`;
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:1rem}main{max-width:54rem;margin:auto}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #8886}td.n{white-space:nowrap;font-variant-numeric:tabular-nums}
td:first-child code{white-space:nowrap}table+table{margin-top:1rem}td small{display:block;opacity:.75}.state{font-weight:600}.over{font-weight:700}code{overflow-wrap:anywhere}figure{margin:1.5rem 0}figcaption{font-weight:600}
svg text{font:13px system-ui,sans-serif;fill:currentColor}rect.good{fill:#2a7f62}rect.bad{fill:#b3432b}line.bound{stroke:currentColor;stroke-dasharray:4 3}`;

interface Formats {
  count(value: number): string;
  share(value: number): string;
  time(value: Date): string;
}

function formats(tag: string, timeZone: string): Formats {
  const counts = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const shares = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const times = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return { count: (value) => counts.format(value), share: (value) => shares.format(value), time: (value) => times.format(value) };
}

function facts(data: PageData, { facts: names }: PageWords, show: Formats): Html {
  const { bank, campaign, vendor, purpose, policy } = data;
  const all = [
    [names.bank, bank],
    [names.campaign, campaign],
    [names.vendor, vendor],
    [names.purpose, purpose],
    ...(data.export === undefined ? [] : [[names.export, data.export] as const]),
    [names.at, `${show.time(data.at)} (${data.timeZone})`],
    [names.policy, policy],
  ] as const;
  return html`<table>${all.map(([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`)}</table>`;
}

function columns(data: PageData, words: PageWords): Html {
  const meaning = (column: string) =>
    Object.hasOwn(words.columns, column) ? words.columns[column as keyof PageWords['columns']] : words.band;
  const all = data.columns.map((column) => {
    const digits = column === 'masked_phone' ? html` ${words.maskShows(String(data.measures.digits ?? 0))}` : '';
    return html`<tr><td><code>${column}</code></td><td>${meaning(column)}${digits}</td></tr>`;
  });
  return html`<table><tr><th scope="col">${words.column}</th><th scope="col">${words.holds}</th></tr>${all}</table>`;
}

function rows(data: PageData, words: PageWords, show: Formats): Html {
  const line = (name: keyof PageWords['rows']) =>
    html`<tr><td>${words.rows[name]}</td><td class="n">${show.count(data[name])}</td><td class="n">${data.last === undefined ? '' : show.count(data.last[name])}</td></tr>`;
  return html`<table><tr><th scope="col"></th><th scope="col">${words.found}</th><th scope="col">${data.last === undefined ? '' : words.lastTime}</th></tr>${[line('rows'), line('added'), line('removed'), line('waiting')]}</table>`;
}

type Name = keyof PageWords['measures'];

/** One line of the table: found now and last time, and the bound. */
interface Line {
  readonly name: Name;
  readonly of: (measures: Partial<Measures>) => number | undefined;
  readonly as: 'count' | 'share';
  readonly least?: (measures: Partial<Measures>) => number | undefined;
  readonly most?: (measures: Partial<Measures>) => number | undefined;
}

const linksOf = ({ linkability = [] }: Partial<Measures>) => linkability.flatMap(({ worst, union }) => [worst, union]);
const greatest = (values: readonly number[]) => (values.length === 0 ? undefined : Math.max(...values));
const hasBands = ({ bands = [] }: Partial<Measures>) => bands.length > 0;

const LINES: readonly Line[] = [
  {
    name: 'k',
    of: ({ k }) => k?.smallest,
    as: 'count',
    least: (measures) => (showsSomething(measures) ? measures.k?.required : undefined),
  },
  { name: 'asked', of: ({ asked }) => asked?.smallest, as: 'count' },
  { name: 'below', of: ({ asked }) => asked?.below, as: 'count' },
  { name: 'unique', of: ({ asked }) => asked?.unique, as: 'count' },
  { name: 'commonMask', of: ({ commonMask }) => commonMask?.unique, as: 'share' },
  {
    name: 'l',
    of: (measures) => (hasBands(measures) ? measures.l?.smallest : undefined),
    as: 'count',
    least: ({ l }) => (l?.required === 1 ? undefined : l?.required),
  },
  { name: 'shared', of: (measures) => (hasBands(measures) ? measures.l?.shared : undefined), as: 'count' },
  { name: 'digits', of: ({ digits }) => digits, as: 'count' },
  { name: 'costDigits', of: ({ cost }) => cost?.digits, as: 'count' },
  { name: 'costBands', of: ({ cost }) => greatest(Object.values(cost?.bands ?? {})), as: 'share' },
  { name: 'costRows', of: ({ cost }) => cost?.suppressedRows, as: 'count' },
  { name: 'most', of: ({ presence }) => presence?.most, as: 'share' },
  { name: 'certain', of: ({ presence }) => presence?.certain, as: 'count' },
  { name: 'criterion', of: ({ presence }) => presence?.criterion, as: 'share' },
  { name: 'criterionAtMost', of: ({ presence }) => presence?.criterionAtMost, as: 'share' },
  { name: 'padding', of: ({ presence }) => presence?.padding, as: 'count' },
  { name: 'unpadded', of: ({ presence }) => presence?.unpadded, as: 'count' },
  {
    name: 'linked',
    of: (measures) => greatest(linksOf(measures).map(({ expected }) => expected)),
    as: 'share',
    most: ({ linkabilityBounds }) => linkabilityBounds?.expected,
  },
  {
    name: 'certainLinks',
    of: (measures) => greatest(linksOf(measures).map(({ certain }) => certain)),
    as: 'count',
    most: ({ linkabilityBounds }) => linkabilityBounds?.certain,
  },
  { name: 'own', of: ({ own }) => own && Math.max(own.worst.expected, own.union.expected), as: 'share' },
  { name: 'days', of: ({ days }) => days, as: 'count' },
];

/** A list of nothing but tokens is one class, however short it is, and no bound is asked of it. */
function showsSomething({ digits = 0, bands = [] }: Partial<Measures>): boolean {
  return digits > 0 || bands.length > 0;
}

function measures({ measures: now, last }: PageData, words: PageWords, show: Formats): Html {
  const lines = LINES.flatMap(({ name, of, as, least, most }) => {
    const found = of(now);
    if (found === undefined) return [];
    const [floor, ceiling] = [least?.(now), most?.(now)];
    const over = (floor !== undefined && found < floor) || (ceiling !== undefined && found > ceiling * (1 + 1e-12));
    const bound = floor !== undefined ? words.atLeast(show[as](floor)) : ceiling !== undefined ? words.atMost(show[as](ceiling)) : '';
    const before = last && of(last.measures);
    const [title, meaning] = words.measures[name];
    return html`<tr><td>${title}${meaning === '' ? '' : html`<small>${meaning}</small>`}</td><td class="n${over ? ' over' : ''}">${show[as](found)}</td><td class="n">${bound}</td><td class="n">${before === undefined ? '' : show[as](before)}</td></tr>`;
  });
  return html`<table><tr><th scope="col">${words.measure}</th><th scope="col">${words.found}</th><th scope="col">${words.bound}</th><th scope="col">${last === undefined ? '' : words.lastTime}</th></tr>${lines}</table>`;
}

function charts({ measures: now, last, batches, added, at, timeZone }: PageData, words: PageWords, show: Formats): Html {
  const bar = (label: string, value: number | undefined, as: 'count' | 'share', good = true): Bar[] =>
    value === undefined ? [] : [{ label, value, shown: show[as](value), good }];
  const required = showsSomething(now) ? now.k?.required : undefined;
  const keeps = (value: number | undefined) => required === undefined || (value ?? 0) >= required;
  const classes = [
    ...bar(words.bars.asked, now.asked?.smallest, 'count', keeps(now.asked?.smallest)),
    ...bar(words.bars.now, now.k?.smallest, 'count', keeps(now.k?.smallest)),
    ...bar(words.bars.last, last?.measures.k?.smallest, 'count', keeps(last?.measures.k?.smallest)),
  ];
  const alone = [
    ...bar(words.bars.common, now.commonMask?.unique, 'share', now.commonMask?.unique === 0),
    ...bar(words.bars.asked, now.asked?.rows && now.asked.unique / now.asked.rows, 'share', now.asked?.unique === 0),
    // With a smallest class of two, nobody stands alone.
    ...bar(words.bars.now, now.k && now.k.smallest > 1 ? 0 : undefined, 'share'),
  ];
  const most = now.linkabilityBounds?.expected;
  const links = (now.linkability ?? []).flatMap(({ recipient, worst, union }) => {
    const value = Math.max(worst.expected, union.expected);
    return bar(recipient, value, 'share', most === undefined || value <= most * (1 + 1e-12));
  });
  const presence = [
    ...bar(words.bars.criterion, now.presence?.criterion, 'share'),
    ...bar(words.bars.most, now.presence?.most, 'share'),
    ...bar(words.bars.least, now.presence?.least, 'share'),
  ];
  const day = new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
  const days = batches.length === 0 ? [] : [{ day, rows: added }, ...batches].flatMap((batch) => bar(batch.day, batch.rows, 'count'));
  return html`${barChart({
    title: words.charts.classes,
    bars: classes,
    ...(required !== undefined && { bound: { value: required, label: words.atLeast(show.count(required)) } }),
  })}${now.commonMask === undefined ? '' : barChart({ title: words.charts.alone, bars: alone, bound: { value: 1, label: show.share(1) } })}${
    links.length === 0
      ? html`<p>${words.noOthers}</p>`
      : barChart({
          title: words.charts.links,
          bars: links,
          ...(most !== undefined && { bound: { value: most, label: words.atMost(show.share(most)) } }),
        })
  }${presence.length === 0 ? '' : barChart({ title: words.charts.presence, bars: presence, bound: { value: 1, label: show.share(1) } })}${
    days.length === 0 ? '' : barChart({ title: words.charts.batches, bars: days })
  }`;
}
