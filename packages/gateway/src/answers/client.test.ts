/** The vendor's client against a gateway: answers that it verifies, handovers, and agents with grants of their own. */
import { generateKeyPairSync } from 'node:crypto';
import { exportGrantKey } from '@numbra/grants';
import { createVendorClient, type VendorClient, verifyAnswer } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entriesOf, type Receiver, referenceOf, startAnswers, startReceiver } from '../../../../tests/support/answers.js';
import type { TestGateway } from '../../../../tests/support/gateways.js';
import { createMessageWebhook, type MessageWebhook } from '../carriers/message-webhook.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function clientOf({ url, a }: TestGateway, more: object = {}): Promise<VendorClient> {
  return createVendorClient({ issuer: url, clientId: a.id, key: await exportGrantKey(a.key), campaign: a.campaign, ...more });
}

describe("the vendor's client", () => {
  let test: TestGateway;
  let client: VendorClient;
  let phones: Receiver;
  let insurer: Receiver;
  let messages: MessageWebhook;

  beforeAll(async () => {
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    messages = createMessageWebhook({ url: phones.url, secrets: [SECRET] });
    test = await startAnswers('pglite', { messages, handovers: { everyMs: 20, networks: ['loopback'] } });
    const { publicKey } = generateKeyPairSync('x25519');
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: insurer.url, jwks });
    client = await clientOf(test);
  });
  afterAll(async () => {
    await test.close();
    await messages.close();
    await Promise.all([phones.close(), insurer.close()]);
  });
  const reference = (i: number) => referenceOf(test, test.a, i);

  it('asks a question and verifies what the bank signed', async () => {
    const yes = await client.answers.ask(await reference(0), 'balance-50k', { idempotencyKey: 'ask-0' });
    expect(yes).toMatchObject({ outcome: 'answered', answer: true });
    expect(await client.answers.ask(await reference(1), 'balance-50k', { idempotencyKey: 'ask-1' })).toMatchObject({ answer: false });
    if (yes.outcome !== 'answered') throw new Error('refused');
    const keys = (await (await fetch(`${test.url}/.well-known/jwks.json`)).json()) as Parameters<typeof verifyAnswer>[1]['keys'];
    expect(await verifyAnswer(yes.token, { issuer: test.url, asker: test.a.id, keys })).toMatchObject({
      reference: await reference(0),
      expiresAt: yes.expiresAt,
    });
    expect(await client.answers.ask(await reference(0), 'income-10k', { idempotencyKey: 'ask-2' })).toRefuse('answer-unavailable');
    // After a rotation the bank signs with a key that the client has not seen.
    await test.bank.grants.rotateKey();
    expect(await client.answers.ask(await reference(2), 'balance-50k', { idempotencyKey: 'ask-3' })).toMatchObject({ answer: true });
  });

  it('takes no answer that another bank signed', async () => {
    const bent = await clientOf(test, {
      fetch: async (url: string, init: RequestInit) => {
        const answer = await fetch(url, init);
        if (!url.endsWith('/v1/answers')) return answer;
        const body = (await answer.json()) as { answer: boolean };
        return Response.json({ ...body, answer: !body.answer });
      },
    });
    await expect(() => reference(0).then((one) => bent.answers.ask(one, 'balance-50k', { idempotencyKey: 'bent' }))).toFailWith(
      'ERR_CLIENT_SIGNED_ANSWER',
    );
  });

  it('begins, confirms and looks up a handover, and learns its state alone', async () => {
    const begun = await client.handovers.begin(await reference(3), 'insurer', { idempotencyKey: 'hand-3' });
    if (begun.outcome !== 'begun') throw new Error(begun.code);
    expect(begun.state).toBe('confirming');
    const { text } = JSON.parse(phones.got.at(-1)!.body) as { text: { en: string } };
    const code = /[0-9]{6}/.exec(text.en)![0];
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(await client.handovers.confirm(begun.handoverId, wrong, { idempotencyKey: 'code-3a' })).toRefuse('code-refused');
    const confirmed = await client.handovers.confirm(begun.handoverId, code, { idempotencyKey: 'code-3b' });
    expect(confirmed).toMatchObject({ outcome: 'confirmed', handoverId: begun.handoverId });
    await vi.waitFor(
      async () => expect(await client.handovers.get(begun.handoverId)).toEqual({ handoverId: begun.handoverId, state: 'delivered' }),
      5_000,
    );
    await expect(() => client.handovers.get('handover_nobodys')).toFailWith('ERR_CLIENT_NOT_FOUND');
    await expect(() => client.handovers.confirm(begun.handoverId, '12 34 56', { idempotencyKey: 'x' })).toFailWith('ERR_CLIENT_OPTION');
    expect(await client.handovers.begin(await reference(3), 'broker', { idempotencyKey: 'hand-4' })).toRefuse('handover-unavailable');
  });

  it('works for an agent with grants that name the person, on a key of the person’s own', async () => {
    const agent = client.forAgent({ name: 'agent-17' });
    const placed = await agent.calls.place(test.a.rows[5]!.dialToken, { idempotencyKey: 'agent-call' });
    expect(placed).toMatchObject({ outcome: 'placed' });
    expect(await agent.answers.ask(await reference(6), 'balance-50k', { idempotencyKey: 'agent-ask' })).toMatchObject({ answer: true });
    const begun = await agent.handovers.begin(await reference(7), 'insurer', { idempotencyKey: 'agent-hand' });
    if (begun.outcome !== 'begun') throw new Error(begun.code);
    const entries = await entriesOf(test);
    expect(entries.find(({ type, handover }) => type === 'handover' && handover === begun.handoverId)).toMatchObject({ agent: 'agent-17' });
    const issued = entries.filter(({ type, agent: name }) => type === 'grant.issued' && name === 'agent-17');
    expect(issued.map(({ actions }) => actions)).toEqual([['dial'], ['answer'], ['handover']]);
    // One key of the agent's, and it is not the vendor's.
    const vendors = entries.filter(({ type, agent: name }) => type === 'grant.issued' && name === undefined).map(({ key }) => key);
    expect(new Set(issued.map(({ key }) => key)).size).toBe(1);
    expect(vendors).not.toContain(issued[0]?.['key']);
    // Named otherwise in the order, it is a contradiction.
    await expect(() => agent.calls.place(test.a.rows[8]!.dialToken, { idempotencyKey: 'agent-other', agent: 'agent-18' })).toFailWith(
      'ERR_CLIENT_REQUEST',
    );
    await expect(() => client.forAgent({ name: '' })).toFailWith('ERR_CLIENT_OPTION');
  });

  it('goes on for an agent whose vendor’s grant was revoked, with new ones', async () => {
    const agent = client.forAgent({ name: 'agent-18', key: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) });
    expect(await agent.calls.place(test.a.rows[10]!.dialToken, { idempotencyKey: 'revoked-1' })).toMatchObject({ outcome: 'placed' });
    const issued = (await entriesOf(test)).filter(({ type }) => type === 'grant.issued');
    for (const { grant } of issued) await test.bank.grants.revoke(grant as string);
    expect(await agent.calls.place(test.a.rows[11]!.dialToken, { idempotencyKey: 'revoked-2' })).toMatchObject({ outcome: 'placed' });
  });
});

describe("the vendor's client, where the bank answers with MACs", () => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startAnswers('pglite', { top: 'answers: mac' });
  });
  afterAll(() => test.close());

  it('verifies with the key that it shares with the bank, and takes nothing without it', async () => {
    const { kid, secret } = await test.bank.answers.addKey('vendor-a');
    const one = await referenceOf(test, test.a, 0);
    const client = await clientOf(test, { answerKeys: [{ kid, secret }] });
    expect(await client.answers.ask(one, 'balance-50k', { idempotencyKey: 'mac-1' })).toMatchObject({ outcome: 'answered', answer: true });
    const bare = await clientOf(test);
    await expect(() => bare.answers.ask(one, 'balance-50k', { idempotencyKey: 'mac-2' })).toFailWith('ERR_CLIENT_SIGNED_ANSWER');
  });
});
