/** RFC 7515 A.3 (ES256) and RFC 8037 A.4 (Ed25519), copied. */
import { describe, expect, it } from 'vitest';
import { importPublic, parsePublicJwk } from '../keys/jwk.js';
import { readSegment, splitCompact, verifiesCompact } from './compact-jws.js';

const es256 = {
  jwk: { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' },
  jws:
    'eyJhbGciOiJFUzI1NiJ9' +
    '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
    '.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
};
const ed25519 = {
  jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  jws:
    'eyJhbGciOiJFZERTQSJ9' +
    '.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc' +
    '.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
};

describe('RFC 7515 A.3 and RFC 8037 A.4', () => {
  it.each([
    ['ES256', es256],
    ['EdDSA', ed25519],
  ] as const)('%s verifies, and not after one bit of the signature changed', async (algorithm, { jwk, jws }) => {
    const key = importPublic(parsePublicJwk(jwk));
    const segments = splitCompact(jws, 1000);
    if (!key || !segments) throw new Error('not read');
    expect(await verifiesCompact(algorithm, key, segments.signingInput, segments.signature)).toBe(true);
    const changed = `${segments.signature.slice(0, 20)}${segments.signature[20] === 'A' ? 'B' : 'A'}${segments.signature.slice(21)}`;
    expect(await verifiesCompact(algorithm, key, segments.signingInput, changed)).toBe(false);
  });

  it('reads a payload with white space between its members', () => {
    const payload = splitCompact(es256.jws, 1000)?.payload ?? '';
    expect(readSegment(payload)).toEqual({ iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true });
  });

  it('takes no signature that a longer text would spell', () => {
    const longer = `${es256.jws}A`;
    expect(splitCompact(longer, 1000)).toBeUndefined();
    expect(splitCompact(es256.jws, es256.jws.length - 1)).toBeUndefined();
  });
});
