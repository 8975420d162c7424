import { randomUUID } from 'node:crypto';
import { scanText } from '@numbra/core/guard';
import { verifyAnswer } from '@numbra/grants';
import { CompactSign, compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  answersPolicy,
  balanceOf,
  customerOf,
  dumpOf,
  entriesOf,
  referenceOf as referenceIn,
  startAnswers,
} from '../../../../tests/support/answers.js';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';

interface Body {
  readonly question: string;
  readonly answer: boolean;
  readonly token: string;
}

const bodyOf = ({ body }: Answer): Body => JSON.parse(body) as Body;

describe.each(engines)('answers on %s', (engine) => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startAnswers(engine);
  });
  afterAll(() => test.close());

  const ask = (vendor: TestVendor, reference: string, question = 'balance-50k', key: string = randomUUID()): Promise<Answer> =>
    test.call(vendor, { reference, question }, { path: '/v1/answers', key });
  const count = async (sql: string): Promise<number> => {
    const [row] = await test.database.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${sql}`);
    return row?.n ?? Number.NaN;
  };
  const remaining = async (): Promise<number> => (await test.bank.campaigns.get(test.a.campaign))!.budgetRemaining;
  const referenceOf = (vendor: TestVendor, i: number): Promise<string> => referenceIn(test, vendor, i);

  it('says yes or no, signed for the asker about the reference, and nothing else', async () => {
    const [yes, no] = [await referenceOf(test.a, 0), await referenceOf(test.a, 1)];
    const answers = [await ask(test.a, yes), await ask(test.a, no)];
    expect(answers.map(({ status, body }) => [status, (JSON.parse(body) as Body).answer])).toEqual([
      [200, true],
      [200, false],
    ]);
    const jwks = createLocalJWKSet((await (await fetch(`${test.url}/.well-known/jwks.json`)).json()) as { keys: [] });
    const { payload, protectedHeader } = await jwtVerify(bodyOf(answers[0]!).token, jwks, {
      issuer: test.url,
      audience: 'vendor-a',
      typ: 'numbra-answer+jwt',
    });
    const { iat, exp, ...said } = payload;
    expect(said).toEqual({ iss: test.url, aud: 'vendor-a', sub: yes, question: 'balance-50k', answer: true });
    expect(exp! - iat!).toBe(86_400);
    expect(protectedHeader.alg).toBe('ES256');
    const keys = test.bank.grants.keySource;
    const required = { issuer: test.url, asker: 'vendor-a', keys, now: Date.now() };
    expect(await verifyAnswer(bodyOf(answers[1]!).token, required)).toMatchObject({ reference: no, answer: false });
    await expect(() => verifyAnswer(bodyOf(answers[1]!).token, { ...required, asker: 'vendor-b' })).toFailWith('ERR_ANSWER_INVALID');
    for (const { body } of answers) {
      expect(scanText(body)).toEqual([]);
      expect(body).not.toContain(String(balanceOf(0)));
    }
  });

  it('gives 64 who ask at once one answer, for one unit of the budget', async () => {
    const reference = await referenceOf(test.a, 2);
    const [rows, budget] = [await count('answer'), await remaining()];
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask(test.a, reference)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${(JSON.parse(body) as Body).answer}`))).toEqual(new Set(['200 true']));
    expect(await count('answer')).toBe(rows + 1);
    expect(await remaining()).toBe(budget - 1);
  });

  it('gives 64 with one key one body', async () => {
    const reference = await referenceOf(test.a, 3);
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask(test.a, reference, 'balance-50k', 'one-key')));
    const done = answers.filter(({ status }) => status === 200);
    expect(new Set(done.map(({ body }) => body)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await ask(test.a, reference, 'income-10k', 'one-key')).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  it('repeats the first answer for 90 days, whatever the balance does, and looks again after them', async () => {
    const reference = await referenceOf(test.a, 4);
    expect(bodyOf(await ask(test.a, reference)).answer).toBe(true);
    const budget = await remaining();
    const update = (balance: number) =>
      test.bank.customers.import([{ customerId: customerOf(4), attributes: { balance }, phone: '13800138004' }]);
    await update(1);
    expect(bodyOf(await ask(test.a, reference)).answer).toBe(true);
    const age = (days: number) =>
      test.database.query(
        `UPDATE answer SET answered_at = clock_timestamp() - interval '${days} days' WHERE customer = (SELECT id FROM customer WHERE customer_id = $1)`,
        [customerOf(4)],
      );
    await age(89);
    expect(bodyOf(await ask(test.a, reference)).answer).toBe(true);
    expect(await remaining()).toBe(budget);
    await age(90);
    expect(bodyOf(await ask(test.a, reference)).answer).toBe(false);
    expect(await remaining()).toBe(budget - 1);
  });

  it('tells an unknown reference, a foreign one, a customer and a forbidden question not apart', async () => {
    const own = await referenceOf(test.a, 5);
    const foreign = await referenceOf(test.b, 5);
    const erased = await referenceOf(test.a, 6);
    await test.bank.customers.erase(customerOf(6));
    const withdrawn = await referenceOf(test.a, 7);
    await test.bank.customers.withdraw(customerOf(7), 'marketing.insurance');
    const forged = `${own.slice(0, -4)}AAAA`;
    const rows = await count('answer');
    const refused = [
      await ask(test.a, forged),
      await ask(test.a, foreign),
      await ask(test.a, 'nr1_nothing'),
      await ask(test.a, test.a.rows[0]!.dialToken),
      await ask(test.a, own, 'income-10k'),
      await ask(test.a, own, 'no-such-question'),
      await ask(test.a, own, '__proto__'),
      await ask(test.a, erased),
      await ask(test.a, withdrawn),
    ];
    expect(refused[0]).toMatchObject({ status: 403, code: 'answer-unavailable' });
    for (const answer of refused) expect(comparable(answer)).toEqual(comparable(refused[0]!));
    expect(await count('answer')).toBe(rows);
    const exact = (await test.bank.calls.refusals({ campaign: 'c-a' })).map(({ code }) => code);
    expect(exact.slice(0, 9).reverse()).toEqual([
      'token-forged',
      'token-foreign',
      'token-malformed',
      'token-malformed',
      'question-not-allowed',
      'question-not-allowed',
      'question-not-allowed',
      'customer-erased',
      'consent-withdrawn',
    ]);
  });

  it('answers no other threshold beside the first, so that a policy that changes brackets no value', async () => {
    const [asked, fresh] = [await referenceOf(test.a, 13), await referenceOf(test.a, 14)];
    expect(bodyOf(await ask(test.a, asked)).answer).toBe(false);
    const [rows, budget] = [await count('answer'), await remaining()];
    // The same name with another threshold, and later another name.
    const changed = (await answersPolicy()).replace('at_least: 50000', 'at_least: 10000');
    await test.bank.policies.adopt(changed);
    expect(await ask(test.a, asked)).toMatchObject({ status: 403, code: 'answer-unavailable' });
    await test.bank.policies.adopt(changed.replaceAll('balance-50k', 'balance-10k'));
    expect(await ask(test.a, asked, 'balance-10k')).toMatchObject({ status: 403, code: 'answer-unavailable' });
    expect([await count('answer'), await remaining()]).toEqual([rows, budget]);
    // Nobody asked about this one before; and about the other in 90 days.
    expect(bodyOf(await ask(test.a, fresh, 'balance-10k')).answer).toBe(true);
    await test.database.query(`UPDATE answer SET answered_at = clock_timestamp() - interval '90 days'`);
    expect(bodyOf(await ask(test.a, asked, 'balance-10k')).answer).toBe(true);
    await test.bank.policies.adopt(await answersPolicy());
  });

  it('signs nothing about an attribute that the bank does not have', async () => {
    const reference = await referenceOf(test.b, 8);
    expect(await ask(test.b, reference, 'income-10k')).toMatchObject({ status: 403, code: 'answer-unavailable' });
  });

  it('takes a grant whose action is answer, and no other', async () => {
    const reference = await referenceOf(test.a, 9);
    const grant = await test.grant(test.a, { actions: ['dial'] });
    const path = '/v1/answers';
    expect(await test.call(test.a, { reference, question: 'balance-50k' }, { path, grant })).toMatchObject({
      status: 403,
      code: 'action-not-granted',
    });
    const only = await test.grant(test.a, { actions: ['answer'] });
    expect((await test.call(test.a, { reference, question: 'balance-50k' }, { path, grant: only })).status).toBe(200);
  });

  it('stands in the ledger and on the receipt, and in no other byte of the store', async () => {
    const reference = await referenceOf(test.a, 10);
    const { token } = bodyOf(await ask(test.a, reference));
    const given = (await entriesOf(test)).filter(({ type }) => type === 'answer.given');
    expect(given.at(-1)).toMatchObject({ campaign: 'c-a', vendor: 'vendor-a', question: 'balance-50k' });
    const receipt = await test.bank.evidence.receipt(customerOf(10));
    expect(receipt).toContain('answer.given');
    const dump = await dumpOf(test);
    for (const text of [token, reference, decodeJwt(token).sub!, '"answer":true']) expect(dump).not.toContain(text);
    // By itself: among so many digits of hashes and clocks any five stand somewhere.
    expect(dump).not.toMatch(new RegExp(`(?<![0-9A-Za-z.])${balanceOf(0)}(?![0-9A-Za-z])`));
  });

  it('are as many as the budget has, however many ask at once; what was answered is repeated beyond it', async () => {
    const setBudget = (units: number) =>
      test.database.query(`UPDATE campaign_budget SET remaining = $1 WHERE campaign = (SELECT number FROM campaign WHERE id = 'c-a')`, [
        units,
      ]);
    await setBudget(5);
    const references = await Promise.all(Array.from({ length: 40 }, (_, i) => referenceOf(test.a, 20 + i)));
    const answers = await Promise.all(references.map((reference) => ask(test.a, reference)));
    const answered = references.filter((_reference, i) => answers[i]?.status === 200);
    expect(answered).toHaveLength(5);
    expect(await remaining()).toBe(0);
    expect((await ask(test.a, answered[0]!)).status).toBe(200);
    // Now every refusal is the vendor's own limit, whatever else is wrong: else the two would tell each other apart.
    const other = references.find((reference) => !answered.includes(reference))!;
    const refused = [await ask(test.a, other), await ask(test.a, 'nr1_nothing'), await ask(test.a, other, 'income-10k')];
    for (const answer of refused) expect(answer).toMatchObject({ status: 403, code: 'budget-used' });
    await setBudget(100);
  });

  it('end with the campaign', async () => {
    const grant = await test.grant(test.a);
    const reference = await referenceOf(test.a, 10);
    await test.bank.campaigns.close('c-a');
    for (const question of ['balance-50k', 'income-10k'])
      expect(await test.call(test.a, { reference, question }, { path: '/v1/answers', grant })).toMatchObject({
        status: 403,
        code: 'campaign-closed',
      });
  });

  it('are deleted with an erased customer', async () => {
    const kept = () => count(`answer WHERE customer = (SELECT id FROM customer WHERE customer_id = '${customerOf(10)}')`);
    expect(await kept()).toBe(1);
    await test.bank.customers.erase(customerOf(10));
    expect(await kept()).toBe(0);
  });
});

