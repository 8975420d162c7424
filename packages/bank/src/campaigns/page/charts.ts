/**
 * Bars as inline SVG. A bar has its number beside it, so that nothing rests on its length or colour alone.
 * @module
 */
import { type Html, html } from './html.js';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value as text. */
  readonly shown: string;
  /** Keeps its bound, or there is none. */
  readonly good: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** A line across all bars, and what it is. */
  readonly bound?: { readonly value: number; readonly label: string };
}

const WIDTH = 640;
const LABEL = 200;
const NUMBER = 90;
const ROW = 26;
const TOP = 8;
const LONGEST_LABEL = 26;

/** Horizontal bars on one scale, the greatest value or bound at full length. */
export function barChart({ title, bars, bound }: BarChart): Html {
  const full = Math.max(bound?.value ?? 0, ...bars.map(({ value }) => value), Number.MIN_VALUE);
  const length = (value: number) => Math.round((Math.max(0, value) / full) * (WIDTH - LABEL - NUMBER));
  const height = TOP + bars.length * ROW + (bound === undefined ? 0 : 20);
  const drawn = bars.map(({ label, value, shown, good }, i) => {
    const y = TOP + i * ROW;
    return html`<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${short(label)}</text><rect class="${good ? 'good' : 'bad'}" x="${LABEL}" y="${y + 3}" width="${Math.max(1, length(value))}" height="16"/><text x="${LABEL + length(value) + 6}" y="${y + 15}">${shown}</text>`;
  });
  const line =
    bound === undefined
      ? ''
      : html`<line class="bound" x1="${LABEL + length(bound.value)}" x2="${LABEL + length(bound.value)}" y1="2" y2="${height - 18}"/><text class="bound" x="${LABEL + length(bound.value)}" y="${height - 5}" text-anchor="middle">${bound.label}</text>`;
  return html`<figure><figcaption>${title}</figcaption><svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${height}" width="100%">${drawn}${line}</svg></figure>`;
}

function short(label: string): string {
  const characters = [...label];
  return characters.length <= LONGEST_LABEL ? label : `${characters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}
