/**
 * A call desk that writes no TypeScript: a bank, its gateway, the program numbra-vendor, and one call each by curl, Python and Java.
 *
 *     npx tsx vendor-desk/run.ts
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBank, openPGlite } from '@numbra/bank';
import { Sensitive } from '@numbra/core';
import { createGateway, createLoopbackCarrier } from '@numbra/gateway';
import { createPassphraseFile } from '@numbra/keyrings/passphrase-file';
import { policyTemplate } from '@numbra/policy';

const execute = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'numbra vendor desk '));
const at = (name: string) => join(folder, name);

/** `npx numbra-vendor`, without npx. */
const manifest = createRequire(import.meta.url).resolve('@numbra/vendor-client/package.json');
const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: Record<string, string> };
const program = join(dirname(manifest), bin['numbra-vendor'] ?? '');

// The vendor makes its key and hands over the public half; the bank makes a list.
const { stdout: jwks } = await execute(process.execPath, [program, 'init', '--key', at('vendor.key')]);
const keyring = await createPassphraseFile(at('keyring.json'), new Sensitive('correct horse battery staple'));
const database = await openPGlite(at('db'));
const policy = policyTemplate('try-out', { bank: 'demo-bank', vendors: ['vendor-a'] });
const bank = await createBank({ name: 'demo-bank', database, keyring, policy });
const phones = ['13800138000', '13800138001', '13800138002'];
const consents = ['marketing.insurance'];
await bank.customers.import(phones.map((phone, i) => ({ customerId: `C00000${i}`, name: '张三', phone, consents })));
await bank.vendors.add({ id: 'vendor-a', jwks: JSON.parse(jwks) });
const terms = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };
await bank.campaigns.create({ id: 'c-1', ...terms });
await bank.campaigns.export('c-1', { file: at('list.csv') });
const gateway = await createGateway({ bank, carrier: createLoopbackCarrier() });
const { url } = await gateway.listen({ port: 0 });

// The program, as a service of the desk's machine would run it.
const options = ['--issuer', url, '--client-id', 'vendor-a', '--key', at('vendor.key'), '--port', '0'];
const desk = spawn(process.execPath, [program, 'serve', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
let address = '';
const log: string[] = [];
const lines = createInterface(desk.stderr);
for await (const line of lines) {
  log.push(line);
  address = (JSON.parse(line) as { at?: string }).at ?? '';
  if (address !== '') break;
}
desk.stderr.on('data', (more) => log.push(String(more)));

const environment = { ...process.env, NUMBRA_DESK: address, NUMBRA_SECRET_FILE: at('vendor.key.secret'), NUMBRA_CAMPAIGN: 'c-1' };
const languages = [
  ['curl', 'sh', ['call.sh']],
  ['python3', 'python3', ['call.py']],
  ['java', 'java', ['Call.java']],
] as const;
const tokens = (await readFile(at('list.csv'), 'utf8'))
  .split('\n')
  .slice(1)
  .map((row) => row.split(',')[1] ?? '');

try {
  for (const [i, [needed, command, args]] of languages.entries()) {
    if (!(await isInstalled(needed))) {
      if (process.env['NUMBRA_CI']) throw new Error(`${needed} is not installed: npm run setup:system`);
      console.log(`skipped: ${args[0]}, because ${needed} is not installed`);
      continue;
    }
    const { stdout } = await execute(command, [...args, tokens[i] ?? '', `order-${i}`], { cwd: here, env: environment });
    const [placed, state, outcome] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    if (placed?.['state'] !== 'placed' || state?.['call_id'] !== placed['call_id'] || outcome?.['outcome'] !== 'interested')
      throw new Error(`${args[0]} got another answer`);
    console.log(`${args[0]}: ${JSON.stringify(placed)}`);
  }
} catch (error) {
  console.error(log.join('\n'));
  throw error;
} finally {
  desk.kill('SIGTERM');
  await gateway.close();
  await bank.close();
  await database.close();
  keyring.close();
  await rm(folder, { recursive: true });
}

async function isInstalled(command: string): Promise<boolean> {
  return execute(command, [command === 'java' ? '-version' : '--version']).then(
    () => true,
    () => false,
  );
}
