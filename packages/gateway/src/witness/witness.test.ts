import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBank, openPGlite } from '@numbra/bank';
import { createCosigner, createNoteSigner, openCheckpoint, parseVerifierKey, signCheckpoint } from '@numbra/ledger';
import { formatAddCheckpoint, signatureLine, verifyReceipt } from '@numbra/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, testKeyring } from '../../../../tests/support/banks.js';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { createWitness, createWitnessKey, type Heads, openHeads, readWitnessKey, type Witness } from '../index.js';
import { WitnessAsker } from './asker.js';

const NAME = 'regulator.example/witness';
let folder: string;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra witness '));
  ({ verifierKey: key } = await createWitnessKey(join(folder, 'key'), NAME));
});
afterAll(() => rm(folder, { recursive: true }));

async function startWitness(
  at: string,
  logKeys: readonly string[],
): Promise<{ witness: Witness; heads: Heads; url: string; stop: () => Promise<void> }> {
  const heads = await openHeads(join(folder, at));
  const witness = createWitness({ cosigner: await readWitnessKey(join(folder, 'key')), heads, logKeys });
  const { url } = await witness.listen({ port: 0 });
  const stop = async (): Promise<void> => {
    await witness.close();
    await heads.close();
  };
  return { witness, heads, url, stop };
}

describe("a witness's key", () => {
  it('lies in a file that its owner alone may read, and is read by nobody else', async () => {
    const path = join(folder, 'key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readWitnessKey(path)).verifierKey).toBe(key);
    await expect(() => createWitnessKey(path, NAME)).toFailWith('ERR_WITNESS_KEY_FILE');
    await writeFile(join(folder, 'open'), await readFile(path), { mode: 0o644 });
    await writeFile(join(folder, 'damaged'), (await readFile(path, 'utf8')).replace(/.\n$/, '\n'), { mode: 0o600 });
    for (const name of ['none', 'open', 'damaged'])
      await expect(() => readWitnessKey(join(folder, name))).toFailWith('ERR_WITNESS_KEY_FILE');
  });
});

describe('a witness', () => {
  const signer = createNoteSigner('log.example', new Uint8Array(32).fill(7));
  const other = createNoteSigner('log.example', new Uint8Array(32).fill(8));
  const note = (size: number, fill: number, by = signer): string =>
    signCheckpoint({ origin: 'log.example', size, root: new Uint8Array(32).fill(fill) }, by);
  let started: Awaited<ReturnType<typeof startWitness>>;
  const ask = (body: string) => fetch(`${started.url}/add-checkpoint`, { method: 'POST', body });

  it('answers as tlog-witness says, remembers across a restart, and keeps what it refused', async () => {
    started = await startWitness('alone', [signer.verifierKey]);
    expect(await (await fetch(`${started.url}/key`)).text()).toBe(`${key}\n`);
    expect((await ask('nonsense')).status).toBe(400);
    expect((await ask('')).status).toBe(400);
    expect((await ask('x'.repeat(20_000))).status).toBe(413);
    const elsewhere = createNoteSigner('else.example', new Uint8Array(32));
    const unknown = signCheckpoint({ origin: 'else.example', size: 3, root: new Uint8Array(32) }, elsewhere);
    expect((await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: unknown }))).status).toBe(404);
    expect((await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(3, 1, other) }))).status).toBe(403);

    const first = await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(3, 1) }));
    expect(first.status).toBe(200);
    const opened = openCheckpoint(note(3, 1) + (await first.text()), {
      logKeys: [parseVerifierKey(signer.verifierKey)],
      witnesses: [parseVerifierKey(key)],
    });
    expect(opened.cosignatures).toMatchObject([{ name: NAME }]);
    await expect(() => openHeads(join(folder, 'alone'))).toFailWith('ERR_WITNESS_STATE');
    await started.stop();

    started = await startWitness('alone', [signer.verifierKey]);
    const stale = await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(5, 1) }));
    expect([stale.status, stale.headers.get('content-type'), await stale.text()]).toEqual([409, 'text/x.tlog.size', '3\n']);
    expect((await ask(formatAddCheckpoint({ oldSize: 3, proof: [], note: note(3, 2) }))).status).toBe(409);
    expect((await ask(formatAddCheckpoint({ oldSize: 3, proof: [new Uint8Array(32)], note: note(5, 1) }))).status).toBe(422);
    expect((await ask(formatAddCheckpoint({ oldSize: 3, proof: [], note: note(3, 1) }))).status).toBe(200);
    expect(await readdir(join(folder, 'alone', 'evidence'))).toHaveLength(2);
    expect(await started.heads.last('log.example')).toMatchObject({ size: 3 });
    await started.stop();
  });

  it('cosigns one of two checkpoints of a size that come at once', async () => {
    started = await startWitness('races', [signer.verifierKey]);
    const answers = await Promise.all([1, 2, 3, 4].map((fill) => ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(9, fill) }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    await started.stop();
  });

  it('takes a damaged memory for an error, not for an empty one', async () => {
    started = await startWitness('damaged-memory', [signer.verifierKey]);
    await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(3, 1) }));
    const file = (await readdir(join(folder, 'damaged-memory'))).find((name) => name.endsWith('.checkpoint'))!;
    await writeFile(join(folder, 'damaged-memory', file), 'x');
    expect((await ask(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(3, 2) }))).status).toBe(500);
    await started.stop();
  });
});

