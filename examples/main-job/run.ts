/**
 * The main job: a bank shares 32,000 customers with two call centres, and one of them calls 200 of them without one raw
 * number. Everything is real but the people: the store, the keys, HTTP, signatures, refusals, ledger, trace.
 *
 *     npm start                      with progress and a summary
 *     npm start --silent -- --json   one JSON object on stdout
 * @module
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bank } from '@numbra/bank';
import { isNumbraError, Sensitive } from '@numbra/core';
import { createGateway, createLoopbackCarrier, type Gateway } from '@numbra/gateway';
import { createHome } from 'numbra';
import { CUSTOMER_COLUMNS, syntheticCustomers } from './customers.js';
import { progressBars } from './progress.js';
import { rawValues, searchFolder } from './search.js';
import { languageOf, type Report, summary } from './summary.js';
import { createVendor, type DemoVendor, type ListRow, readList } from './vendor.js';

const CUSTOMERS = 32_000;
const CALLS = 200;
const AGENTS = 10;
const STOLEN = 5;
const BANK = 'demo-bank';
const TERM_LIFE = 'marketing.insurance.term-life';
const SATISFACTION = 'service.satisfaction';
/** The small campaigns that serve the refusals: enough rows for the policy's k. */
const SMALL_LIST = 60;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const demo = join(root, 'demo');
const json = process.argv.includes('--json');

/** What vendor-a and vendor-b are given, and what the refusals need. */
const campaigns = [
  { id: 'c-2026-11-a', vendor: 'vendor-a', purpose: TERM_LIFE, budgetCalls: 5000 },
  { id: 'c-2026-11-b', vendor: 'vendor-b', purpose: TERM_LIFE, budgetCalls: 5000 },
  { id: 'c-2026-12-a', vendor: 'vendor-a', purpose: SATISFACTION, budgetCalls: 100, selection: { limit: SMALL_LIST } },
  { id: 'c-2026-13-a', vendor: 'vendor-a', purpose: TERM_LIFE, budgetCalls: 100, selection: { limit: SMALL_LIST }, window: closedNow() },
  { id: 'c-2026-14-a', vendor: 'vendor-a', purpose: TERM_LIFE, budgetCalls: 1, selection: { limit: SMALL_LIST } },
] as const;

/** An hour of the day that is not within five hours of now, in the bank's time zone. */
function closedNow() {
  const hour = Number(
    new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit', hourCycle: 'h23' }).format(new Date()),
  );
  const from = (hour + 6) % 23;
  const clock = (h: number): string => `${String(h).padStart(2, '0')}:00`;
  return { days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], from: clock(from), to: clock(from + 1) } as const;
}

