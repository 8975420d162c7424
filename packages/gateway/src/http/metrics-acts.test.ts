import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGateway } from '@numbra/gateway';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { customerOf, type Receiver, referenceOf, startAnswers, startReceiver } from '../../../../tests/support/answers.js';
import type { Answer, TestGateway } from '../../../../tests/support/gateways.js';
import { createMessageWebhook, type MessageWebhook } from '../carriers/message-webhook.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const HANDOVERS = '/v1/handovers';

/** The series of one counter, by the value of its only label. */
async function series(gateway: { metrics(): Promise<string> }, name: string): Promise<Record<string, number>> {
  const found = (await gateway.metrics()).matchAll(new RegExp(`^${name}\\{[a-z]+="([a-z]+)"\\} ([0-9]+)$`, 'gm'));
  return Object.fromEntries([...found].map(([, label = '', count]) => [label, Number(count)]));
}

describe('what is counted of acts by reference', () => {
  let test: TestGateway;
  let phones: Receiver;
  let insurer: Receiver;
  let messages: MessageWebhook;
  beforeAll(async () => {
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    messages = createMessageWebhook({ url: phones.url, secrets: [SECRET] });
    const sending = { everyMs: 20, networks: ['loopback'] } as const;
    test = await startAnswers('pglite', { messages, handovers: sending, webhooks: sending });
    const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: insurer.url, jwks });
  });
  afterAll(async () => {
    await test.close();
    await messages.close();
    await Promise.all([phones.close(), insurer.close()]);
  });

  const ask = async (i: number, key: string = randomUUID()): Promise<Answer> =>
    test.call(test.a, { reference: await referenceOf(test, test.a, i), question: 'balance-50k' }, { path: '/v1/answers', key });
  const answers = () => series(test.gateway, 'numbra_answers_total');
  const handovers = () => series(test.gateway, 'numbra_handovers_total');
  const begin = async (i: number, key: string = randomUUID()): Promise<string> => {
    const begun = await test.call(
      test.a,
      { reference: await referenceOf(test, test.a, i), recipient: 'insurer' },
      { path: HANDOVERS, key },
    );
    expect(begun.status).toBe(201);
    return (JSON.parse(begun.body) as { handover_id: string }).handover_id;
  };
  const confirm = (id: string, code: string, key: string = randomUUID()): Promise<Answer> =>
    test.call(test.a, { code }, { path: `${HANDOVERS}/${id}/confirmation`, key });
  const lastCode = (): string => /[0-9]{6}/.exec((JSON.parse(phones.got.at(-1)!.body) as { text: { en: string } }).text.en)![0];
  const otherThan = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

  it('how questions were answered, and not what the answer was', async () => {
    expect(await answers()).toEqual({ answered: 0, unavailable: 0, limits: 0, credentials: 0, other: 0, failed: 0 });
    expect((await ask(0)).status).toBe(200);
    expect((await ask(1, 'one-key')).status).toBe(200);
    await test.bank.customers.withdraw(customerOf(2), 'marketing.insurance');
    expect(await ask(2)).toMatchObject({ code: 'answer-unavailable' });
    expect(await ask(3, 'one-key')).toMatchObject({ code: 'idempotency-key-reused' });
    vi.spyOn(test.bank.answers, 'ask').mockRejectedValueOnce(new Error('gone'));
    expect((await ask(4)).status).toBe(500);
    await test.database.query('UPDATE campaign_budget SET remaining = 0');
    expect(await ask(5)).toMatchObject({ code: 'budget-used' });
    await test.database.query('UPDATE campaign_budget SET remaining = 100');
    expect(await answers()).toEqual({ answered: 2, unavailable: 1, limits: 1, credentials: 0, other: 1, failed: 1 });
    expect(await test.gateway.metrics()).not.toContain('balance-50k');
  });

  it('in which state handovers ended, each once, however often it is asked about', async () => {
    expect(await handovers()).toEqual({ delivered: 0, undelivered: 0, lapsed: 0 });
    const delivered = await begin(10);
    expect((await confirm(delivered, lastCode())).status).toBe(200);
    await vi.waitFor(async () => expect(await handovers()).toEqual({ delivered: 1, undelivered: 0, lapsed: 0 }), 5_000);

    // Another code takes the place of the first; the same request again ends nothing.
    await begin(11);
    const replacing = await begin(11, 'second-code');
    expect(await begin(11, 'second-code')).toBe(replacing);
    expect((await handovers())['lapsed']).toBe(1);

    const wrong = otherThan(lastCode());
    for (const key of ['guess-1', 'guess-2', 'guess-3', 'guess-3', 'guess-4'])
      expect(await confirm(replacing, wrong, key)).toMatchObject({ code: 'code-refused' });
    expect((await handovers())['lapsed']).toBe(2);

    // Certainly not sent: it lapses, and so it does when the request is repeated.
    phones.answer((_request, response) => void response.writeHead(422).end());
    expect(await begin(12, 'unsent')).toBe(await begin(12, 'unsent'));
    phones.answer((_request, response) => void response.writeHead(202).end());
    expect((await handovers())['lapsed']).toBe(3);

    const slow = await begin(13);
    await test.database.query('UPDATE handover SET code_until = clock_timestamp() WHERE id = $1', [slow]);
    await vi.waitFor(async () => expect((await handovers())['lapsed']).toBe(4), 5_000);

    insurer.answer((_request, response) => void response.writeHead(500).end());
    const given = await begin(14);
    await test.database.query('UPDATE handover SET attempts = 9 WHERE id = $1', [given]);
    expect((await confirm(given, lastCode())).status).toBe(200);
    await vi.waitFor(async () => expect(await handovers()).toEqual({ delivered: 1, undelivered: 1, lapsed: 4 }), 5_000);
    // Told again by a gateway that was thought dead: it ended before.
    await test.bank.handovers.settle({ id: given, attempt: 9 }, { outcome: 'failed' });
    expect(await handovers()).toEqual({ delivered: 1, undelivered: 1, lapsed: 4 });
  });

  it('what the egress guard held back, whole answers and streams', async () => {
    const gateway = await createGateway({ bank: test.bank });
    gateway.app.get('/whole', async () => ({ note: '13800138000' }));
    gateway.app.get('/stream', async (_request, reply) => reply.type('text/plain').send(Readable.from(['to 13800138000'])));
    gateway.app.get('/clean', async () => ({ note: 'nothing' }));
    const held = () => series(gateway, 'numbra_egress_held_total');
    expect(await held()).toEqual({ answer: 0, webhook: 0 });
    expect((await gateway.app.inject('/clean')).statusCode).toBe(200);
    expect(await held()).toEqual({ answer: 0, webhook: 0 });
    for (const [path, answer] of [
      ['/whole', 1],
      ['/stream', 2],
    ] as const) {
      expect((await gateway.app.inject(path)).statusCode).toBe(500);
      expect(await held()).toEqual({ answer, webhook: 0 });
    }
    await gateway.close();
  });

  it('what the egress guard held back of webhooks', async () => {
    const { id } = await test.bank.webhooks.add({ vendor: test.a.id, url: 'http://127.0.0.1:1/told' });
    await test.database.query(
      `INSERT INTO webhook_delivery (id, endpoint, body, created_at, next_at) VALUES ('msg_AAAAAAAAAAAAAAAA', $1, '{"to":"13800138000"}', now(), now())`,
      [id],
    );
    await vi.waitFor(async () => expect(await series(test.gateway, 'numbra_egress_held_total')).toEqual({ answer: 0, webhook: 1 }), 5_000);
  });
});
