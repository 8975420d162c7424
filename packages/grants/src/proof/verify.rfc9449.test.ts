/** The two proofs that RFC 9449 prints (§ 4.1, § 7.1), copied. */
import { describe, expect, it } from 'vitest';
import { verifyProof } from './verify.js';

const HEADER =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdC' +
  'RnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
const AT_TOKEN_ENDPOINT =
  `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ` +
  '.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';
const AT_RESOURCE =
  `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9` +
  '.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
const ACCESS_TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

describe('the proofs of RFC 9449', () => {
  it('verify at the token endpoint', async () => {
    const proof = await verifyProof(AT_TOKEN_ENDPOINT, { htm: 'POST', htu: 'https://server.example.com/token', now: 1_562_262_616_000 });
    expect(proof).toMatchObject({ thumbprint: THUMBPRINT, jti: '-BwC3ESc6acc2lTc', issuedAt: 1_562_262_616_000 });
  });

  it('verify at the resource, with the access token and its key', async () => {
    const requirements = {
      htm: 'GET',
      htu: 'https://resource.example.org/protectedresource',
      accessToken: ACCESS_TOKEN,
      expectedThumbprint: THUMBPRINT,
      now: 1_562_262_620_000,
    };
    const proof = await verifyProof(AT_RESOURCE, requirements);
    expect(proof).toMatchObject({ thumbprint: THUMBPRINT, jti: 'e1j3V_bKic8-LAEB' });
    await expect(() => verifyProof(AT_RESOURCE, { ...requirements, accessToken: `${ACCESS_TOKEN}x` })).toFailWith('ERR_DPOP_ACCESS_TOKEN');
  });
});
