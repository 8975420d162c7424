import { parsePhone } from '@numbra/core';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../../../tests/support/answers.js';
import { createMessageWebhook, type MessageWebhook, type MessageWebhookOptions } from './message-webhook.js';

const secrets = [0, 1].map((i) => `whsec_${Buffer.alloc(32, i).toString('base64')}`) as [string, string];
const order = () => ({
  messageId: 'handover_0123456789abcdef',
  number: parsePhone('13800138000')!,
  text: { zh: '验证码123456', en: 'code 123456' },
  signal: new AbortController().signal,
});

describe('the message carrier behind a webhook', () => {
  let receiver: Receiver;
  const made: MessageWebhook[] = [];
  const carrier = (options: Partial<MessageWebhookOptions> = {}): MessageWebhook => {
    const one = createMessageWebhook({ url: receiver.url, secrets, ...options });
    made.push(one);
    return one;
  };
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.answer((_request, response) => void response.writeHead(202).end()));
  afterAll(async () => {
    await Promise.all(made.map((one) => one.close()));
    await receiver.close();
  });

  it('sends one signed request, with number and text in both languages, and both secrets while one replaces the other', async () => {
    expect(await carrier().send(order())).toEqual({ outcome: 'sent' });
    const [{ headers, body }] = receiver.got.slice(-1) as [Receiver['got'][number]];
    for (const secret of secrets) new Webhook(secret).verify(body, headers);
    expect(() => new Webhook(secrets[0]).verify(body.replace('8000', '8001'), headers)).toThrow();
    expect(JSON.parse(body)).toEqual({
      message_id: 'handover_0123456789abcdef',
      number: '+8613800138000',
      text: { zh: '验证码123456', en: 'code 123456' },
    });
  });

  it.each([
    [200, { outcome: 'sent' }],
    [422, { outcome: 'not-sent', cause: 'rejected' }],
  ] as const)('takes status %i for what it says', async (status, told) => {
    receiver.answer((_request, response) => void response.writeHead(status).end());
    expect(await carrier().send(order())).toEqual(told);
  });

  it.each([302, 400, 401, 404, 429, 500, 503])('does not know after %i, and follows nothing', async (status) => {
    const elsewhere = await startReceiver();
    receiver.answer((_request, response) => void response.writeHead(status, { location: elsewhere.url }).end());
    await expect(() => carrier().send(order())).toFailWith('ERR_MESSAGE_UNKNOWN');
    expect(elsewhere.got).toEqual([]);
    await elsewhere.close();
  });

  it('does not know after a broken connection or no answer, and no error holds number or code', async () => {
    receiver.answer((request) => void request.socket.destroy());
    const error: unknown = await carrier()
      .send(order())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_MESSAGE_UNKNOWN' });
    const { cause, message, stack } = error as Error;
    expect(`${message} ${stack} ${JSON.stringify(cause)} ${String(cause)}`).not.toMatch(/13800138000|123456/);
    receiver.answer(() => {});
    await expect(() => carrier({ timeoutMs: 100 }).send(order())).toFailWith('ERR_MESSAGE_UNKNOWN');
  });

  it('goes to no address of a network that is not allowed', async () => {
    const before = receiver.got.length;
    expect(await carrier({ networks: ['public'] }).send(order())).toMatchObject({ outcome: 'not-sent' });
    expect(receiver.got).toHaveLength(before);
  });

  it('takes https, or http on loopback, and secrets of Standard Webhooks', async () => {
    for (const url of ['http://messages.bank.example', 'https://user:x@messages.bank.example', 'https://messages.bank.example/?a=1', 'x'])
      await expect(() => createMessageWebhook({ url, secrets })).toFailWith('ERR_CARRIER_URL');
    for (const wrong of [[], ['short'], ['whsec_']])
      await expect(() => createMessageWebhook({ url: receiver.url, secrets: wrong })).toFailWith('ERR_CARRIER_SECRET');
  });
});
