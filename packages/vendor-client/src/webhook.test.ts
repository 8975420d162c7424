import { describe, expect, it } from 'vitest';
import { verifyWebhook } from './webhook.js';

/** The specification's own example: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = 1_614_265_330_000;
const BODY = '{"test": 2432232314}';
const headers = (change: Record<string, string> = {}) =>
  new Headers({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ...change,
  });
const options = { secrets: [SECRET], clock: () => NOW };

describe('webhooks', () => {
  it('of the specification verify, also with another secret before the right one and another signature beside it', async () => {
    expect(await verifyWebhook(headers(), BODY, options)).toMatchObject({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
    const other = `whsec_${btoa('x'.repeat(32))}`;
    const signature = `v1,${btoa('y'.repeat(32))} ${headers().get('webhook-signature')}`;
    expect(await verifyWebhook(headers({ 'webhook-signature': signature }), BODY, { ...options, secrets: [other, SECRET] })).toBeDefined();
  });

  it.each([
    ['other bytes', {}, `${BODY} `, NOW],
    ['another id', { 'webhook-id': 'msg_x' }, BODY, NOW],
    ['another time', { 'webhook-timestamp': '1614265331' }, BODY, NOW],
    ['no signature', { 'webhook-signature': '' }, BODY, NOW],
    ['a signature of another kind', { 'webhook-signature': 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }, BODY, NOW],
    ['a signature that is no base64', { 'webhook-signature': 'v1,***' }, BODY, NOW],
    ['a time that is none', { 'webhook-timestamp': 'now' }, BODY, NOW],
    ['an age of more than five minutes', {}, BODY, NOW + 301_000],
    ['a time that is to come', {}, BODY, NOW - 301_000],
  ])('with %s do not', async (_name, change, body, now) => {
    await expect(() => verifyWebhook(headers(change), body, { secrets: [SECRET], clock: () => now })).toFailWith('ERR_CLIENT_WEBHOOK');
  });
});
