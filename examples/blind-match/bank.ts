/**
 * Blind matching in two processes: the bank learns which of its customers stand on the vendor's do-not-call list; neither shows its list.
 *
 *     npx tsx blind-match/bank.ts
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBank, openPGlite } from '@numbra/bank';
import { Sensitive } from '@numbra/core';
import { LONGEST_MESSAGE } from '@numbra/core/blind';
import { createPassphraseFile } from '@numbra/keyrings/passphrase-file';
import { policyTemplate } from '@numbra/policy';
import { generateVendorKey } from '@numbra/vendor-client';
import { lineOver } from './frames.js';

const folder = await mkdtemp(join(tmpdir(), 'numbra-blind-match-'));
const keyring = await createPassphraseFile(join(folder, 'keyring.json'), new Sensitive('correct horse battery staple'));
const database = await openPGlite(join(folder, 'db'));
const policy = policyTemplate('try-out', { bank: 'demo-bank', vendors: ['vendor-a'] });
const bank = await createBank({ name: 'demo-bank', database, keyring, policy });
await bank.vendors.add({ id: 'vendor-a', jwks: (await generateVendorKey()).jwks });
await bank.customers.import(
  Array.from({ length: 500 }, (_, i) => ({ customerId: `C${String(i).padStart(6, '0')}`, phone: String(13_800_000_000 + i) })),
);

const vendor = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('vendor.ts', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const line = lineOver(vendor.stdout, vendor.stdin, LONGEST_MESSAGE);

// #region bank
const matched = await bank.matching.learn({
  vendor: 'vendor-a',
  purpose: 'marketing.insurance',
  campaign: 'c-1',
  async exchange(message) {
    line.send(message);
    const answer = await line.receive();
    if (answer === undefined) throw new Error('the vendor went away');
    return answer;
  },
});
const added = await bank.customers.doNotCall({ customerIds: matched.customers, source: 'vendor-list' });
// #endregion

console.log(`bank: asked for ${matched.asked} phones, the vendor's list has ${matched.listed}, both have ${matched.matches}`);
console.log(`bank: ${added.customers} customers are not called any more`);
vendor.stdin.end();
await new Promise((resolve) => vendor.once('exit', resolve));
await bank.close();
await database.close();
keyring.close();
await rm(folder, { recursive: true });
process.exitCode = matched.matches === 50 && matched.customers[0] === 'C000450' && added.customers === 50 ? 0 : 1;
