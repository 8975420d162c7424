/**
 * Two vendors and an outsider put together all that they hold and all that is public, and try to link the bank's customers through its
 * ledger. Then they are given the entries too, which no vendor can have.
 */
import { createHash, createHmac } from 'node:crypto';
import { canonicalJson, leafHash, openCheckpoint, parseVerifierKey, partialTilesOf, tilePath, tileWidth } from '@numbra/ledger';
import { verifyGrowth, verifyReceipt } from '@numbra/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customerPhone, type ListRow, startGateway, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';
import { sha256 } from '../../../../tests/support/ledgers.js';

/** Both vendors call these customers. */
const COMMON = 12;
const id = (i: number): string => `C${String(i).padStart(6, '0')}`;

let test: TestGateway;
/** By vendor and number of the customer, the row of that vendor's list. */
const rowOf = new Map<string, Map<number, ListRow>>();
const calls: { readonly vendor: TestVendor; readonly customer: number; readonly call: string }[] = [];

beforeAll(async () => {
  test = await startGateway('pglite', { sequenceEveryMs: 1_000_000 });
  const { bank } = test;
  for (const vendor of [test.a, test.b]) {
    rowOf.set(vendor.id, new Map());
    for (let i = 0; i < COMMON; i++) {
      const listed = (await bank.evidence.listings(id(i))).find(({ campaign }) => campaign === vendor.campaign)!;
      rowOf.get(vendor.id)!.set(i, vendor.rows[listed.rowNumber - 1]!);
    }
  }
  for (let i = 0; i < COMMON; i++) {
    const vendor = i % 2 === 0 ? test.a : test.b;
    const { status, body } = await test.call(vendor, { dial_token: rowOf.get(vendor.id)!.get(i)!.dialToken });
    expect(status).toBe(201);
    calls.push({ vendor, customer: i, call: (JSON.parse(body) as { call_id: string }).call_id });
  }
  await bank.ledger.sequence();
});
afterAll(() => test.close());

const entries = async (): Promise<Record<string, unknown>[]> => {
  const { size } = await test.bank.ledger.sequence();
  return Promise.all(Array.from({ length: size }, async (_, i) => JSON.parse(await test.bank.ledger.entry(i)) as Record<string, unknown>));
};

/** What the two hold between them, in every spelling of it. */
function known(): string[] {
  const texts: string[] = [];
  for (const vendor of [test.a, test.b])
    for (const row of rowOf.get(vendor.id)!.values()) texts.push(row.reference, row.dialToken, row.maskedPhone);
  for (let i = 0; i < COMMON; i++) texts.push(id(i), customerPhone(i));
  return texts.flatMap((text) => {
    const bytes = text.startsWith('n') ? Buffer.from(text.slice(4), 'base64url') : Buffer.from(text);
    const hashes = [text, bytes].map((each) => createHash('sha256').update(each).digest());
    return [bytes, ...hashes, ...hashes.map((each) => each.subarray(0, 16))]
      .flatMap((each) => [each.toString('base64url'), each.toString('hex')])
      .concat(text);
  });
}

