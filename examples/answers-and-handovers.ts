/**
 * A vendor asks a question instead of being told a balance; then the insurer gets, after the customer's yes, what the vendor never sees.
 *
 *     npx tsx answers-and-handovers.ts
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBank, openPGlite } from '@numbra/bank';
import { Sensitive } from '@numbra/core';
import { createGateway, createLoopbackCarrier, createMessageWebhook } from '@numbra/gateway';
import { generateRecipientKey, openHandover, readKeySet } from '@numbra/grants';
import { createPassphraseFile } from '@numbra/keyrings/passphrase-file';
import { createVendorClient, generateVendorKey } from '@numbra/vendor-client';

// #region policy
const policy = `
numbra: 1
bank: demo-bank
time_zone: Asia/Shanghai
fields:
  name: { class: C2, title: 姓名 }
  phone: { class: C3 }
  account: { class: C2, title: 账号 }
  resident_id: { class: C3 }
  balance: { class: C2, kind: amount }
questions:
  balance-50k: { field: balance, at_least: 50000, text: Average balance over 3 months of 50000 or more }
purposes:
  marketing.insurance.term-life:
    consent: marketing.insurance
    legal_basis: consent
    release:
      reference: true
      dial: true
      mask: { k: 20, max_digits: 2 }
      answers: [balance-50k]
      handover: { fields: [name, account], to: [insurer], consent: handover.insurer }
    recipients: [vendor-a]
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
approvals: { policy: { people: 0 } } # for trying out: one person may register recipients
`;
// #endregion

const folder = await mkdtemp(join(tmpdir(), 'numbra-handover-'));
const at = (name: string) => join(folder, name);
const keyring = await createPassphraseFile(at('keyring.json'), new Sensitive('correct horse battery staple'));
const database = await openPGlite(at('db'));
const bank = await createBank({ name: 'demo-bank', database, keyring, policy });

/** The customer's phone: what the bank's message service sent there. */
const inbox: { text: { zh: string; en: string } }[] = [];
const messages = await listen(async (body) => void inbox.push(JSON.parse(body)));
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

// #region insurer
const insurerKey = await generateRecipientKey(); // privateJwk stays with the insurer, jwks goes to the bank
const handed = new Map<string, object>();
const insurer = await listen(async (body) => {
  const bankKeys = readKeySet(await (await fetch(`${url}/.well-known/jwks.json`)).json());
  const required = { issuer: url, recipient: 'insurer', keys: bankKeys, privateKeys: [insurerKey.privateJwk] };
  const { handover, fields } = await openHandover(body, required); // throws: answered 400, and nothing of it is used
  if (!handed.has(handover)) handed.set(handover, fields); // the same id again: its answer was lost
});
// #endregion

// #region bank
const row = { customerId: 'C000001', phone: '13800138000', consents: ['marketing.insurance'] };
await bank.customers.import([{ ...row, name: '张三', account: '6228480402564890018', attributes: { balance: 61_200 } }]);
await bank.handovers.addRecipient({ id: 'insurer', title: '安心保险', url: insurer.url, jwks: insurerKey.jwks });
const gateway = await createGateway({
  bank,
  carrier: createLoopbackCarrier(),
  messages: createMessageWebhook({ url: messages.url, secrets: [secret] }),
});
const { url } = await gateway.listen({ port: 0 });
// #endregion

const vendorKey = await generateVendorKey();
await bank.vendors.add({ id: 'vendor-a', jwks: vendorKey.jwks });
const terms = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
await bank.campaigns.create({ id: 'c-1', ...terms });
await bank.campaigns.export('c-1', { file: at('list.csv') });
const [, line = ''] = (await readFile(at('list.csv'), 'utf8')).split('\n');
const [reference = ''] = line.split(',');

// #region vendor
const client = createVendorClient({ issuer: url, clientId: 'vendor-a', key: vendorKey.privateJwk, campaign: 'c-1' });
const agent = client.forAgent({ name: 'agent-7' }); // grants that name the person, on a key of the person's own

const said = await agent.answers.ask(reference, 'balance-50k', { idempotencyKey: 'ask-1' });
console.log(said); // { outcome: 'answered', answer: true, token: 'ey…', … }: verified, and never 61,200

const begun = await agent.handovers.begin(reference, 'insurer', { idempotencyKey: 'handover-1' });
if (begun.outcome === 'refused') throw new Error(begun.code);
const code = askTheCustomer(); // the bank sent it to the customer's own phone
const confirmed = await agent.handovers.confirm(begun.handoverId, code, { idempotencyKey: 'code-1' });
console.log(confirmed); // { outcome: 'confirmed', handoverId: 'handover_…', state: 'confirmed' }
// #endregion

while ((await client.handovers.get(begun.handoverId)).state !== 'delivered') await sleep(200);
console.log(inbox[0]?.text.zh);
console.log(handed); // at the insurer: { name: '张三', account: '6228480402564890018' }

await gateway.close();
await bank.close();
await database.close();
keyring.close();
messages.close();
insurer.close();
await rm(folder, { recursive: true });

function askTheCustomer(): string {
  return /[0-9]{6}/.exec(inbox[0]?.text.en ?? '')?.[0] ?? '';
}

/** A small server: 204, or 400 where its work fails. */
async function listen(work: (body: string) => Promise<void>): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const done = (status: number) => () => void response.writeHead(status).end();
    text(request).then(work).then(done(204), done(400));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
