import { describe, expect, it } from 'vitest';
import { isPkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.js';

describe('a PKCS#11 URI (RFC 7512)', () => {
  it('names module, token, key and the file of the PIN', () => {
    expect(parsePkcs11Uri('pkcs11:token=call%20desk;object=numbra?module-path=/usr/lib/hsm.so&pin-source=/etc/pin')).toEqual({
      module: '/usr/lib/hsm.so',
      token: 'call desk',
      object: 'numbra',
      pinFile: '/etc/pin',
    });
    expect(parsePkcs11Uri('pkcs11:object=b;type=private;token=a?pin-source=file:///etc/pin&module-path=m')).toMatchObject({
      pinFile: '/etc/pin',
    });
    expect([isPkcs11Uri('PKCS11:token=a'), isPkcs11Uri('./pkcs11.key')]).toEqual([true, false]);
  });

  it.each([
    ['a PIN in the open', 'pkcs11:token=a;object=b?module-path=m&pin-source=p&pin-value=1234'],
    ['no token', 'pkcs11:object=b?module-path=m&pin-source=p'],
    ['no key', 'pkcs11:token=a?module-path=m&pin-source=p'],
    ['no module', 'pkcs11:token=a;object=b?pin-source=p'],
    ['no PIN', 'pkcs11:token=a;object=b?module-path=m'],
    ['two keys', 'pkcs11:token=a;object=b;object=c?module-path=m&pin-source=p'],
    ['a public key', 'pkcs11:token=a;object=b;type=public?module-path=m&pin-source=p'],
    ['an attribute that is not understood', 'pkcs11:token=a;object=b;serial=1?module-path=m&pin-source=p'],
    ['a broken escape', 'pkcs11:token=%E0%A4%A;object=b?module-path=m&pin-source=p'],
    ['two queries', 'pkcs11:token=a;object=b?module-path=m&pin-source=p?x'],
  ])('is refused with %s', async (_name, uri) => {
    await expect(() => parsePkcs11Uri(uri)).toFailWith('ERR_PROGRAM_PKCS11_URI');
  });
});
