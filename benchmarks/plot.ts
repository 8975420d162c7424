/**
 * The plot of the documentation: nanoseconds for each token, one bar a peer, on a logarithmic scale.
 * @module
 */
import type { Result } from './measure.js';

const WIDTH = 720;
const LABELS = 260;
const FIGURES = 90;
const BAR = 22;
const GAP = 10;
const TOP = 30;
const NANOSECONDS = 1e9;

/** Draws the lines of one subject: itself, then its peers, the slowest last. */
export function plot(results: readonly Result[]): string {
  const bars = [
    ...results.slice(0, 1).map(({ name, perSecond }) => ({ name: `Numbra, ${name}`, ns: NANOSECONDS / perSecond, ours: true })),
    ...results.flatMap(({ against }) => (against ? [{ name: against.name, ns: NANOSECONDS / against.perSecond, ours: false }] : [])),
  ].sort((a, b) => a.ns - b.ns);
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(...bars.map(({ ns }) => ns), 10))) - 1);
  const scale = (WIDTH - LABELS - FIGURES) / decades;
  const height = TOP + bars.length * (BAR + GAP) + GAP;
  const rows = bars.map(({ name, ns, ours }, i) => {
    const y = TOP + i * (BAR + GAP);
    const length = Math.max(2, (Math.log10(ns) - 1) * scale);
    const text = `y="${y + BAR * 0.7}" font-size="13"`;
    return [
      `<text x="${LABELS - 10}" ${text} text-anchor="end">${name.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" fill="${ours ? '#1b7f5c' : '#9aa5b1'}"/>`,
      `<text x="${(LABELS + length + 6).toFixed(1)}" ${text}>${Math.round(ns).toLocaleString('en')} ns</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" fill="#1f2933">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="${LABELS}" y="18" font-size="12">nanoseconds for each token, from 10 on, logarithmic: shorter is faster</text>
${rows.join('\n')}
</svg>
`;
}
