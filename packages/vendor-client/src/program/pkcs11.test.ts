/** A vendor's key in a real token: SoftHSM2 (Debian: softhsm2). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKey, signJwt } from '../key.js';
import { type Cryptoki, generateTokenKey, openTokenKey } from './pkcs11.js';
import type { TokenPlace } from './pkcs11-uri.js';

const module = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
].find((place) => existsSync(place));
/** As a vendor would install it; here it stands beside the bank's keyrings. */
const load = async (): Promise<Cryptoki> => {
  const { PKCS11 } = createRequire(new URL('../../../keyrings/package.json', import.meta.url))('pkcs11js') as {
    PKCS11: new () => Cryptoki;
  };
  return new PKCS11();
};

describe.skipIf(module === undefined)(`a key in a token${module === undefined ? ' (needs SoftHSM2: npm run setup:system)' : ''}`, () => {
  let folder: string;
  let place: TokenPlace;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'numbra-vendor-token-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(
      join(folder, 'softhsm2.conf'),
      `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    );
    process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'desk', '--pin', '271828', '--so-pin', '31415926'], {
      stdio: 'pipe',
    });
    writeFileSync(join(folder, 'pin'), '271828\n', { mode: 0o600 });
    writeFileSync(join(folder, 'wrong-pin'), '000000\n', { mode: 0o600 });
    writeFileSync(join(folder, 'open-pin'), '271828\n', { mode: 0o644 });
    place = { module: module ?? '', token: 'desk', object: 'numbra', pinFile: join(folder, 'pin') };
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made inside, signs what jose verifies, and is there again', async () => {
    const made = await generateTokenKey(place, load);
    const { publicJwk } = made;
    const jwt = await signJwt(await readKey(made), { typ: 'JWT' }, { sub: 'vendor-42' });
    await expect(compactVerify(jwt, await importJWK(publicJwk as unknown as JWK, 'ES256'))).resolves.toBeDefined();
    made.close();
    const opened = await openTokenKey(place, load);
    expect(opened.publicJwk).toEqual(publicJwk);
    for (let i = 0; i < 20; i += 1) expect((await opened.sign(Uint8Array.of(i))).byteLength).toBe(64);
    opened.close();
  });

  it('is not made twice under one label', async () => {
    await expect(() => generateTokenKey(place, load)).toFailWith('ERR_PROGRAM_FILE_EXISTS');
  });

  it('says so when the token, the key or the PIN is another, and goes on after that', async () => {
    for (const other of [{ token: 'nobody' }, { object: 'nothing' }, { module: '/nowhere/hsm.so' }, { pinFile: join(folder, 'wrong-pin') }])
      await expect(() => openTokenKey({ ...place, ...other }, load)).toFailWith('ERR_PROGRAM_TOKEN');
    await expect(() => openTokenKey({ ...place, pinFile: join(folder, 'open-pin') }, load)).toFailWith('ERR_PROGRAM_FILE_OPEN_TO_OTHERS');
    (await openTokenKey(place, load)).close();
  });

  it('says what to install when pkcs11js is missing', async () => {
    await expect(() => openTokenKey(place)).toFailWith('ERR_PROGRAM_NO_PKCS11JS');
  });
});
