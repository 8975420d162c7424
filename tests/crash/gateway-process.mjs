/**
 * The gateway of the crash test: an ordinary one, from the built packages. It loads its code ahead of its turn, while the one before it
 * is still being loaded and killed; it opens the bank only when it is told to.
 */
import { once } from 'node:events';
import { openBank, openPostgres } from '@numbra/bank';
import { createMemoryKeyring } from '@numbra/core';
import { createGateway, createWebhookCarrier } from '@numbra/gateway';

await once(process, 'message');
const { database, carrier, secret, port, root, shred } = JSON.parse(process.env.NUMBRA_CRASH ?? '{}');
const keyring = createMemoryKeyring(Buffer.from(root, 'hex'), [Buffer.from(shred, 'hex')]);
const bank = await openBank({ database: await openPostgres(database), keyring });
const gateway = await createGateway({
  bank,
  carrier: createWebhookCarrier({ url: carrier, secrets: [secret] }),
  issuer: `http://127.0.0.1:${port}`,
  sequenceEveryMs: 100,
});
await gateway.listen({ port });
process.send('listening');