describe("a bank's witness", () => {
  let test: TestGateway;
  let started: Awaited<ReturnType<typeof startWitness>>;
  beforeAll(async () => {
    test = await startGateway('pglite', { witnesses: { everyMs: 20 } });
    started = await startWitness('bank', [test.bank.ledger.verifierKey]);
  });
  afterAll(async () => {
    await test.close();
    await started.stop();
  });

  it('cosigns what everybody is shown, and a receipt says so', async () => {
    const { bank, gateway, url } = test;
    await bank.ledger.witnesses.add({ key, url: started.url });
    const trust = { logKeys: [parseVerifierKey(bank.ledger.verifierKey)], witnesses: [parseVerifierKey(key)] };
    await expect
      .poll(async () => openCheckpoint(await (await fetch(`${url}/ledger/checkpoint`)).text(), trust).cosignatures.length, {
        timeout: 20_000,
      })
      .toBe(1);
    await gateway.askWitnesses();
    const report = verifyReceipt(await bank.evidence.receipt('C000001'), { logKeys: [bank.ledger.verifierKey], witnessKeys: [key] });
    expect(report.guaranteed).toContain('witnessed');
    expect(report.missing).toEqual([]);
    expect(
      signatureLine(
        'the bank',
        report.cosignedBy.map(({ name }) => name),
        'en',
      ),
    ).toBe(`signed by the bank (the bank), and cosigned by witness ${NAME}`);
    expect(await bank.ledger.witnesses.list()).toEqual([expect.not.objectContaining({ refusal: expect.anything() })]);
    // Going on from there: consistency is proved from the size that it knows.
    await bank.vendors.add({ id: 'vendor-c', jwks: { keys: [test.a.key.publicJwk] } });
    await gateway.askWitnesses();
    expect((await bank.ledger.cosignedCheckpoint())?.size).toBe(Number((await bank.ledger.checkpoint()).split('\n')[1]));
  });

  it('that does not answer, or answers nonsense, holds nothing up', async () => {
    const { bank, gateway } = test;
    const dead = createCosigner('dead.example', new Uint8Array(32).fill(3)).verifierKey;
    const liar = createCosigner('liar.example', new Uint8Array(32).fill(4)).verifierKey;
    await bank.ledger.witnesses.add({ key: dead, url: 'http://127.0.0.1:9' });
    await bank.ledger.witnesses.add({ key: liar, url: started.url }); // another's cosignature comes back
    await gateway.askWitnesses();
    expect((await bank.ledger.witnesses.list()).map(({ name, refusal }) => [name, refusal])).toEqual([
      ['dead.example', 'unreachable'],
      ['liar.example', 'cosignature-invalid'],
      [NAME, undefined],
    ]);
    for (const name of ['dead.example', 'liar.example']) await bank.ledger.witnesses.remove(name);
  });

  it('is registered by its own key and a safe address only', async () => {
    const { witnesses, verifierKey } = test.bank.ledger;
    await expect(() => witnesses.add({ key: verifierKey, url: started.url })).toFailWith('ERR_WITNESS_KEY');
    for (const url of ['http://witness.example', 'https://user@witness.example', 'file:///x', 'x'])
      await expect(() => witnesses.add({ key, url })).toFailWith('ERR_WITNESS_URL');
    await expect(() => witnesses.remove('nobody')).toFailWith('ERR_WITNESS_UNKNOWN');
  });
});

it('refuses the second of two copies of a bank, and the ledger of that copy says so', async () => {
  const { bank, database, drop } = await createTestBank('pglite');
  const started = await startWitness('copies', [bank.ledger.verifierKey]);
  await bank.ledger.sequence();
  const copy = await copyOf(database);
  const twin = await openBank({ database: copy, keyring: testKeyring() });
  const askers = [bank, twin].map(
    (each) => new WitnessAsker({ bank: each, networks: ['loopback'], onError: () => {}, onRefused: () => {} }),
  );
  for (const [i, each] of [bank, twin].entries()) {
    await each.ledger.witnesses.add({ key, url: started.url });
    await each.vendors
      .add({ id: `vendor-${i}`, jwks: { keys: [] } })
      .catch(() => each.customers.import([{ customerId: `C${i}`, name: '张三', phone: '13800138000', consents: [] }]));
    await each.ledger.sequence();
    await askers[i]!.askNow();
  }
  expect((await bank.ledger.cosignedCheckpoint())?.checkpoint).toContain(NAME);
  expect(await twin.ledger.cosignedCheckpoint()).toBeUndefined();
  expect(await twin.ledger.witnesses.list()).toMatchObject([{ refusal: expect.stringMatching(/^(?:forked|inconsistent)$/) }]);
  const { size } = await twin.ledger.sequence();
  expect(JSON.parse(await twin.ledger.entry(size - 1))).toMatchObject({ type: 'alert', code: expect.stringMatching(/^witness-/) });
  expect(await readdir(join(folder, 'copies', 'evidence'))).not.toEqual([]);
  await Promise.all(askers.map((asker) => asker.close()));
  await twin.close();
  await copy.close();
  await drop();
  await started.stop();
});

/** Another store with the same rows: what a copied data directory is. */
async function copyOf(database: { query: Awaited<ReturnType<typeof openPGlite>>['query'] }): ReturnType<typeof openPGlite> {
  const copy = await openPGlite();
  const { migrate } = await import('../../../bank/src/store/migrate.js');
  await migrate(copy);
  for (const table of [
    'bank',
    'signing_key',
    'policy',
    'ledger_pending',
    'ledger_bundle',
    'ledger_tile',
    'ledger_head',
    'ledger_checkpoint',
    'ledger_subject',
  ]) {
    const [row] = await database.query<{ text: string }>(`SELECT coalesce(json_agg(t)::text, '[]') AS text FROM ${table} t`);
    await copy.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::${table}, $1::text::json)`, [
      row!.text,
    ]);
    if (table === 'ledger_pending') await copy.query(`SELECT setval(pg_get_serial_sequence('ledger_pending', 'id'), 100000)`);
  }
  return copy;
}
