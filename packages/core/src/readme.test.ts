// biome-ignore-all assist/source/organizeImports: the region is shown in the README as it stands
/** The code of the README, run: the fence there is compared with the region here. */
import { expect, it } from 'vitest';

// #region readme
import { randomBytes } from 'node:crypto';
import * as numbra from '@numbra/core';

const [bank, vendor, purpose, campaign] = ['demo-bank', 'vendor-a', 'marketing.insurance.term-life', 'c-2026-11'].map(numbra.parseName);
const keyring = numbra.createMemoryKeyring(randomBytes(32), [randomBytes(32)]); // in production one of @numbra/keyrings
const settings = { tag: randomBytes(6), campaignSecret: randomBytes(32) }; // drawn once a campaign, kept by the bank
const scope = await numbra.openScope(keyring, {
  identity: { bank: bank!, vendor: vendor!, purpose: purpose!, campaign: campaign! },
  ...settings,
});

const reference = numbra.sealReference(scope, numbra.parseCustomerId('C000123')!); // nr1_…: who
const token = numbra.sealDialToken(scope, numbra.parsePhone('138 0013 8000')!, reference); // nd1_…: how to reach
const opened = numbra.openDialToken(scope, token); // undefined for any text that is not a dial token of this scope
const digits = opened?.phone.use((phone) => phone.length); // the number itself prints as [redacted]
scope.close();
// #endregion

it('runs', () => {
  expect(token).toMatch(/^nd1_.{48}$/);
  expect(digits).toBe(13);
});
