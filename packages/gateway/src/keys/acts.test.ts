/** Questions and handovers at a gateway that is given nothing but a key service: what takes a key is done there. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGatewayBank } from '@numbra/bank';
import { createGateway, type Gateway } from '@numbra/gateway';
import { exportGrantKey } from '@numbra/grants';
import { createVendorClient, type VendorClient } from '@numbra/vendor-client';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entriesOf, type Receiver, referenceOf, startAnswers, startReceiver } from '../../../../tests/support/answers.js';
import type { TestGateway } from '../../../../tests/support/gateways.js';
import { createMessageWebhook } from '../carriers/message-webhook.js';
import { sharedSchemas } from '../schemas.js';
import { connectKeys } from './client.js';
import { listenKeys } from './server.js';

const ajv = new Ajv2020({ strict: true });
for (const schema of sharedSchemas) ajv.addSchema(schema);

describe('a gateway that is given only a key service', () => {
  let holder: TestGateway;
  let gateway: Gateway;
  let client: VendorClient;
  let phones: Receiver;
  let insurer: Receiver;
  /** What the external decision point says. */
  let permitted = true;
  /** What the gateway answered, by path. */
  const told: [string, unknown][] = [];
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'numbra-acts-'));
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    holder = await startAnswers('postgres', { handovers: { everyMs: 3_600_000 } });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] };
    await holder.bank.handovers.addRecipient({ id: 'insurer', url: insurer.url, jwks });
    const socket = join(folder, 'run', 'keys.sock');
    const server = await listenKeys(socket, holder.bank.keyService);
    const bank = await openGatewayBank({ database: holder.database, keys: connectKeys(socket, { timeoutMs: 5_000 }) });
    const messages = createMessageWebhook({ url: phones.url, secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] });
    gateway = await createGateway({
      bank,
      carrier: holder.carrier,
      decisionPoint: { permits: async () => permitted },
      messages,
      handovers: { everyMs: 20, networks: ['loopback'] },
    });
    const { url } = await gateway.listen({ port: 0 });
    client = createVendorClient({
      issuer: url,
      clientId: 'vendor-a',
      key: await exportGrantKey(holder.a.key),
      campaign: 'c-a',
      fetch: async (address, init) => {
        const answer = await fetch(address, init);
        if (answer.headers.get('content-type')?.startsWith('application/json')) told.push([String(address), await answer.clone().json()]);
        return answer;
      },
    });
    closing.push(
      () => gateway.close(),
      messages.close,
      () => bank.close(),
      () => server.close(),
      () => holder.close(),
      phones.close,
      insurer.close,
      () => rm(folder, { recursive: true }),
    );
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });

  it('answers questions, signed with the bank’s key that it has not', async () => {
    const [yes, no] = [await referenceOf(holder, holder.a, 0), await referenceOf(holder, holder.a, 1)];
    expect(await client.answers.ask(yes, 'balance-50k', { idempotencyKey: randomUUID() })).toMatchObject({ answer: true });
    expect(await client.answers.ask(no, 'balance-50k', { idempotencyKey: randomUUID() })).toMatchObject({ answer: false });
    expect(await client.answers.ask('nr1_x', 'balance-50k', { idempotencyKey: randomUUID() })).toRefuse('answer-unavailable');
    const answers = told.filter(([path]) => path.endsWith('/v1/answers'));
    expect(answers).toHaveLength(2);
    for (const [, body] of answers) expect(ajv.validate('Answer', body), JSON.stringify(ajv.errors)).toBe(true);
  });

  it('begins, confirms and delivers handovers, and reads no field', async () => {
    const reference = await referenceOf(holder, holder.a, 2);
    const key = randomUUID();
    const begun = await client.handovers.begin(reference, 'insurer', { idempotencyKey: key });
    if (begun.outcome !== 'begun') throw new Error(begun.code);
    expect(await client.handovers.begin(reference, 'insurer', { idempotencyKey: key })).toMatchObject({ handoverId: begun.handoverId });
    expect(phones.got).toHaveLength(1);
    const { text } = JSON.parse(phones.got[0]!.body) as { text: { en: string } };
    const code = /[0-9]{6}/.exec(text.en)![0];
    const confirmed = await client.handovers.confirm(begun.handoverId, code, { idempotencyKey: randomUUID() });
    expect(confirmed).toMatchObject({ outcome: 'confirmed' });
    await vi.waitFor(async () => expect((await client.handovers.get(begun.handoverId)).state).toBe('delivered'), 5_000);
    expect(insurer.got).toHaveLength(1);
    const handovers = told.filter(([path]) => path.includes('/v1/handovers'));
    expect(handovers.length).toBeGreaterThan(3);
    for (const [, body] of handovers) expect(ajv.validate('Handover', body), JSON.stringify(ajv.errors)).toBe(true);
    const steps = (await entriesOf(holder)).filter(({ type }) => type === 'handover').map(({ step }) => step);
    expect(steps).toEqual(['started', 'code-sent', 'confirmed', 'delivered']);
  });

  it('says what an external decision point denied, and it is refused where the keys are', async () => {
    const reference = await referenceOf(holder, holder.a, 4);
    permitted = false;
    expect(await client.answers.ask(reference, 'balance-50k', { idempotencyKey: randomUUID() })).toRefuse('campaign-closed');
    expect(await client.handovers.begin(reference, 'insurer', { idempotencyKey: randomUUID() })).toRefuse('campaign-closed');
    permitted = true;
    const refusals = await holder.bank.calls.refusals();
    expect(refusals.slice(0, 2).map(({ code }) => code)).toEqual(['denied-elsewhere', 'denied-elsewhere']);
    expect(await client.answers.ask(reference, 'balance-50k', { idempotencyKey: randomUUID() })).toMatchObject({ outcome: 'answered' });
  });

  it('ends a code whose time is over', async () => {
    const begun = await client.handovers.begin(await referenceOf(holder, holder.a, 3), 'insurer', { idempotencyKey: randomUUID() });
    if (begun.outcome !== 'begun') throw new Error(begun.code);
    await holder.database.query('UPDATE handover SET code_until = clock_timestamp() WHERE id = $1', [begun.handoverId]);
    await vi.waitFor(
      async () => expect((await entriesOf(holder)).filter(({ type }) => type === 'handover').at(-1)).toMatchObject({ step: 'lapsed' }),
      5_000,
    );
  });
});
