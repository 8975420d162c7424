/**
 * Bands: an exact amount shown as the interval it falls into. The edges come from the policy, never from the list's own
 * values: edges drawn from the rows would tell about them.
 * @module
 */
import { fail } from '../errors.js';

/**
 * Names the band of a value. The lower edge belongs to the band, the upper does not.
 *
 * @param value - finite
 * @param edges - `n` finite numbers in rising order; they make `n + 1` bands, the outer two open
 * @param labels - `n + 1` names; without them `<10000`, `10000-50000`, `>=50000`
 * @throws `ERR_BAND_INVALID`: the edges do not rise, the labels do not fit, or a number is not finite
 */
export function bandOf(value: number, edges: readonly number[], labels?: readonly string[]): string {
  if (!Number.isFinite(value)) throw fail('ERR_BAND_INVALID', { field: 'value' });
  if (edges.length === 0 || !edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > (edges[i - 1] as number)))) {
    throw fail('ERR_BAND_INVALID', { field: 'edges' });
  }
  if (labels !== undefined && labels.length !== edges.length + 1) throw fail('ERR_BAND_INVALID', { field: 'labels' });
  const above = edges.findIndex((edge) => value < edge);
  const band = above === -1 ? edges.length : above;
  return labels === undefined ? intervalName(edges, band) : (labels[band] as string);
}

function intervalName(edges: readonly number[], band: number): string {
  if (band === 0) return `<${edges[0]}`;
  if (band === edges.length) return `>=${edges[band - 1]}`;
  return `${edges[band - 1]}-${edges[band]}`;
}
