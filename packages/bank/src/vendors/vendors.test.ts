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
