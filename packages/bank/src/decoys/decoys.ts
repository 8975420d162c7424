/**
 * Decoys, as the facade offers them: customers whose phones are the bank's own lines. Who dials or sells what a list led to is heard there.
 * @module
 */
import type { BankContext } from '../context.js';
import type { CustomerRow } from '../customers/row.js';
import { type DecoyBehaviour, decoyBehaviour } from './behaviour.js';
import { readDecoyLines } from './lines.js';
import { addDecoys, markDecoys, type Planted } from './plant.js';
import { type DecoyFindings, judgeIncident, recordSighting, type Sighting } from './sightings.js';

export interface Decoys {
  /** Marks customers of the store: the way for a bank in use. See decoys/plant.ts. */
  mark(customerIds: readonly string[]): Promise<Planted>;
  /** Imports rows and marks them: for trying out. */
  add(rows: readonly CustomerRow[]): Promise<Planted>;
  /** Lines of this bank. Which customers they are is never listed. */
  count(): Promise<number>;
  /** Keeps which lines turned up in a leak. See decoys/sightings.ts. */
  sighting(incident: string, text: string): Promise<Sighting>;
  /** Whom the lines that turned up in a leak accuse, and how surely. */
  judge(incident: string): Promise<Omit<DecoyFindings, 'phones'>>;
  /** What the line of a decoy does when a campaign's agents ring it. See decoys/behaviour.ts. */
  behaviour(campaign: string): Promise<DecoyBehaviour>;
}

export function decoysOf(context: BankContext): Decoys {
  return {
    mark: (customerIds) => markDecoys(context, customerIds),
    add: (rows) => addDecoys(context, rows),
    count: async () => (await readDecoyLines(context)).size,
    sighting: (incident, text) => recordSighting(context, incident, text),
    judge: (incident) => judgeIncident(context, incident),
    behaviour: (campaign) => decoyBehaviour(context, campaign),
  };
}
