/**
 * The crash test: kills the gateway at random moments under load, again and again, and looks after each kill whether what must hold holds
 * (invariants.ts). At the end the leases run out, the carrier is asked about every call whose fate nobody knows, and all keys are sent
 * once more.
 *
 * ```
 * npm run test:crash -- --rounds 50        ends with: 50 rounds, 50 kills, 0 violations
 * ```
 * @module
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createWebhookCarrier } from '@numbra/gateway';
import { AuthorizedEntries, violationsOf } from './invariants.js';
import { Load } from './load.js';
import { prepareStage } from './stage.js';

/** The kill comes after so many answers at most, or this long after the start on a machine that is slow. */
const MOST_ANSWERS = 150;
const LONGEST_ROUND_MS = 3_000;
/** A lease and a little more. */
const LEASE_MS = 16_000;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('--rounds is a number from 1');

const stage = await prepareStage();
const entries = new AuthorizedEntries();
const load = new Load(stage);
const violations: string[] = [];
let kills = 0;

async function check(when: string): Promise<void> {
  const found = await violationsOf(stage.database, await stage.carrierRecord(), entries, stage.lists);
  for (const violation of [...found, ...load.violations.splice(0)]) {
    violations.push(violation);
    process.stdout.write(`${when}: ${violation}\n`);
  }
}

for (let round = 1; round <= rounds; round++) {
  const gateway = await stage.start();
  load.start();
  await load.until(randomInt(MOST_ANSWERS), LONGEST_ROUND_MS);
  const gone = once(gateway, 'exit');
  gateway.kill('SIGKILL');
  const [, signal] = await gone;
  if (signal === 'SIGKILL') kills++;
  await load.stop();
  await check(`round ${round}`);
  if (round % 10 === 0) process.stdout.write(`${round} rounds, ${entries.calls.size} calls, ${load.unanswered.size} orders unanswered\n`);
}

// What the last kills left is listed, and the carrier's word settles it.
await sleep(LEASE_MS);
const carried = await stage.carrierRecord();
const open = await stage.database.query<{ id: string }>(`SELECT id FROM call WHERE state IN ('authorized', 'unknown')`);
const listed = new Set((await stage.bank.calls.unknown()).map(({ callId }) => callId));
for (const { id } of open.slice(0, 1_000)) if (open.length <= 1_000 && !listed.has(id)) violations.push(`${id} is unknown and not listed`);
process.stdout.write(`${open.length} calls whose fate nobody knew\n`);
const calls = stage.bank.openCalls({ carrier: createWebhookCarrier(stage.carrier) });
for (let left = open.length; left > 0; ) {
  await calls.reconcile();
  const now = (await calls.unknown()).length;
  if (now >= left) violations.push(`${now} calls stay unknown`);
  if (now >= left) break;
  left = now;
}
await calls.close();
for (const { id } of open) {
  const record = await stage.bank.calls.show(id);
  const expected = carried.ordered.has(id) ? 'placed' : 'failed';
  if (record?.state !== expected) violations.push(`${id} is ${record?.state}, and the carrier says ${expected}`);
}
await check('reconciled');

const last = await stage.start();
const orders = (await stage.carrierRecord()).ordered.size;
const authorized = entries.calls.size;
const fresh = load.unanswered.size;
for (let tries = 0; tries < 20 && (await load.settle()) > 0; tries++) await sleep(1_000);
if (load.unanswered.size > 0) violations.push(`${load.unanswered.size} orders were never answered`);
await check('answered');
process.stdout.write(
  `${load.answered} answers; the last ${fresh} orders made ${entries.calls.size - authorized} calls, ${(await stage.carrierRecord()).ordered.size - orders} of them ordered\n`,
);
const closed = once(last, 'exit');
last.kill('SIGKILL');
await closed;
await stage.bank.ledger.sequence();
await stage.bank.ledger.verify().catch((error: unknown) => violations.push(`the ledger does not verify: ${String(error)}`));
await stage.close();
for (const violation of violations) process.stdout.write(`violation: ${violation}\n`);
process.stdout.write(`${rounds} rounds, ${kills} kills, ${violations.length} violations\n`);
process.exitCode = violations.length === 0 && kills === rounds ? 0 : 1;
