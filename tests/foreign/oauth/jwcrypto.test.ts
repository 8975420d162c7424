/** A foreign verifier, unmodified: Debian's python3-jwcrypto, with nothing but the issuer's address. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateways.js';

const script = fileURLToPath(new URL('verify-grant.py', import.meta.url));
// Debian's own Python: another one on the path has other packages.
const python = '/usr/bin/python3';
const hasJwcrypto = spawnSync(python, ['-c', 'import jwcrypto.jwt']).status === 0;

describe.skipIf(!hasJwcrypto)('python3-jwcrypto', () => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway('pglite');
  });
  afterAll(() => test.close());

  /** In the background: the gateway that it asks runs in this process. */
  const verify = (token: string): Promise<{ code: number; out: string }> =>
    new Promise((resolve) => {
      const child = execFile(python, [script, test.url], (error, stdout) => resolve({ code: error ? 1 : 0, out: stdout }));
      child.stdin?.end(JSON.stringify({ token }));
    });

  it('verifies a grant by the published keys, after a rotation too, and the status list that it names', async () => {
    const old = await test.grant(test.a);
    await test.bank.grants.rotateKey();
    for (const token of [old, await test.grant(test.a)]) {
      const { code, out } = await verify(token);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        header: { typ: 'at+jwt', alg: 'ES256' },
        claims: { client_id: test.a.id, authorization_details: [{ campaign: test.a.campaign }] },
        list: `${test.url}/status/0`,
        bits: 1,
      });
    }
  });

  it('refuses an edited one', async () => {
    const [header, payload, signature] = (await test.grant(test.a)).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const edited = Buffer.from(JSON.stringify({ ...claims, client_id: 'vendor-b' })).toString('base64url');
    expect((await verify(`${header}.${edited}.${signature}`)).code).toBe(1);
  });
});
