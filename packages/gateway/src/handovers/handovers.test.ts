/** Handovers from end to end: a vendor, a customer who reads a code out, the bank's message service and a recipient, over real HTTP. */
import { randomUUID } from 'node:crypto';
import { scanText } from '@numbra/core/guard';
import { verifyReceipt } from '@numbra/verify';
import { compactDecrypt, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  accountOf,
  balanceOf,
  customerOf,
  dumpOf,
  entriesOf,
  nameOf,
  type Receiver,
  referenceOf as referenceIn,
  startAnswers,
  startReceiver,
} from '../../../../tests/support/answers.js';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, customerPhone, type TestGateway, type TestVendor } from '../../../../tests/support/gateways.js';
import { createMessageWebhook, type MessageWebhook } from '../carriers/message-webhook.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PATH = '/v1/handovers';

interface Message {
  readonly message_id: string;
  readonly number: string;
  readonly text: { readonly zh: string; readonly en: string };
}
interface Body {
  readonly handover_id: string;
  readonly state: string;
}

const bodyOf = ({ body }: Answer): Body => JSON.parse(body) as Body;
const codeIn = ({ text }: Message): string => /[0-9]{6}/.exec(text.en)?.[0] ?? '';
/** Another one of six digits. */
const notCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe.each(engines)('handovers on %s', (engine) => {
  let test: TestGateway;
  let phones: Receiver;
  let insurer: Receiver;
  let messages: MessageWebhook;
  let insurerKey: Awaited<ReturnType<typeof generateKeyPair>>;

  beforeAll(async () => {
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    messages = createMessageWebhook({ url: phones.url, secrets: [SECRET] });
    test = await startAnswers(engine, { messages, handovers: { everyMs: 20, networks: ['loopback'] } });
    insurerKey = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
    await test.bank.handovers.addRecipient({ id: 'insurer', title: '安心保险 Anxin', url: insurer.url, jwks: await jwksOf() });
  });
  afterEach(() => {
    for (const receiver of [phones, insurer]) receiver.answer((_request, response) => void response.writeHead(202).end());
  });
  afterAll(async () => {
    await test.close();
    await messages.close();
    await Promise.all([phones.close(), insurer.close()]);
  });

  const jwksOf = async () => ({ keys: [{ ...(await exportJWK(insurerKey.publicKey)), kid: 'insurer-1', use: 'enc' }] });
  const referenceOf = (i: number, vendor: TestVendor = test.a): Promise<string> => referenceIn(test, vendor, i);
  const begin = (reference: string, { vendor = test.a, recipient = 'insurer', key = randomUUID() as string } = {}): Promise<Answer> =>
    test.call(vendor, { reference, recipient }, { path: PATH, key });
  const confirm = (id: string, code: string, { vendor = test.a, key = randomUUID() as string } = {}): Promise<Answer> =>
    test.call(vendor, { code }, { path: `${PATH}/${id}/confirmation`, key });
  const look = (id: string, vendor: TestVendor = test.a): Promise<Answer> =>
    test.call(vendor, undefined, { method: 'GET', path: `${PATH}/${id}` });
  const stateOf = async (id: string): Promise<string> => bodyOf(await look(id)).state;
  const messagesAbout = (id: string): Message[] =>
    phones.got.map(({ body }) => JSON.parse(body) as Message).filter(({ message_id: message }) => message === id);
  const deliveriesOf = (id: string) => insurer.got.filter(({ headers }) => headers['idempotency-key'] === id);
  const steps = async (id: string): Promise<unknown[]> =>
    (await entriesOf(test)).filter(({ type, handover }) => type === 'handover' && handover === id).map(({ step }) => step);
  const remaining = async (): Promise<number> => (await test.bank.campaigns.get('c-a'))?.budgetRemaining ?? Number.NaN;
  const until = (id: string, state: string) => vi.waitFor(async () => expect(await stateOf(id)).toBe(state), 5_000);

  /** Begun, and the code that the customer got. */
  async function begun(i: number): Promise<{ readonly id: string; readonly code: string }> {
    const answer = await begin(await referenceOf(i));
    expect(answer.status).toBe(201);
    const { handover_id: id, state } = bodyOf(answer);
    expect(state).toBe('confirming');
    const [message] = messagesAbout(id);
    return { id, code: codeIn(message!) };
  }

  async function opened(sealed: string) {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, insurerKey.privateKey);
    expect(protectedHeader).toMatchObject({ enc: 'A256GCM', kid: 'insurer-1', typ: 'numbra-handover+jwe' });
    const jwks = createLocalJWKSet((await (await fetch(`${test.url}/.well-known/jwks.json`)).json()) as { keys: [] });
    const required = { issuer: test.url, audience: 'insurer', typ: 'numbra-handover+jwt' };
    return (await jwtVerify(new TextDecoder().decode(plaintext), jwks, required)).payload;
  }

  it('ask the customer by the bank’s own message service, and pass exactly the policy’s fields on to the recipient', async () => {
    const budget = await remaining();
    const started = await begin(await referenceOf(0));
    expect(started.status).toBe(201);
    const { handover_id: id } = bodyOf(started);
    expect(started.headers['location']).toBe(`${PATH}/${id}`);
    expect(JSON.parse(started.body)).toEqual({ handover_id: id, state: 'confirming' });

    const [sent] = phones.got.filter(({ headers }) => headers['webhook-id'] === id);
    new Webhook(SECRET).verify(sent!.body, sent!.headers);
    const message = JSON.parse(sent!.body) as Message;
    expect(message.number).toBe(`+86${customerPhone(0)}`);
    const code = codeIn(message);
    for (const text of [message.text.zh, message.text.en])
      for (const word of [code, '安心保险 Anxin', '账号']) expect(text).toContain(word);
    expect(message.text.zh).toContain('姓名');
    expect(message.text.en).toContain('name');
    expect(insurer.got).toHaveLength(0);

    expect(await confirm(id, notCode(code))).toMatchObject({ status: 403, code: 'code-refused' });
    const confirmed = await confirm(id, code);
    expect(confirmed.status).toBe(200);
    expect(Object.keys(bodyOf(confirmed))).toEqual(['handover_id', 'state']);
    await until(id, 'delivered');

    const [delivery, ...others] = deliveriesOf(id);
    expect(others).toEqual([]);
    expect(delivery!.headers['content-type']).toBe('application/jose');
    const { iat: _at, ...payload } = await opened(delivery!.body);
    const fields = { name: nameOf(0), account: accountOf(0), balance: balanceOf(0) };
    expect(payload).toEqual({ iss: test.url, aud: 'insurer', jti: id, fields });
    expect(await remaining()).toBe(budget - 1);
    expect(await steps(id)).toEqual(['started', 'code-sent', 'code-wrong', 'confirmed', 'delivered']);

    // Nobody but the recipient: the vendor, the log, the store.
    const dump = await dumpOf(test);
    const seen = [started.body, confirmed.body, (await look(id)).body, test.log(), dump].join('\n');
    expect(scanText(`${started.body}${confirmed.body}`)).toEqual([]);
    for (const text of [nameOf(0), accountOf(0), code, delivery!.body, customerPhone(0)]) expect(seen).not.toContain(text);
  });

  it('stand on the customer’s receipt, step by step, with fields and recipient named and no value', async () => {
    const { id, code } = await begun(1);
    await confirm(id, code);
    await until(id, 'delivered');
    const text = await test.bank.evidence.receipt(customerOf(1));
    const report = verifyReceipt(text, { logKeys: [test.bank.ledger.verifierKey] });
    expect(report.missing).toEqual([]);
    const entries = report.uses.map(({ entry }) => entry).filter(({ type }) => type === 'handover');
    expect(entries).toMatchObject([
      { step: 'started', recipient: 'insurer', vendor: 'vendor-a' },
      { step: 'code-sent' },
      { step: 'confirmed', by: 'code', fields: ['name', 'account', 'balance'], signed: expect.stringMatching(/^sha256:/) },
      { step: 'delivered', recipient: 'insurer' },
    ]);
    for (const value of [nameOf(1), accountOf(1), code]) expect(text).not.toContain(value);
  });

  it('take consent that the bank holds for the customer’s word, without a message', async () => {
    const consents = ['marketing.insurance', 'handover.insurer'];
    await test.bank.customers.import([
      { customerId: customerOf(2), phone: customerPhone(2), name: nameOf(2), account: accountOf(2), consents },
    ]);
    const budget = await remaining();
    const sent = phones.got.length;
    const answer = await begin(await referenceOf(2));
    expect(answer.status).toBe(201);
    const { handover_id: id, state } = bodyOf(answer);
    expect(state).toBe('confirmed');
    await until(id, 'delivered');
    expect(phones.got).toHaveLength(sent);
    expect(await remaining()).toBe(budget - 1);
    const confirmed = (await entriesOf(test)).find(({ handover, step }) => handover === id && step === 'confirmed');
    expect(confirmed).toMatchObject({ by: 'consent', consent: 'handover.insurer', fields: ['name', 'account', 'balance'] });
    // Withdrawn, it counts no more: a code is asked for.
    await test.bank.customers.withdraw(customerOf(2), 'handover.insurer');
    expect(bodyOf(await begin(await referenceOf(2))).state).toBe('confirming');
    expect(phones.got).toHaveLength(sent + 1);
  });

  it('end at the third wrong code, at the end of ten minutes, and when another code takes their place', async () => {
    const guessed = await begun(3);
    const wrong = [];
    for (let i = 0; i < 3; i++) wrong.push(await confirm(guessed.id, notCode(guessed.code)));
    const late = await confirm(guessed.id, guessed.code);
    for (const answer of [...wrong, late]) {
      expect(answer).toMatchObject({ status: 403, code: 'code-refused' });
      expect(comparable(answer)).toEqual(comparable(wrong[0]!));
    }
    expect(await stateOf(guessed.id)).toBe('lapsed');
    expect(await steps(guessed.id)).toEqual(['started', 'code-sent', 'code-wrong', 'code-wrong', 'code-wrong', 'lapsed']);

    const slow = await begun(4);
    await test.database.query(`UPDATE handover SET code_until = clock_timestamp() WHERE id = $1`, [slow.id]);
    expect(await confirm(slow.id, slow.code)).toMatchObject({ status: 403, code: 'code-refused' });
    await vi.waitFor(async () => expect(await steps(slow.id)).toEqual(['started', 'code-sent', 'lapsed']), 5_000);

    const first = await begun(5);
    const second = await begun(5);
    expect(await stateOf(first.id)).toBe('lapsed');
    expect(await confirm(first.id, first.code)).toMatchObject({ status: 403, code: 'code-refused' });
    expect(await confirm(second.id, second.code)).toMatchObject({ status: 200 });
    await until(second.id, 'delivered');
    expect(await steps(first.id)).toEqual(['started', 'code-sent', 'lapsed']);
    for (const { id } of [guessed, slow, first]) expect(deliveriesOf(id)).toEqual([]);
  });

  it('send one customer three codes a day, over all that ask', async () => {
    const reference = await referenceOf(6);
    for (let i = 0; i < 3; i++) expect((await begin(reference)).status).toBe(201);
    const sent = phones.got.length;
    expect(await begin(reference)).toMatchObject({ status: 403, code: 'handover-unavailable' });
    expect(phones.got).toHaveLength(sent);
  });

  it('tell an unknown reference, a foreign one, a customer and a forbidden recipient not apart', async () => {
    const own = await referenceOf(7);
    const foreign = await referenceOf(7, test.b);
    const erased = await referenceOf(8);
    await test.bank.customers.erase(customerOf(8));
    const withdrawn = await referenceOf(9);
    await test.bank.customers.withdraw(customerOf(9), 'marketing.insurance');
    const [before, sent] = [await remaining(), phones.got.length];
    const refused = [
      await begin(`${own.slice(0, -4)}AAAA`),
      await begin(foreign),
      await begin('nr1_nothing'),
      await begin(own, { recipient: 'nobody' }),
      await begin(own, { recipient: 'broker' }), // of the policy, and not registered
      await begin(own, { recipient: '__proto__' }),
      await begin(erased),
      await begin(withdrawn),
    ];
    expect(refused[0]).toMatchObject({ status: 403, code: 'handover-unavailable' });
    for (const answer of refused) expect(comparable(answer)).toEqual(comparable(refused[0]!));
    expect([await remaining(), phones.got.length]).toEqual([before, sent]);
  });

  it('are found by their own vendor alone, with a grant whose action is handover', async () => {
    const { id, code } = await begun(10);
    const path = `${PATH}/${id}`;
    const theirs = [await look(id, test.b), await confirm(id, code, { vendor: test.b }), await look('handover_0123456789abcdef')];
    for (const answer of theirs) expect(answer).toMatchObject({ status: 404, code: 'not-found' });
    const grant = await test.grant(test.a, { actions: ['dial', 'answer'] });
    const order = { reference: await referenceOf(10), recipient: 'insurer' };
    for (const answer of [
      await test.call(test.a, order, { path: PATH, grant }),
      await test.call(test.a, { code }, { path: `${path}/confirmation`, grant }),
      await test.call(test.a, undefined, { method: 'GET', path, grant }),
    ])
      expect(answer).toMatchObject({ status: 403, code: 'action-not-granted' });
    expect(await stateOf(id)).toBe('confirming');
  });

  it('reach a customer in the campaign’s hours only, whoever is meant, and never one who is not to be called', async () => {
    const open = await begun(15);
    const sent = phones.got.length;
    // Three days from now, on the campaign's clock: closed today, whenever this runs.
    const day = new Date(Date.now() + 8 * 3_600_000 + 3 * 86_400_000).getUTCDay();
    const window = JSON.stringify({ days: [['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'][day]], from: '00:00', to: '24:00' });
    const close = (text: string | null) => test.database.query(`UPDATE campaign SET call_window = $1 WHERE id = 'c-a'`, [text]);
    await close(window);
    const refused = [
      await begin(await referenceOf(16)),
      await begin('nr1_nothing'),
      await begin(await referenceOf(16), { recipient: 'nobody' }),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 403, code: 'outside-window' });
      expect(comparable(answer)).toEqual(comparable(refused[0]!));
    }
    // Who was asked in time may answer.
    expect((await confirm(open.id, open.code)).status).toBe(200);
    await close(null);
    await test.bank.customers.doNotCall({ phones: [customerPhone(16)], source: 'branch' });
    expect(await begin(await referenceOf(16))).toMatchObject({ status: 403, code: 'handover-unavailable' });
    expect(phones.got).toHaveLength(sent);
    const [last] = await test.bank.calls.refusals({ campaign: 'c-a' });
    expect(last?.code).toBe('do-not-call');
  });

  it('begun 64 times with one key are one, with one message', async () => {
    const reference = await referenceOf(11);
    const sent = phones.got.length;
    const answers = await Promise.all(Array.from({ length: 64 }, () => begin(reference, { key: 'one-start' })));
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const ids = new Set(answers.filter(({ status }) => status === 201).map((answer) => bodyOf(answer).handover_id));
    expect(ids.size).toBe(1);
    expect(phones.got).toHaveLength(sent + 1);
  });

  it('confirmed 64 times at once are sealed and delivered once', async () => {
    const { id, code } = await begun(12);
    const answers = await Promise.all(Array.from({ length: 64 }, () => confirm(id, code)));
    for (const answer of answers) expect(answer.status).toBe(200);
    await until(id, 'delivered');
    expect(deliveriesOf(id)).toHaveLength(1);
    expect((await steps(id)).filter((step) => step === 'confirmed')).toHaveLength(1);
  });

  it('guessed at 64 times at once are guessed at three times', async () => {
    await test.database.query('UPDATE campaign_day SET refused = 0');
    const { id, code } = await begun(13);
    const wrong = Array.from({ length: 64 }, (_, i) => String((Number(code) + 1 + i) % 1_000_000).padStart(6, '0'));
    const answers = await Promise.all(wrong.map((guess) => confirm(id, guess)));
    for (const answer of answers) expect([403, 429]).toContain(answer.status);
    expect(await stateOf(id)).toBe('lapsed');
    expect(await steps(id)).toEqual(['started', 'code-sent', 'code-wrong', 'code-wrong', 'code-wrong', 'lapsed']);
    expect((await confirm(id, code)).status).not.toBe(200);
    // So many guesses use the day's refusals up: an alert, and the vendor waits until midnight.
    expect((await entriesOf(test)).filter(({ type, code: what }) => type === 'alert' && what === 'probing-limit')).toHaveLength(1);
    expect(await begin(await referenceOf(14))).toMatchObject({ status: 429, code: 'probing-limit' });
  });
});
