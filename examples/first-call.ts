/**
 * The whole path in one file: a bank with three customers, one vendor, one list, one call. No number leaves the bank.
 *
 *     npx tsx first-call.ts
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBank, openPGlite } from '@numbra/bank';
import { Sensitive } from '@numbra/core';
import { createGateway, createLoopbackCarrier } from '@numbra/gateway';
import { createPassphraseFile } from '@numbra/keyrings/passphrase-file';
import { policyTemplate } from '@numbra/policy';
import { createVendorClient, generateVendorKey } from '@numbra/vendor-client';

const folder = await mkdtemp(join(tmpdir(), 'numbra-first-call-'));
const at = (name: string) => join(folder, name);
const key = await generateVendorKey();
await writeFile(
  at('customers.csv'),
  `customer_id,name,phone,account,resident_id,balance,consent
C000001,张三,13800138000,6228480402564890018,110101199003070011,61200.50,marketing.insurance
`,
);
const passphrase = new Sensitive('correct horse battery staple');
const policy = policyTemplate('try-out', { bank: 'demo-bank', vendors: ['vendor-a'] });

// #region bank
const keyring = await createPassphraseFile(at('keyring.json'), passphrase);
const database = await openPGlite(at('db'));
const bank = await createBank({ name: 'demo-bank', database, keyring, policy });
await bank.customers.importCsv(at('customers.csv'));
await bank.vendors.add({ id: 'vendor-a', jwks: key.jwks });
const terms = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
await bank.campaigns.create({ id: 'c-1', ...terms });
await bank.campaigns.export('c-1', { file: at('list.csv') });
const gateway = await createGateway({ bank, carrier: createLoopbackCarrier() });
const { url } = await gateway.listen({ port: 0 });
// #endregion

// #region vendor
const [, row = ''] = (await readFile(at('list.csv'), 'utf8')).split('\n');
const [, dialToken = ''] = row.split(','); // nd1_…: sealed for this vendor, purpose and campaign
const vendor = createVendorClient({ issuer: url, clientId: 'vendor-a', key: key.privateJwk, campaign: 'c-1' });
const call = await vendor.calls.place(dialToken, { agent: 'agent-7', idempotencyKey: 'order-1' });
// #endregion

console.log(row);
console.log(call); // { outcome: 'placed', callId: '…', maskedPhone: '*********…' }
await gateway.close();
await bank.close();
await database.close();
keyring.close();
await rm(folder, { recursive: true });
