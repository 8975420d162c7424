/**
 * What an export will deliver, before anything of it is recorded: selected, measured, made as coarse as it must be, sealed.
 * @module
 */
import { type MaskWidth, maskPhone } from '@numbra/core';
import { checkSelection, type DecisionCode, type LocalDay, type Policy } from '@numbra/policy';
import { drawDays } from '@numbra/policy/measures';
import type { BankContext } from '../context.js';
import { type DecoysOnList, decoysOnList } from '../decoys/on-list.js';
import { fail } from '../errors.js';
import { findCampaign, type StoredCampaign } from './campaign.js';
import { bandsOf, readCandidates } from './candidates.js';
import { drawOf } from './draws.js';
import { type ExportRefused, refusedList } from './export-refusal.js';
import { type ListedRow, type SealedList, sealList, type Unsealed } from './list.js';
import { type MeasuredRow, type Measures, measureList } from './measure.js';
import { readMembers, removalsOf } from './members.js';
import { Phases } from './phases.js';
import { readDue, releaseDay, type WaitingRow } from './waiting.js';

/** What is exported, and when. */
export interface ExportOrder {
  readonly context: BankContext;
  readonly campaign: StoredCampaign;
  readonly policy: Policy;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly phases: Phases;
}

/** A list, sealed and measured, before anything of it is recorded. */
export interface Prepared {
  readonly outcome: 'prepared';
  readonly list: SealedList;
  readonly generation: number;
  readonly measures: Measures;
  readonly excluded: Readonly<Partial<Record<DecisionCode, number>>>;
  readonly unreachable: number;
  readonly removed: ReadonlySet<number>;
  /** As they are recorded (record.ts). */
  readonly added: readonly ListedRow[];
  readonly drawn: readonly WaitingRow[];
  readonly ended: readonly number[];
  readonly waiting: number;
  readonly nextDay: LocalDay | undefined;
  /** Of a first export, where the bank has decoys that the selection fits. */
  readonly decoys?: DecoysOnList;
}

/** What an export would deliver if it were made now; whoever asks keeps other exports out meanwhile. */
export async function prepareNow(context: BankContext, id: string): Promise<ExportOrder & { readonly prepared: Prepared | ExportRefused }> {
  const campaign = await findCampaign(context.database, id);
  if (campaign === undefined) throw fail('ERR_CAMPAIGN_UNKNOWN');
  const policy = await context.policies.refresh(context.database);
  const order = { context, campaign, policy, now: context.clock(), phases: new Phases() };
  return { ...order, prepared: await prepare(order) };
}

/** The first export of a campaign fixes its members; every later one repeats them. */
export function prepare(order: ExportOrder): Promise<Prepared | ExportRefused> {
  return order.campaign.listColumns === undefined ? prepareFirst(order) : prepareAgain(order);
}

/** The first export: select, decide, measure, seal. */
async function prepareFirst(order: ExportOrder): Promise<Prepared | ExportRefused> {
  const { context, campaign, policy, now, phases } = order;
  if (readsDateUnpaced(policy, campaign)) return refusedList('date-pacing');
  const candidates = await phases.measure('select', () => readCandidates(context, policy, campaign, now));
  if (candidates.rows.length === 0) return refusedList(candidates.unpadded > 0 ? 'padding' : 'empty-list');
  const dayCount = policy.purposes[campaign.purpose]?.pacingDays ?? 1;
  const days = drawDays(
    candidates.rows.map(({ customerId }) => customerId),
    dayCount,
    drawOf(context, campaign.id),
  );
  const measured = await phases.measure('measure', () => measureList(context.database, policy, campaign, candidates, days, dayCount));
  if (measured.outcome === 'refused') return refusedList(measured.code, measured.measures);
  const { measures, bandNames } = measured;
  // Row numbers are those of the whole list, so that a batch does not tell how large it is.
  // Measured without the bank's own lines; sealed with them.
  const decoys = await decoysOnList(
    context,
    campaign.vendor,
    candidates.decoys,
    drawDays(
      candidates.decoys.map(({ candidate }) => candidate.customerId),
      dayCount,
      drawOf(context, campaign.id),
    ),
    { rows: measured.rows, digits: measures.digits, bandNames, labels: measured.labels, cellNames: bandsOf(policy, campaign), dayCount },
  );
  const shown = [...measured.rows, ...decoys.rows];
  const { list, generation } = await seal(order, shown.map(unsealedOf(measures.digits as MaskWidth)), bandNames);
  const dayOf = new Map(shown.map(({ candidate, day }) => [candidate.customer, day]));
  // Whoever was left out may have been the first day's only ones.
  let first = dayCount;
  for (const day of dayOf.values()) first = Math.min(first, day);
  const rows = list.rows.filter(({ customer }) => dayOf.get(customer) === first);
  const drawn = list.rows
    .filter(({ customer }) => dayOf.get(customer) !== first)
    .map((row) => ({ ...row, releaseDay: releaseDay(campaign, now, (dayOf.get(row.customer) as number) - first) }));
  return {
    outcome: 'prepared',
    list: { ...list, rows },
    generation,
    measures,
    excluded: candidates.excluded,
    unreachable: candidates.unreachable,
    removed: new Set(),
    added: rows,
    drawn,
    ended: [],
    waiting: drawn.length,
    nextDay: drawn.map((row) => row.releaseDay).sort()[0],
    ...(candidates.decoys.length > 0 && { decoys: decoys.report }),
  };
}

