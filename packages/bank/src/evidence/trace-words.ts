/**
 * A trace in sentences. What is not proven is said not to be, and the last line says what no trace can prove.
 * @module
 */
import type { TraceReport } from './trace.js';

/** Sentences about single fragments; the rows name them all. */
const MOST_FRAGMENTS = 10;

export function sentences(tokens: number, { rows, lists, exports, foreign, decoys, resembling }: Omit<TraceReport, 'text'>): string {
  const lines = [tokens === 1 ? 'One token was found.' : `${tokens} tokens were found.`];
  for (const { campaign, vendor, rows: count, exports: ids } of lists)
    lines.push(
      `${count} ${count === 1 ? 'row comes' : 'rows come'} from the list of campaign ${campaign}, delivered to ${vendor} by ${ids.join(', ')}.`,
    );
  for (const { export: id, rows: count, position } of exports)
    lines.push(
      `${id} delivered ${count} of them; ${position === undefined ? 'its ledger entry waits for its position' : `ledger entry ${position}`}.`,
    );
  const whole = exports.flatMap(({ export: id }) => {
    const count = rows.filter(({ asDelivered }) => asDelivered.includes(id)).length;
    return count === 0 ? [] : [{ id, count }];
  });
  if (whole.length > 0)
    lines.push(
      `${whole.map(({ id, count }, i) => `${count}${i > 0 ? '' : count === 1 ? ' of them stands as delivered, byte for byte,' : ' of them stand as delivered, byte for byte,'} by export ${id}`).join('; ')}.`,
    );
  const agents = new Set(rows.flatMap((row) => (row.proven ? row.agents : [])));
  if (agents.size > 0)
    lines.push(
      `Calls by these rows were put through for ${agents.size === 1 ? 'one agent' : `${agents.size} agents`}: ${[...agents].join(', ')}.`,
    );
  const fragments = rows.filter(({ by }) => by === 'prefix');
  for (const { campaign, rowNumber, chance } of fragments.slice(0, MOST_FRAGMENTS))
    lines.push(
      `What is left of one token fits row ${rowNumber} of campaign ${campaign}; a beginning drawn at random fits a row of it with probability ${(chance as number).toExponential(1)}. That is a likelihood and no proof.`,
    );
  if (fragments.length > MOST_FRAGMENTS) lines.push(`The same of ${fragments.length - MOST_FRAGMENTS} others.`);
  const tagged = new Map<string, number>();
  for (const { by, campaign } of rows) if (by === 'tag') tagged.set(campaign, (tagged.get(campaign) ?? 0) + 1);
  for (const [campaign, count] of tagged)
    lines.push(
      `${count === 1 ? 'One token carries' : `${count} tokens carry`} the tag of campaign ${campaign} and ${count === 1 ? 'is' : 'are'} not authenticated: anyone can copy a tag. It accuses nobody.`,
    );
  if (foreign > 0) lines.push(`${foreign} carry no tag of this bank.`);
  for (const { export: id, vendor, run, logRatio, by, likelihood } of resembling.slice(0, 3))
    lines.push(
      `Rows without tokens resemble ${id}, delivered to ${vendor}: ${by === 'order' ? `${run} stand there in the same order` : 'by their mix'}; log-likelihood ratio ${logRatio.toFixed(1)} against chance, likelihood ${likelihood.toFixed(3)}. That is a likelihood and no proof.`,
    );
  if (decoys.seen > 0) {
    lines.push(`${decoys.seen} of ${decoys.phones} phone numbers ${decoys.seen === 1 ? 'is a line' : 'are lines'} of the bank's own.`);
    const accused = decoys.vendors.filter((vendor) => vendor.accused);
    for (const { vendor, probability } of accused)
      lines.push(`They accuse ${vendor}: an innocent vendor scores so high with probability at most ${probability.toExponential(1)}.`);
    if (accused.length === 0) lines.push('They are too few to accuse anybody.');
  }
  lines.push('This proves the list, not the hand: the bank held these rows too.');
  return lines.join('\n');
}