describe('answers as MACs', () => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startAnswers('pglite', { top: 'answers: mac' });
  });
  afterAll(() => test.close());

  it('need a key that bank and asker share, and are worth nothing to who has it not', async () => {
    const body = { reference: test.a.rows[0]!.reference, question: 'balance-50k' };
    const before = (await test.bank.campaigns.get('c-a'))!.budgetRemaining;
    expect(await test.call(test.a, body, { path: '/v1/answers' })).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await test.bank.campaigns.get('c-a'))!.budgetRemaining).toBe(before);
    const { kid, secret: told } = await test.bank.answers.addKey('vendor-a');
    const secret = Buffer.from(told.replace('nak_', ''), 'base64url');
    const { token } = bodyOf(await test.call(test.a, body, { path: '/v1/answers' }));
    const { protectedHeader } = await compactVerify(token, secret, { algorithms: ['HS256'] });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'numbra-answer+jwt', kid });
    const required = { issuer: test.url, asker: 'vendor-a', now: Date.now() };
    expect(await verifyAnswer(token, { ...required, keys: { kid, secret } })).toMatchObject({ question: 'balance-50k' });
    // The bank's public keys say nothing about it.
    await expect(() => verifyAnswer(token, { ...required, keys: test.bank.grants.keySource })).toFailWith('ERR_ANSWER_INVALID');
    const other = await test.bank.answers.addKey('vendor-b');
    const theirs = { kid, secret: Buffer.from(other.secret.replace('nak_', ''), 'base64url') };
    await expect(() => verifyAnswer(token, { ...required, keys: theirs })).toFailWith('ERR_ANSWER_INVALID');
    await expect(() => test.bank.answers.addKey('nobody')).toFailWith('ERR_ANSWER_VENDOR');
    expect(await dumpOf(test)).not.toContain(secret.toString('hex'));
    // Whoever can verify it could have made it: the asker writes a token of the opposite answer that is as good.
    const [head = '', payload = ''] = token.split('.');
    const { answer, ...said } = decodeJwt(token);
    const forged = await new CompactSign(Buffer.from(JSON.stringify({ ...said, answer: answer !== true })))
      .setProtectedHeader(JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string })
      .sign(secret);
    expect(forged.split('.')[1]).not.toBe(payload);
    expect(await verifyAnswer(forged, { ...required, keys: { kid, secret } })).toMatchObject({ answer: answer !== true });
    // A newer key makes the answers from now on.
    const newer = await test.bank.answers.addKey('vendor-a');
    const next = bodyOf(await test.call(test.a, body, { path: '/v1/answers' }));
    expect(decodeProtectedHeader(next.token).kid).toBe(newer.kid);
  });

  const ask = (reference: string): Promise<Answer> => test.call(test.a, { reference, question: 'balance-50k' }, { path: '/v1/answers' });
  const ended = async () => (await entriesOf(test)).filter(({ type }) => type === 'answer-key.ended');

  it('end with their key, on the record; an older key does not come back, and a new one makes them again', async () => {
    const { bank } = test;
    const [older, newest] = [await bank.answers.addKey('vendor-a'), await bank.answers.addKey('vendor-a')];
    expect((await bank.answers.keys('vendor-a')).slice(0, 2)).toEqual(
      [newest, older].map(({ kid }) => ({ vendor: 'vendor-a', kid, madeAt: expect.any(Date) })),
    );
    const [reference, budget] = [await referenceIn(test, test.a, 20), (await bank.campaigns.get('c-a'))!.budgetRemaining];
    expect(await bank.answers.endKey(newest.kid)).toBe(true);
    expect(await ask(reference)).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await bank.campaigns.get('c-a'))!.budgetRemaining).toBe(budget);
    expect(await bank.answers.endKey(newest.kid)).toBe(false);
    expect(await ended()).toMatchObject([{ vendor: 'vendor-a', key: newest.kid }]);
    const [one, two] = await bank.answers.keys('vendor-a');
    expect([one?.endedAt, two?.endedAt]).toEqual([expect.any(Date), undefined]);
    const next = await bank.answers.addKey('vendor-a');
    expect(decodeProtectedHeader(bodyOf(await ask(reference)).token).kid).toBe(next.kid);
    // One that was replaced may be ended too; the newest goes on.
    expect(await bank.answers.endKey(older.kid)).toBe(true);
    expect((await ask(reference)).status).toBe(200);
  });

  it('are made by no key that was ended while they were asked for', async () => {
    const { kid } = await test.bank.answers.addKey('vendor-a');
    const [reference, before] = [await referenceIn(test, test.a, 30), (await entriesOf(test)).length];
    // Ended between the look at the key and the transaction that signs with it.
    const query = test.database.query.bind(test.database);
    const read = vi.spyOn(test.database, 'query').mockImplementation(async (sql, ...rest) => {
      const rows = await query(sql, ...rest);
      if (sql.startsWith('SELECT kid, secret')) expect(await test.bank.answers.endKey(kid)).toBe(true);
      return rows as never;
    });
    const answer = await ask(reference);
    read.mockRestore();
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    const since = (await entriesOf(test)).slice(before).map(({ type }) => type);
    expect(since).toContain('answer-key.ended');
    expect(since).not.toContain('answer.given');
  });

  it('have keys of vendors that are there alone, and none is ended that is not', async () => {
    const before = (await ended()).length;
    await expect(() => test.bank.answers.keys('nobody')).toFailWith('ERR_VENDOR_UNKNOWN');
    await expect(() => test.bank.answers.endKey('answerkey_nothing')).toFailWith('ERR_ANSWER_KEY_UNKNOWN');
    expect(await ended()).toHaveLength(before);
    expect((await test.bank.answers.keys('vendor-b')).every(({ endedAt }) => endedAt === undefined)).toBe(true);
  });
});
