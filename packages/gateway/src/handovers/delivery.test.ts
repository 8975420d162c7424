/** What goes wrong between bank, message service and recipient, over real HTTP. */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  customerOf,
  dumpOf,
  entriesOf,
  type Receiver,
  referenceOf,
  startAnswers,
  startReceiver,
} from '../../../../tests/support/answers.js';
import { engines } from '../../../../tests/support/banks.js';
import type { Answer, TestGateway } from '../../../../tests/support/gateways.js';
import { createMessageWebhook } from '../carriers/message-webhook.js';
import { HandoverSender, type HandoverSendOptions } from './sender.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PATH = '/v1/handovers';

describe.each(engines)('what goes to a recipient on %s', (engine) => {
  let test: TestGateway;
  let phones: Receiver;
  let insurer: Receiver;
  let customer = 0;
  const closing: (() => Promise<unknown>)[] = [];

  async function start(): Promise<void> {
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    const messages = createMessageWebhook({ url: phones.url, secrets: [SECRET], timeoutMs: 500 });
    // The gateway's own sender sleeps: the tests send.
    test = await startAnswers(engine, { messages, handovers: { everyMs: 3_600_000 } });
    await register(insurer.url);
    closing.push(() => test.close(), messages.close, phones.close, insurer.close);
  }
  const started = start();
  beforeEach(async () => {
    await started;
    customer += 1;
    for (const receiver of [phones, insurer]) receiver.answer((_request, response) => void response.writeHead(202).end());
  });
  afterAll(async () => {
    await started;
    for (const close of closing) await close();
  });

  async function register(url: string): Promise<void> {
    const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url, jwks });
  }
  const begin = async (): Promise<Answer> =>
    test.call(test.a, { reference: await referenceOf(test, test.a, customer), recipient: 'insurer' }, { path: PATH });
  const idOf = ({ body }: Answer): string => (JSON.parse(body) as { handover_id: string }).handover_id;
  const stateOf = async (id: string): Promise<string> =>
    (JSON.parse((await test.call(test.a, undefined, { method: 'GET', path: `${PATH}/${id}` })).body) as { state: string }).state;
  const confirm = (id: string, code: string): Promise<Answer> => test.call(test.a, { code }, { path: `${PATH}/${id}/confirmation` });
  const lastCode = (): string => /[0-9]{6}/.exec((JSON.parse(phones.got.at(-1)!.body) as { text: { en: string } }).text.en)![0];
  const steps = async (id: string): Promise<unknown[]> =>
    (await entriesOf(test)).filter(({ type, handover }) => type === 'handover' && handover === id).map(({ step }) => step);
  const isDue = (id: string) => test.database.query('UPDATE handover SET next_at = clock_timestamp() WHERE id = $1', [id]);

  /** One round of a gateway. */
  async function send(options: HandoverSendOptions = { networks: ['loopback'] }): Promise<void> {
    const sender = new HandoverSender({
      handovers: test.bank.handovers,
      onError: (error) => {
        throw error;
      },
      ...options,
    });
    await sender.send();
    await sender.close();
  }
  async function confirmed(): Promise<string> {
    const id = idOf(await begin());
    expect((await confirm(id, lastCode())).status).toBe(200);
    return id;
  }

  it('is repeated with the same bytes and id until it is taken, and deleted then', async () => {
    const id = await confirmed();
    const before = insurer.got.length;
    insurer.answer((_request, response) => void response.writeHead(503).end());
    await send();
    expect(await stateOf(id)).toBe('confirmed');
    await send(); // its time has not come
    expect(insurer.got).toHaveLength(before + 1);
    // Taken, and the answer lost: the recipient knows the second by its id.
    insurer.answer((request) => void request.socket.destroy());
    await isDue(id);
    await send();
    expect(await stateOf(id)).toBe('confirmed');
    insurer.answer((_request, response) => void response.writeHead(200).end());
    await isDue(id);
    await send();
    expect(await stateOf(id)).toBe('delivered');
    const sent = insurer.got.slice(before);
    expect(new Set(sent.map(({ headers, body }) => `${headers['idempotency-key']} ${body}`)).size).toBe(1);
    expect(sent).toHaveLength(3);
    await send();
    expect(insurer.got).toHaveLength(before + 3);
    expect(await dumpOf(test)).not.toContain(sent[0]!.body);
    expect(await steps(id)).toEqual(['started', 'code-sent', 'confirmed', 'delivered']);
  });

  it('is sent by one of several gateways', async () => {
    const id = await confirmed();
    const before = insurer.got.length;
    await Promise.all(Array.from({ length: 8 }, () => send()));
    expect(insurer.got).toHaveLength(before + 1);
    expect(await stateOf(id)).toBe('delivered');
  });

  it('is taken over after a minute from a gateway that died while sending', async () => {
    const id = await confirmed();
    const [taken] = await test.bank.handovers.take(1);
    expect(taken).toMatchObject({ id, attempt: 1, url: insurer.url });
    const before = insurer.got.length;
    await send();
    expect(insurer.got).toHaveLength(before);
    await isDue(id); // the minute is over
    await send();
    expect(insurer.got).toHaveLength(before + 1);
    // The dead one comes back, and says that it failed: nothing changes.
    await test.bank.handovers.settle(taken!, { outcome: 'failed' });
    expect(await stateOf(id)).toBe('delivered');
    expect((await steps(id)).filter((step) => step === 'delivered')).toHaveLength(1);
  });

  it('is given up in the end, and on the record as undelivered', async () => {
    const id = await confirmed();
    await test.database.query('UPDATE handover SET attempts = 9 WHERE id = $1', [id]);
    insurer.answer((_request, response) => void response.writeHead(500).end());
    await send();
    expect(await stateOf(id)).toBe('undelivered');
    expect((await steps(id)).at(-1)).toBe('undelivered');
    const [row] = await test.database.query<{ sealed: string | null }>('SELECT sealed FROM handover WHERE id = $1', [id]);
    expect(row?.sealed).toBeNull();
  });

  it('goes nowhere but to hosts and networks that are allowed, and follows no redirect', async () => {
    const id = await confirmed();
    const before = insurer.got.length;
    await send({ networks: ['public'] });
    await isDue(id);
    await send({ networks: ['loopback'], hosts: ['insurer.example'] });
    expect(insurer.got).toHaveLength(before);
    const elsewhere = await startReceiver();
    insurer.answer((_request, response) => void response.writeHead(307, { location: elsewhere.url }).end());
    await isDue(id);
    await send({ networks: ['loopback'], hosts: ['127.0.0.1'] });
    expect(insurer.got).toHaveLength(before + 1);
    expect(elsewhere.got).toEqual([]);
    expect(await stateOf(id)).toBe('confirmed');
    await elsewhere.close();
    await test.database.query('DELETE FROM handover WHERE id = $1', [id]);
  });

  it('goes where the recipient was when the customer agreed, with the key of that time', async () => {
    const id = await confirmed();
    const moved = await startReceiver();
    await register(moved.url);
    await send();
    expect(await stateOf(id)).toBe('delivered');
    expect(moved.got).toEqual([]);
    const next = idOf(await begin());
    expect((await confirm(next, lastCode())).status).toBe(200);
    await send();
    expect(moved.got).toHaveLength(1);
    await register(insurer.url);
    await moved.close();
    expect((await entriesOf(test)).filter(({ type }) => type === 'recipient.added')).toHaveLength(3);
  });

  it('of an erased customer goes to nobody, and the code that waits for an answer does no more', async () => {
    const [waiting, before] = [await confirmed(), insurer.got.length];
    const asked = idOf(await begin());
    const code = lastCode();
    await test.bank.customers.erase(customerOf(customer));
    await send();
    expect(insurer.got).toHaveLength(before);
    expect([await stateOf(waiting), await stateOf(asked)]).toEqual(['undelivered', 'lapsed']);
    expect(await confirm(asked, code)).toMatchObject({ status: 403, code: 'code-refused' });
    const [row] = await test.database.query<{ kept: number }>(
      'SELECT count(*)::integer AS kept FROM handover WHERE id IN ($1, $2) AND (sealed IS NOT NULL OR code_hash IS NOT NULL)',
      [waiting, asked],
    );
    expect(row?.kept).toBe(0);
  });

  it('asks nobody again when consent was withdrawn or the recipient left the policy meanwhile', async () => {
    const id = idOf(await begin());
    const code = lastCode();
    await test.bank.customers.withdraw(customerOf(customer), 'marketing.insurance');
    expect(await confirm(id, code)).toMatchObject({ status: 403, code: 'code-refused' });
    expect(await steps(id)).toEqual(['started', 'code-sent']);
  });
});