describe('two vendors and an outsider', () => {
  it('get no entry: not without a grant, and not with any grant that a vendor can hold', async () => {
    const path = '/ledger/tile/entries/000';
    expect((await fetch(`${test.url}${path}`)).status).toBe(401);
    for (const vendor of [test.a, test.b]) {
      const grant = await test.grant(vendor);
      const { status } = await test.call(vendor, undefined, { grant, method: 'GET', path });
      expect([401, 403]).toContain(status);
    }
  });

  it('confirm no guess by all public tiles: not with call, grant, policy, purpose and time known to the millisecond', async () => {
    const note = await test.bank.ledger.checkpoint();
    const { checkpoint } = openCheckpoint(note, { logKeys: [parseVerifierKey(test.bank.ledger.verifierKey)] });
    const leaves = new Set<string>();
    for (let n = 0; n * 256 < checkpoint.size; n++) {
      const width = tileWidth(0, n, checkpoint.size);
      const data = (await test.bank.ledger.tile(0, n, width)) ?? new Uint8Array(0);
      for (let at = 0; at < data.length; at += 32) leaves.add(Buffer.from(data.subarray(at, at + 32)).toString('hex'));
      // What is served is what the outsider downloads.
      const served = await fetch(`${test.url}/ledger/${tilePath(0, n, width)}`);
      if (served.status === 200) expect(Buffer.compare(Buffer.from(await served.arrayBuffer()), Buffer.from(data))).toBe(0);
    }
    expect(partialTilesOf(checkpoint.size).length).toBeGreaterThan(0);
    const all = await entries();
    const inside = (guess: object): boolean => leaves.has(Buffer.from(leafHash(sha256, canonicalJson(guess as never))).toString('hex'));
    const made = all.filter(({ type }) => type === 'call.authorized' || type === 'call.placed');
    expect(made.length).toBeGreaterThanOrEqual(2 * COMMON);
    for (const entry of made) {
      const { nonce, subject, ...rest } = entry;
      // Everything but the nonce, even the subject; everything but the subject; and the nonces that a careless writer would take.
      const zeros = Buffer.alloc(16).toString('base64url');
      for (const guess of [
        rest,
        { ...rest, subject },
        { ...rest, nonce: zeros, subject },
        { ...rest, nonce: subject, subject },
        { ...rest, nonce, subject: zeros },
      ])
        expect(inside(guess)).toBe(false);
    }
  });

  it('link nothing even with every entry in hand: no token, mask, id or hash of one stands there, and no subject comes twice', async () => {
    const all = await entries();
    const text = JSON.stringify(all);
    for (const each of known()) expect(text).not.toContain(each);
    const subjects = all.flatMap(({ subject, subjects }) => [
      ...(subject === undefined ? [] : [String(subject)]),
      ...((subjects as string[]) ?? []),
    ]);
    expect(subjects.length).toBeGreaterThanOrEqual(2 * COMMON);
    expect(new Set(subjects).size).toBe(subjects.length);
    // Their calls are theirs by call id. Which two of them, or which consent, are of one customer is in no entry.
    const of = (call: string): string[] => all.filter((entry) => entry['call'] === call).map((entry) => String(entry['subject']));
    for (const { call } of calls) expect(new Set(of(call)).size).toBe(of(call).length);
  });

  it('compute no subject from anything that they hold', async () => {
    const subjects = new Set((await entries()).flatMap(({ subject }) => (subject === undefined ? [] : [String(subject)])));
    const origin = test.bank.logOrigin;
    for (const key of known()) {
      for (const spelling of [Buffer.from(key), Buffer.from(key, 'base64url')]) {
        for (let n = 1; n <= 6; n++) {
          const counter = Buffer.alloc(8);
          counter.writeBigUInt64BE(BigInt(n));
          const message = Buffer.concat([Buffer.from(`numbra/v1/subject\x1f${origin}\x1f`), counter]);
          const guess = createHmac('sha256', spelling).update(message).digest().subarray(0, 16).toString('base64url');
          expect(subjects.has(guess)).toBe(false);
        }
      }
    }
  });

  it('learn nothing from how much the ledger grows: a bad token and a customer who said no make as many entries', async () => {
    const { bank } = test;
    await bank.customers.withdraw(id(COMMON), 'marketing.insurance');
    const listed = (await bank.evidence.listings(id(COMMON))).find(({ campaign }) => campaign === test.a.campaign)!;
    const grant = await test.grant(test.a);
    const grown = async (dialToken: string): Promise<number> => {
      const { size: before } = await bank.ledger.sequence();
      expect((await test.call(test.a, { dial_token: dialToken }, { grant })).status).toBe(403);
      return (await bank.ledger.sequence()).size - before;
    };
    const refused = await grown(test.a.rows[listed.rowNumber - 1]!.dialToken);
    expect(refused).toBe(1);
    expect(await grown(test.b.rows[0]!.dialToken)).toBe(refused);
    expect(await grown(`nd1_${'A'.repeat(48)}`)).toBe(refused);
  });
});

describe('a customer who was erased', () => {
  it('is linked to nothing in the ledger any more, and every proof still holds', async () => {
    const { bank, database } = test;
    const customer = id(1);
    const trust = { logKeys: [bank.ledger.verifierKey] };
    const before = await bank.evidence.receipt(customer);
    const other = await bank.evidence.receipt(id(2));
    const held = verifyReceipt(before, trust);
    expect(held.missing).toEqual([]);
    const key = (JSON.parse(before) as { customerKey: string; checkpoint: string }).customerKey;
    const oldNote = (JSON.parse(before) as { checkpoint: string }).checkpoint;

    await bank.customers.erase(customer);
    await bank.ledger.sequence();
    await expect(() => bank.evidence.receipt(customer)).toFailWith('ERR_RECEIPT_ERASED');
    // Neither the key nor a subject of theirs is where the customer is, sealed or not.
    const [row] = await database.query<{ text: string }>(`SELECT row_to_json(c)::text AS text FROM customer c WHERE customer_id = $1`, [
      customer,
    ]);
    expect(JSON.parse(row!.text)).toMatchObject({ customer_key: null, phone: null, name: null, phone_index: null });
    for (const { entry } of held.uses) if ('subject' in entry) expect(row!.text).not.toContain(String(entry.subject));
    expect(JSON.stringify(await entries())).not.toContain(key);

    // Nor does any record of the bank's name the customer beside an entry: calls are named by id in both.
    const owned = await database.query(
      `SELECT 1 FROM call x JOIN customer c ON c.id = x.customer WHERE c.customer_id = $1
       UNION ALL SELECT 1 FROM refusal r JOIN customer c ON c.id = r.customer WHERE c.customer_id = $1
       UNION ALL SELECT 1 FROM lookup l JOIN customer c ON c.id = l.customer WHERE c.customer_id = $1`,
      [customer],
    );
    expect(owned).toEqual([]);
    const called = calls.find((each) => each.customer === 1)!;
    expect(await bank.calls.show(called.call)).toMatchObject({ callId: called.call, vendor: called.vendor.id });
    expect(await bank.calls.show(called.call)).not.toHaveProperty('customerId');

    // The entries stand where they stood; what was given out before verifies as before; the ledger only grew.
    const subjects = (await entries()).flatMap(({ subject }) => (subject === undefined ? [] : [String(subject)]));
    expect(new Set(subjects).size).toBe(subjects.length);
    for (const { index, entry } of held.uses) expect(JSON.parse(await bank.ledger.entry(index))).toEqual(entry);
    for (const text of [before, other]) verifyReceipt(text, trust);
    verifyReceipt(await bank.evidence.receipt(id(2)), trust);
    const grown = await bank.ledger.consistency(held.size);
    verifyGrowth(oldNote, grown.checkpoint, grown.proof, trust);
    expect(await bank.ledger.verify({ seen: oldNote })).toMatchObject({ verified: true });
  });
});
