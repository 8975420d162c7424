/**
 * A process of the bank's that does acts, as gateways do beside the one that sequences: each client on a connection of its own.
 * `actor.ts URL CLIENTS MILLISECONDS [ACTS A SECOND]`; says `ready`, acts when told to, and ends.
 */
import { openPostgres } from '@numbra/bank';
import { actFor, entryOf, leastAct } from './acts.js';

const [url = '', clients = '1', ms = '1000', perSecond = 'Infinity'] = process.argv.slice(2);
const database = await openPostgres(url);
const sessions = await Promise.all(Array.from({ length: Number(clients) }, () => database.connect()));
process.send?.('ready');
process.once('message', async () => {
  await Promise.all(sessions.map((session) => actFor(Number(ms), () => leastAct(session, entryOf()), Number(perSecond) / sessions.length)));
  for (const session of sessions) await session.close();
  await database.close();
  process.disconnect();
});
