import { generateGrantKey } from '@numbra/grants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import type { NewVendor } from './vendors.js';

const jwks = { keys: [(await generateGrantKey()).publicJwk] };
const thumbprint = 'A'.repeat(43);

describe.each(engines)('vendors on %s', (engine) => {
  let test: TestBank;
  beforeAll(async () => {
    test = await createTestBank(engine);
  });
  afterAll(() => test.drop());

  it.each<[string, Omit<NewVendor, 'id'>]>([
    ['keys', { jwks }],
    ['the address of their keys', { jwksUri: 'https://keys.vendor.example/jwks.json' }],
    ['a certificate', { certificate: { method: 'self-signed', thumbprints: [thumbprint] } }],
    ['a certificate of an authority', { certificate: { method: 'pki', dnsName: 'client.vendor.example' } }],
    ['keys and a certificate', { jwks, certificate: { method: 'pki', dnsName: 'client.vendor.example' } }],
  ])('are registered by %s, once', async (name, proof) => {
    const id = `vendor-${name.replaceAll(' ', '-')}`;
    await test.bank.vendors.add({ id, ...proof });
    expect(await test.bank.vendors.get(id)).toMatchObject({ id, jwks: { keys: [] }, ...proof });
    await expect(() => test.bank.vendors.add({ id, ...proof })).toFailWith('ERR_VENDOR_EXISTS');
  });

  it('are revoked once: their grants end with them, and no other', async () => {
    const { bank, database } = test;
    const record = (identifier: string, vendor: string, until: string) =>
      database.query(`INSERT INTO issued_grant (identifier, vendor, campaign, expires_at) SELECT $1, $2, 1, now() + $3::interval`, [
        identifier,
        vendor,
        until,
      ]);
    const revoked = async () =>
      (await database.query<{ identifier: string }>('SELECT identifier FROM issued_grant WHERE revoked_at IS NOT NULL')).map(
        ({ identifier }) => identifier,
      );
    for (const id of ['vendor-a', 'vendor-b']) await bank.vendors.add({ id, jwks });
    await record('grant_leaving', 'vendor-a', '300 s');
    await record('grant_over', 'vendor-a', '-1 s');
    await record('grant_staying', 'vendor-b', '300 s');
    await expect(() => bank.vendors.revoke('vendor-nobody')).toFailWith('ERR_VENDOR_UNKNOWN');
    await expect(() => bank.vendors.revoke('vendor-a', { by: '' })).toFailWith('ERR_APPROVAL_PERSON');
    expect(await revoked()).toEqual([]);
    expect(await bank.vendors.revoke('vendor-a', { by: 'chen' })).toEqual({ grants: 1 });
    expect(await revoked()).toEqual(['grant_leaving']);
    expect(await bank.vendors.revoke('vendor-a')).toBeUndefined();
    expect((await bank.vendors.get('vendor-a'))?.revokedAt).toBeInstanceOf(Date);
    expect((await bank.vendors.get('vendor-b'))?.revokedAt).toBeUndefined();
    const entries = await database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    expect(entries.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'vendor.revoked')).toMatchObject([
      { vendor: 'vendor-a', grants: 1, by: 'chen' },
    ]);
    await expect(() =>
      bank.campaigns.create({
        id: 'c-left',
        vendor: 'vendor-a',
        purpose: 'marketing.insurance.term-life',
        budgetCalls: 1,
        perCustomer: 1,
        perAgentPerHour: 1,
      }),
    ).toFailWith('ERR_VENDOR_UNKNOWN');
  });

  it.each<[string, Omit<NewVendor, 'id'>, string]>([
    ['nothing', {}, 'ERR_VENDOR_PROOF'],
    ['keys and an address', { jwks, jwksUri: 'https://keys.vendor.example/jwks.json' }, 'ERR_VENDOR_PROOF'],
    ['an address by http', { jwksUri: 'http://keys.vendor.example/jwks.json' }, 'ERR_VENDOR_PROOF'],
    ['no thumbprint', { certificate: { method: 'self-signed', thumbprints: [] } }, 'ERR_VENDOR_PROOF'],
    [
      'three thumbprints',
      { certificate: { method: 'self-signed', thumbprints: [thumbprint, thumbprint, thumbprint] } },
      'ERR_VENDOR_PROOF',
    ],
    ['a thumbprint in another spelling', { certificate: { method: 'self-signed', thumbprints: ['B'.repeat(43)] } }, 'ERR_VENDOR_PROOF'],
    ['a wildcard', { certificate: { method: 'pki', dnsName: '*.vendor.example' } }, 'ERR_VENDOR_PROOF'],
    ['an address for a name', { certificate: { method: 'pki', dnsName: '127.0.0.1' } }, 'ERR_VENDOR_PROOF'],
    ['no keys', { jwks: { keys: [] } }, 'ERR_KEY_SET_INVALID'],
  ])('are not registered with %s', async (_name, proof, code) => {
    await expect(() => test.bank.vendors.add({ id: 'vendor-wrong', ...proof })).toFailWith(code);
    expect(await test.bank.vendors.get('vendor-wrong')).toBeUndefined();
  });
});
