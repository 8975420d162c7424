/**
 * What must hold whenever a gateway was killed, looked up in the database, the carrier's own record and the ledger.
 * @module
 */
import type { Database } from '@numbra/bank';
import type { CarrierRecord, CrashList } from './stage.js';

/** Calls that have their `call.authorized` entry; grows with the ledger. */
export class AuthorizedEntries {
  readonly calls = new Set<string>();
  #bundle = -1n;

  /** Reads what was entered since the last look: new bundles, and everything that waits. */
  async read(database: Database): Promise<void> {
    const bundles = await database.query<{ n: bigint; data: string }>('SELECT n, data FROM ledger_bundle WHERE n > $1 ORDER BY n', [
      this.#bundle,
    ]);
    for (const { n, data } of bundles) {
      for (const line of data.split('\n')) this.#take(line);
      this.#bundle = n;
    }
    for (const { body } of await database.query<{ body: string }>('SELECT body FROM ledger_pending')) this.#take(body);
  }

  #take(body: string): void {
    if (!body.includes('"call.authorized"')) return;
    this.calls.add((JSON.parse(body) as { call: string }).call);
  }
}

/** Everything that does not hold, in words. */
export async function violationsOf(
  database: Database,
  carrier: CarrierRecord,
  entries: AuthorizedEntries,
  lists: readonly CrashList[],
): Promise<string[]> {
  // The carrier was asked before the ledger is read: what it had then must be there now.
  await entries.read(database);
  const found = [...carrier.violations];
  for (const [call, times] of carrier.ordered) {
    if (!entries.calls.has(call)) found.push(`${call} was ordered without a committed call.authorized entry`);
    if (times > 1) found.push(`${call} was ordered ${times} times`);
  }
  for (const { campaign, budget } of lists) {
    const [row] = await database.query<{ remaining: number; taken: number }>(
      `SELECT b.remaining, (SELECT count(*)::integer FROM call x WHERE x.campaign = c.number AND x.state <> 'failed') AS taken
         FROM campaign c JOIN campaign_budget b ON b.campaign = c.number WHERE c.id = $1`,
      [campaign],
    );
    if (row === undefined || row.taken > budget || row.remaining !== budget - row.taken)
      found.push(`${campaign}: ${row?.taken} calls taken and ${row?.remaining} left of ${budget}`);
  }
  const [keys] = await database.query<{ calls: number; keys: number; both: number }>(
    `SELECT (SELECT count(*)::integer FROM call) AS calls,
            (SELECT count(*)::integer FROM idempotency WHERE call IS NOT NULL) AS keys,
            (SELECT count(DISTINCT i.call)::integer FROM idempotency i JOIN call x ON x.id = i.call) AS both`,
  );
  if (keys === undefined || keys.calls !== keys.keys || keys.calls !== keys.both)
    found.push(`${keys?.calls} calls under ${keys?.keys} keys, ${keys?.both} of them in pairs`);
  return found;
}