async function main(): Promise<void> {
  const started = performance.now();
  const bars = progressBars(!json);
  for (const folder of ['bank', 'vendor-a', 'vendor-b']) {
    rmSync(join(demo, folder), { recursive: true, force: true });
    mkdirSync(join(demo, folder), { recursive: true });
  }

  // What the bank has: customers and a policy.
  const customersFile = join(demo, 'bank', 'customers.csv');
  bars.start('customers', CUSTOMERS);
  writeCustomers(customersFile, bars.update);
  const policy = readFileSync(join(root, 'examples', 'main-job', 'policy.yaml'), 'utf8');
  const passphrase = randomBytes(24).toString('base64url');
  writeFileSync(join(demo, 'bank', 'passphrase'), `${passphrase}\n`, { mode: 0o600 });
  bars.start('bank', 1);
  const home = await createHome(join(demo, 'bank'), { bank: BANK, passphrase: new Sensitive(passphrase), policy });
  const { bank } = home;
  bars.update(1);

  try {
    bars.start('import', CUSTOMERS);
    await bank.customers.importCsv(customersFile, { onProgress: bars.update });

    const a = await createVendor('vendor-a', join(demo, 'vendor-a'));
    const b = await createVendor('vendor-b', join(demo, 'vendor-b'));
    for (const vendor of [a, b]) await bank.vendors.add({ id: vendor.id, jwks: vendor.jwks });

    const exports = await exportLists(bank, bars);

    const carrier = createLoopbackCarrier();
    const gateway = await createGateway({ bank, carrier });
    const { url } = await gateway.listen({ host: '127.0.0.1', port: 0 });
    for (const vendor of [a, b]) vendor.connect(url);
    const placed = await placeCalls(a, bars);
    const refusals = await provokeRefusals(bank, gateway, a, b);
    await gateway.close();
    for (const vendor of [a, b]) vendor.close();

    bars.start('ledger', 1);
    const checkpoint = await bank.ledger.checkpoint();
    const verified = await bank.ledger.verify();
    bars.update(1);
    const trace = await traceStolenRows(bank);
    bars.stop();

    const raw = rawValues(syntheticCustomers(CUSTOMERS));
    const searches = ['vendor-a', 'vendor-b'].map((folder) => searchFolder(join(demo, folder), raw));
    const report: Report = {
      customers: (await bank.customers.count()).customers,
      exports,
      calls: { placed, refused: refusals.length },
      refusals,
      ledger: { size: verified.size, checkpoint, verified: verified.verified },
      trace,
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
    writeFileSync(join(demo, 'README.txt'), nextSteps);
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stdout.write(`${summary(languageOf(process.env), report, add(searches), await sampleRow(bank))}\n`);
    if (add(searches).found > 0 || trace.named !== STOLEN) process.exitCode = 1;
  } finally {
    bars.stop();
    await home.close();
  }
}

function writeCustomers(file: string, onProgress: (done: number) => void): void {
  const descriptor = openSync(file, 'w');
  let lines = `${CUSTOMER_COLUMNS.join(',')}\n`;
  let done = 0;
  for (const customer of syntheticCustomers(CUSTOMERS)) {
    lines += `${CUSTOMER_COLUMNS.map((column) => customer[column]).join(',')}\n`;
    if (++done % 1000 === 0) {
      writeSync(descriptor, lines);
      lines = '';
      onProgress(done);
    }
  }
  writeSync(descriptor, lines);
  closeSync(descriptor);
}

async function exportLists(bank: Bank, bars: ReturnType<typeof progressBars>): Promise<Report['exports']> {
  const made = [];
  for (const { id, vendor, ...terms } of campaigns) {
    await bank.campaigns.create({ id, vendor, perCustomer: 2, perAgentPerHour: 40, ...terms });
    bars.start(`export ${vendor}`, 1);
    const file = join(demo, vendor, `${id}.csv`);
    const result = await bank.campaigns.export(id, { file, onProgress: bars.update });
    if (result.outcome === 'refused') throw new Error(`the export was refused: ${result.code}`);
    writeFileSync(join(demo, vendor, `${id}.manifest.json`), result.manifest);
    writeFileSync(join(demo, vendor, `${id}.manifest.jws`), result.signature);
    made.push({ vendor, campaign: id, rows: result.rows, file: relative(root, file), sealMs: Math.round(result.sealMs * 10) / 10 });
  }
  return made;
}

/** Ten agents of vendor-a share the first 200 rows of its list. */
async function placeCalls(vendor: DemoVendor, bars: ReturnType<typeof progressBars>): Promise<number> {
  const rows = readList(join(demo, 'vendor-a', 'c-2026-11-a.csv')).slice(0, CALLS);
  const client = vendor.client('c-2026-11-a');
  bars.start('calls', CALLS);
  let placed = 0;
  const agent = async (number: number): Promise<void> => {
    for (let i = number; i < rows.length; i += AGENTS) {
      const answer = await client.calls.place(rows[i]!.dialToken, { agent: `agent-${number + 1}`, idempotencyKey: `order-${i}` });
      if (answer.outcome === 'placed') placed += 1;
      bars.update(placed);
    }
  };
  await Promise.all(Array.from({ length: AGENTS }, (_, number) => agent(number)));
  return placed;
}

/** Six attempts that must not succeed. For each: what the bank records, and what the vendor is told. */
async function provokeRefusals(bank: Bank, gateway: Gateway, a: DemoVendor, b: DemoVendor): Promise<Report['refusals']> {
  const listOf = (campaign: string, vendor = 'vendor-a') => readList(join(demo, vendor, `${campaign}.csv`));
  const untouched = listOf('c-2026-11-a').slice(CALLS);
  const made: { case: string; code: string; vendorCode: string }[] = [];
  const attempt = async (name: string, vendor: DemoVendor, campaign: string, dialToken: string): Promise<void> => {
    const answer = await vendor.client(campaign).calls.place(dialToken, { agent: 'agent-1', idempotencyKey: `refused-${made.length}` });
    if (answer.outcome !== 'refused') throw new Error(`${name}: expected a refusal, got ${answer.outcome}`);
    const [recorded] = await bank.calls.refusals({ campaign, limit: 1 });
    made.push({ case: name, code: recorded?.code ?? 'not recorded', vendorCode: answer.code });
  };

  await attempt("vendor-b with vendor-a's token", b, 'c-2026-11-b', untouched[0]!.dialToken);
  await attempt('a grant of another purpose', a, 'c-2026-12-a', untouched[1]!.dialToken);
  await attempt('outside calling hours', a, 'c-2026-13-a', listOf('c-2026-13-a')[0]!.dialToken);

  const { customerId, dialToken } = await someoneUncalled(bank, listOf('c-2026-11-a'));
  await bank.customers.withdraw(customerId, 'marketing.insurance');
  await attempt('a customer who withdrew consent', a, 'c-2026-11-a', dialToken);

  const [first, second] = listOf('c-2026-14-a');
  await a.client('c-2026-14-a').calls.place(first!.dialToken, { agent: 'agent-2', idempotencyKey: 'the-only-call' });
  await attempt('a budget used up', a, 'c-2026-14-a', second!.dialToken);

  const before = new Map(gateway.authenticationFailures());
  const vendorCode = await a.replay();
  const [code = 'not recorded'] =
    [...gateway.authenticationFailures()].find(([reason, count]) => count !== (before.get(reason) ?? 0)) ?? [];
  made.push({ case: 'a replayed proof', code, vendorCode });
  return made;
}

/** A customer of vendor-a's list whom nobody called yet: the bank knows which row is whose, the vendor does not. */
async function someoneUncalled(bank: Bank, list: readonly ListRow[]): Promise<{ customerId: string; dialToken: string }> {
  for (const { customer_id } of syntheticCustomers(CUSTOMERS)) {
    const row = (await bank.evidence.listings(customer_id)).find(({ campaign }) => campaign === 'c-2026-11-a');
    if (row && row.rowNumber > CALLS + 10) return { customerId: customer_id, dialToken: list[row.rowNumber - 1]!.dialToken };
  }
  throw new Error('everybody was called');
}

/** Five rows of vendor-a's list turn up in a chat, between other people's words. */
async function traceStolenRows(bank: Bank): Promise<Report['trace']> {
  const rows = readList(join(demo, 'vendor-a', 'c-2026-11-a.csv'));
  const stolen = Array.from({ length: STOLEN }, (_, i) => rows[1000 + 997 * i]!);
  const chat = stolen.map(({ line }, i) => `[${10 + i}:2${i}] fresh list, ten a row, sample: ${line}`).join('\n');
  writeFileSync(join(demo, 'leak.txt'), `${chat}\n[10:31] how many do you have?\n`);
  const report = await bank.evidence.trace(readFileSync(join(demo, 'leak.txt'), 'utf8'));
  writeFileSync(join(demo, 'trace.json'), `${JSON.stringify(report, null, 2)}\n`);
  const named = report.rows.filter((row) => row.proven && row.campaign === 'c-2026-11-a' && row.vendor === 'vendor-a').length;
  return { rows: STOLEN, named };
}

/** One customer's row before and after. */
async function sampleRow(bank: Bank): Promise<{ before: string; after: string }> {
  const before = readFileSync(join(demo, 'bank', 'customers.csv'), 'utf8').split('\n', 2)[1] ?? '';
  const [listing] = await bank.evidence.listings(before.split(',')[0] ?? '');
  const after = listing && readList(join(demo, listing.vendor, `${listing.campaign}.csv`))[listing.rowNumber - 1];
  return { before, after: after?.line ?? 'not on a list' };
}

const add = (searches: readonly { files: number; bytes: number; found: number }[]) =>
  searches.reduce((sum, { files, bytes, found }) => ({ files: sum.files + files, bytes: sum.bytes + bytes, found: sum.found + found }), {
    files: 0,
    bytes: 0,
    found: 0,
  });

const nextSteps = `This folder was made by npm start and may be deleted.

bank/       what the bank holds: customers.csv and policy.yaml; db/ (names, phones, accounts, ID numbers and balances sealed),
            keyring.json and its passphrase (in a real bank kept apart), checkpoint (the ledger's last signed state)
vendor-a/   everything that vendor-a ever received: lists, signed manifests, transcript.jsonl with every HTTP answer; key.json is its own
vendor-b/   the same for vendor-b
leak.txt    a chat with five stolen rows in it; trace.json what the bank makes of it

Try:
  node packages/numbra/dist/main.js --home demo/bank --passphrase-file demo/bank/passphrase ledger verify
  node packages/numbra/dist/main.js --home demo/bank --passphrase-file demo/bank/passphrase trace demo/leak.txt
  node packages/numbra/dist/main.js --home demo/bank --passphrase-file demo/bank/passphrase serve
`;

try {
  await main();
} catch (error) {
  // A store that another process has open, a full disk: one sentence, a code, a status.
  const known = isNumbraError(error);
  process.stderr.write(known ? `${error.message}\n${error.action}\n${error.code}\n` : `${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
