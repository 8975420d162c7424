/**
 * A bank whose keys lie in a real PKCS#11 token, or behind a key service, as an operator runs it: every command opens the keyring and closes it.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { generateVendorKey } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, runCommand } from '../../../tests/support/command.js';
import { makeTokens, NEEDS_SOFTHSM, PIN, type SoftHsm, softhsm } from '../../keyrings/src/pkcs11/softhsm.fixture.js';
import { startTransitServer, TOKEN, type TransitServer } from '../../keyrings/src/transit/transit-server.fixture.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(dirname(here)));

const CUSTOMERS = `customer_id,name,phone,account,resident_id,balance,consent
C1,赵一,13800138001,6228480402564890018,11010119900307001X,61200.50,marketing.insurance
C2,钱二,13800138002,6228480402564890026,110101199003070028,100.00,marketing.insurance
`;

let folder: string;
let hsm: SoftHsm | undefined;
let server: TransitServer;
const at = (name: string): string => join(folder, name);

const numbra = (...args: string[]): Promise<Ran> => runCommand(...args, '--json');

async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const { status, stdout } = await numbra(...args);
  expect(`${status} ${stdout.includes('"error"') ? stdout : ''}`).toBe('0 ');
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function fails(...args: string[]): Promise<string> {
  const { status, stdout } = await numbra(...args);
  expect(status).toBe(1);
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra keyring '));
  server = await startTransitServer();
  if (softhsm) hsm = makeTokens('numbra');
  await writeFile(at('pin'), `${PIN}\n`);
  await writeFile(at('token'), `${TOKEN}\n`);
  await writeFile(at('wrong'), '000000\n');
  await writeFile(at('customers.csv'), CUSTOMERS);
  const { jwks } = await generateVendorKey();
  await writeFile(at('vendor-a.jwks.json'), JSON.stringify(jwks));
});
afterAll(async () => {
  await server.close();
  hsm?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** init, import, vendor, campaign, export, trace. */
async function mainPath(home: string, secret: string, ...choice: string[]): Promise<string[]> {
  const options = ['--home', at(home), '--passphrase-file', at(secret)];
  await ok(...options, 'init', 'demo-bank', '--policy', join(root, 'examples/main-job/policy.yaml'), '--port', '0', ...choice);
  expect(await ok(...options, 'import', at('customers.csv'))).toMatchObject({ imported: 2 });
  await ok(...options, 'vendor', 'add', 'vendor-a', '--jwks', at('vendor-a.jwks.json'));
  const terms = ['--vendor', 'vendor-a', '--purpose', 'marketing.insurance.term-life', '--where', 'balance>=50000'];
  await ok(...options, 'campaign', 'create', 'c-1', ...terms);
  expect(await ok(...options, 'export', 'c-1', '--out', at(`${home}.csv`))).toMatchObject({ rows: 1 });
  const list = await readFile(at(`${home}.csv`), 'utf8');
  await writeFile(at('leak.txt'), `for sale: ${list.split('\n')[1]}`);
  expect(await ok(...options, 'trace', at('leak.txt'))).toMatchObject({ lists: [{ campaign: 'c-1', vendor: 'vendor-a', rows: 1 }] });
  return options;
}

describe.skipIf(!softhsm)(`a bank whose keys lie in a PKCS#11 token (${NEEDS_SOFTHSM})`, () => {
  const choice = (mode: string) => [
    '--keyring',
    'pkcs11',
    '--pkcs11-library',
    softhsm ?? '',
    '--pkcs11-token',
    'numbra',
    '--pkcs11-mode',
    mode,
  ];

  it('imports, exports and traces, with no keyring file', async () => {
    await mainPath('inside', 'pin', ...choice('inside'));
    expect(await readdir(at('inside'))).not.toContain('keyring.json');
    const settings = JSON.parse(await readFile(join(at('inside'), 'numbra.json'), 'utf8'));
    expect(settings.keyring).toMatchObject({ kind: 'pkcs11', token: 'numbra', mode: 'inside' });
    expect(settings.keyring.name).toMatch(/^demo-bank-[0-9a-f]{12}$/);
    expect(JSON.stringify(settings)).not.toContain(PIN);
    expect(await fails('--home', at('inside'), '--passphrase-file', at('wrong'), 'vendor', 'list')).toBe('ERR_KEYRING_WRONG_PIN');
  });

  it("is made by the guide's own commands", async () => {
    const guide = await readFile(join(root, 'docs/guides/bank/keyrings.md'), 'utf8');
    const block = /<!-- run: [^\n]*\n\n```sh\n([\s\S]*?)```/.exec(guide)?.[1];
    await mkdir(at('guide'));
    const main = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@numbra/source', join(here, 'main.ts')];
    const numbraHere = `numbra() { "${process.execPath}" ${main.map((word) => `"${word}"`).join(' ')} "$@"; }`;
    const script = `set -euo pipefail\n${numbraHere}\n${(block ?? 'false').replace('/usr/lib/softhsm/libsofthsm2.so', softhsm ?? '')}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: at('guide'), env: { PATH: process.env['PATH'] } });
    expect(stdout).toContain('The keys lie in the token numbra as numbra/demo-bank-');
    expect(await readdir(at('guide'))).toEqual(['bank', 'pin', 'softhsm2.conf', 'tokens']);
  });

  it('takes up the keyring of a creation that was killed', async () => {
    const options = ['--home', at('killed'), '--passphrase-file', at('pin')];
    await ok(...options, 'init', 'demo-bank', '--port', '0', ...choice('wrap'));
    const file = join(at('killed'), 'numbra.json');
    const finished = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...finished, state: 'initialising' }));
    await ok(...options, 'init', 'demo-bank', '--port', '0', ...choice('wrap'));
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(finished);
    expect(await ok(...options, 'import', at('customers.csv'))).toMatchObject({ imported: 2 });
  });
});

describe('a bank whose keys lie behind a Transit engine', () => {
  const choice = () => ['--keyring', 'transit', '--transit-address', server.address];

  it('imports, exports and traces, and says when the service is away or refuses', async () => {
    const options = await mainPath('transit', 'token', ...choice());
    expect(JSON.parse(await readFile(join(at('transit'), 'keyring.json'), 'utf8')).kind).toBe('transit');
    expect(await fails('--home', at('transit'), '--passphrase-file', at('wrong'), 'vendor', 'list')).toBe('ERR_KEYRING_KMS_REFUSED');
    server.fault = () => ({ status: 503 });
    expect(await fails(...options, 'vendor', 'list')).toBe('ERR_KEYRING_KMS_UNAVAILABLE');
    server.fault = undefined;
  });

  it('takes up the keyring of a creation that was killed', async () => {
    const options = ['--home', at('killed-transit'), '--passphrase-file', at('token')];
    await ok(...options, 'init', 'demo-bank', '--port', '0', ...choice());
    const file = join(at('killed-transit'), 'numbra.json');
    const keys = server.keys.size;
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), state: 'initialising' }));
    await ok(...options, 'init', 'demo-bank', '--port', '0', ...choice());
    expect(server.keys.size).toBe(keys);
  });
});

it('says which option is missing, and creates nothing', async () => {
  const options = ['--home', at('none'), '--passphrase-file', at('pin'), 'init', 'demo-bank'];
  expect(await fails(...options, '--keyring', 'pkcs11')).toBe('ERR_ARGUMENT');
  expect(await fails(...options, '--keyring', 'transit')).toBe('ERR_ARGUMENT');
  expect(await fails(...options, '--keyring', 'paper')).toBe('ERR_ARGUMENT');
  await expect(access(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