/** A later export: the members, minus removals, and those whose day has come. */
async function prepareAgain(order: ExportOrder): Promise<Prepared | ExportRefused> {
  const { context, campaign, policy, now, phases } = order;
  const generation = await newestGeneration(order);
  const [members, due] = await phases.measure('select', async () => [
    await readMembers(context, policy, campaign, generation, now),
    await readDue(context, policy, campaign, now),
  ]);
  const { list } = await seal(order, [...members.members, ...due.due], campaign.bandNames);
  const removed = removalsOf(campaign, members, list.rows, now);
  const rows = list.rows.filter(({ rowNumber }) => !removed.has(rowNumber));
  if (rows.length === 0) return refusedList('empty-list');
  const fresh = new Set(due.due.map(({ rowNumber }) => rowNumber));
  return {
    outcome: 'prepared',
    list: { ...list, rows },
    generation,
    measures: await firstMeasures(order),
    excluded: {},
    unreachable: 0,
    removed,
    added: rows.filter(({ rowNumber }) => fresh.has(rowNumber)),
    drawn: [],
    ended: [...fresh, ...due.dropped] as number[],
    waiting: due.waiting,
    nextDay: due.nextDay,
  };
}

async function seal(
  { context, campaign, phases }: ExportOrder,
  unsealed: readonly Unsealed[],
  bandNames: readonly string[],
): Promise<{ list: SealedList; generation: number }> {
  const keys = await context.scopes.of(campaign.id);
  const [newest] = keys?.generations ?? [];
  if (newest === undefined) throw fail('ERR_EXPORT_CHANGED');
  const list = phases.measureNow('seal', () => sealList(newest.scope, unsealed, bandNames));
  return { list, generation: newest.generation };
}

async function newestGeneration({ context, campaign }: ExportOrder): Promise<number> {
  const keys = await context.scopes.of(campaign.id);
  const [newest] = keys?.generations ?? [];
  if (newest === undefined) throw fail('ERR_EXPORT_CHANGED');
  return newest.generation;
}

async function firstMeasures({ context, campaign }: ExportOrder): Promise<Measures> {
  const [row] = await context.database.query<{ measures: string }>(
    'SELECT measures FROM export WHERE campaign = $1 AND measures IS NOT NULL ORDER BY number LIMIT 1',
    [campaign.number],
  );
  return JSON.parse(row?.measures as string) as Measures;
}

/** Whether a selection reads a date while the policy releases the purpose's lists too fast for that. */
function readsDateUnpaced(policy: Policy, { purpose, selection }: StoredCampaign): boolean {
  const read = (selection.where ?? []).map(({ attribute }) => attribute);
  return checkSelection(policy, purpose, read).some(({ code }) => code === 'pacing-missing');
}

function unsealedOf(digits: MaskWidth): (row: MeasuredRow) => Unsealed {
  return ({ candidate: { customer, customerId, phone }, bands }) => ({
    customer,
    customerId,
    phone,
    maskedPhone: maskPhone(phone, digits),
    bands,
  });
}