describe('the message with a code', () => {
  let test: TestGateway;
  let phones: Receiver;
  const begin = async (i: number): Promise<Answer> =>
    test.call(test.a, { reference: await referenceOf(test, test.a, i), recipient: 'insurer' }, { path: PATH, key: randomUUID() });
  const remaining = async (): Promise<number> => (await test.bank.campaigns.get('c-a'))!.budgetRemaining;
  const lastStep = async (): Promise<unknown> => (await entriesOf(test)).filter(({ type }) => type === 'handover').at(-1)?.['step'];

  const started = (async () => {
    phones = await startReceiver();
    const messages = createMessageWebhook({ url: phones.url, secrets: [SECRET], timeoutMs: 300 });
    test = await startAnswers('pglite', { messages });
    const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: 'https://insurer.example/in', jwks });
    return messages;
  })();
  beforeEach(() => started);
  afterAll(async () => {
    await test.close();
    await (await started).close();
    await phones.close();
  });

  it('that the service refuses ends the handover and costs nothing', async () => {
    const budget = await remaining();
    phones.answer((_request, response) => void response.writeHead(422).end());
    const answer = await begin(0);
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body)).toMatchObject({ state: 'lapsed' });
    expect(await lastStep()).toBe('code-unsent');
    expect(await remaining()).toBe(budget);
  });

  it.each([
    ['fails', 1, (_request: unknown, response: { writeHead(status: number): { end(): void } }) => response.writeHead(500).end()],
    ['does not answer', 2, () => {}],
  ])('whose service %s may have been sent: the handover goes on', async (_how, i, answer) => {
    phones.answer(answer as never);
    const begun = await begin(i);
    expect(JSON.parse(begun.body)).toMatchObject({ state: 'confirming' });
    expect(await lastStep()).toBe('code-unknown');
    const { text } = JSON.parse(phones.got.at(-1)!.body) as { text: { en: string } };
    const { handover_id: id } = JSON.parse(begun.body) as { handover_id: string };
    const code = /[0-9]{6}/.exec(text.en)![0];
    expect((await test.call(test.a, { code }, { path: `${PATH}/${id}/confirmation` })).status).toBe(200);
    expect(test.log()).not.toContain(code);
  });

  it('that nobody can be reached for was certainly not sent', async () => {
    const port = await closedPort();
    const lost = createMessageWebhook({ url: `http://127.0.0.1:${port}/in`, secrets: [SECRET] });
    const budget = await remaining();
    const granted = (await test.bank.grants.offer({ vendor: 'vendor-a', campaign: 'c-a' }))!;
    const started = await test.bank.handovers.start(
      {
        grant: { clientId: 'vendor-a', issuedAt: Date.now(), campaign: granted },
        reference: await referenceOf(test, test.a, 3),
        recipient: 'insurer',
        idempotencyKey: randomUUID(),
        issuer: test.url,
        requestId: randomUUID(),
      },
      lost,
    );
    expect(started).toMatchObject({ outcome: 'started', body: { state: 'lapsed' } });
    expect(await remaining()).toBe(budget);
    await lost.close();
  });

  it('needs a service: without one nothing is begun, and the same key does it later', async () => {
    const bare = await startAnswers('pglite');
    try {
      const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'insurer-1' }] };
      await bare.bank.handovers.addRecipient({ id: 'insurer', url: 'https://insurer.example/in', jwks });
      const order = { reference: await referenceOf(bare, bare.a, 0), recipient: 'insurer' };
      expect(await bare.call(bare.a, order, { path: PATH })).toMatchObject({ status: 503, code: 'unavailable' });
      expect(await bare.database.query('SELECT FROM handover')).toEqual([]);
    } finally {
      await bare.close();
    }
  });
});

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
