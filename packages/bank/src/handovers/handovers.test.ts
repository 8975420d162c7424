/** Handovers in the bank alone: what stays when a process dies between two steps, and what ends by time. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { GrantedCampaign } from '@numbra/grants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answersPolicy, customerOf, dumpOf, entriesOf, referenceOf, startAnswers } from '../../../../tests/support/answers.js';
import { engines } from '../../../../tests/support/banks.js';
import type { TestGateway } from '../../../../tests/support/gateways.js';
import type { ConfirmationAnswer, ConfirmationRequest } from './confirm.js';
import type { MessageCarrier } from './message-carrier.js';

describe.each(engines)('a handover on %s', (engine) => {
  let test: TestGateway;
  let granted: GrantedCampaign;
  let customer = 0;
  let jwks: { keys: object[] };

  beforeAll(async () => {
    // The gateway's own sender sleeps.
    test = await startAnswers(engine, { handovers: { everyMs: 3_600_000 } });
    granted = (await test.bank.grants.offer({ vendor: 'vendor-a', campaign: 'c-a' }))!;
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: 'https://insurer.example/in', jwks });
  });
  beforeEach(async () => {
    customer += 1;
    // As on a new day: fifty refusals are all that one has.
    await test.database.query('UPDATE campaign_day SET refused = 0');
  });
  afterAll(() => test.close());

  const asker = (idempotencyKey: string) => ({
    grant: { clientId: 'vendor-a', issuedAt: Date.now(), campaign: granted },
    issuer: test.url,
    requestId: randomUUID(),
    idempotencyKey,
  });
  const request = async (key = randomUUID() as string) => ({
    ...asker(key),
    reference: await referenceOf(test, test.a, customer),
    recipient: 'insurer',
  });
  const confirm = (handoverId: string, code: string): Promise<ConfirmationAnswer> =>
    test.bank.handovers.confirm({ ...asker(randomUUID()), handoverId, code } satisfies ConfirmationRequest);
  const stateOf = async (id: string) => (await test.bank.handovers.get(id, { vendor: 'vendor-a', campaign: 'c-a' }))?.state;
  const steps = async (id: string) =>
    (await entriesOf(test)).filter(({ type, handover }) => type === 'handover' && handover === id).map(({ step }) => step);
  /** Begun by a process that dies before it asks the message carrier, or before it hears its answer. */
  async function begun(key?: string) {
    const { answer, code } = await test.bank.handovers.begin(await request(key), true);
    if (answer.outcome !== 'started' || code === undefined) throw new Error('not begun');
    return { id: answer.body.handover_id, code, digits: /[0-9]{6}/.exec(code.text.en)![0] };
  }

  it('whose process died before the message was sent tells its code to nobody, and lapses', async () => {
    const key = randomUUID();
    const { id, digits } = await begun(key);
    const sent: string[] = [];
    const carrier: MessageCarrier = {
      name: 'test',
      async send({ messageId }) {
        sent.push(messageId);
        return { outcome: 'sent' };
      },
    };
    // The vendor repeats its request: the same handover, and no second code.
    expect(await test.bank.handovers.start(await request(key), carrier)).toEqual({
      outcome: 'started',
      body: { handover_id: id, state: 'confirming' },
    });
    expect(sent).toEqual([]);
    const dump = await dumpOf(test);
    expect(dump).not.toMatch(new RegExp(`(?<![0-9])${digits}(?![0-9])`));
    await test.database.query('UPDATE handover SET code_until = clock_timestamp() WHERE id = $1', [id]);
    expect(await Promise.all(Array.from({ length: 8 }, () => test.bank.handovers.lapse(16)))).toContain(1);
    expect(await steps(id)).toEqual(['started', 'lapsed']);
    expect(await test.bank.handovers.lapse(16)).toBe(0);
    // With a new key the vendor begins anew, and the customer gets a code.
    const again = await test.bank.handovers.start(await request(), carrier);
    expect(again).toMatchObject({ outcome: 'started', body: { state: 'confirming' } });
    expect(sent).toHaveLength(1);
  });

  it('whose process died after the message was sent is confirmed by its code', async () => {
    const { id, digits } = await begun();
    expect(await confirm(id, digits)).toEqual({ outcome: 'confirmed', body: { handover_id: id, state: 'confirmed' } });
    expect(await steps(id)).toEqual(['started', 'confirmed']);
    // Sealed in the transaction that confirmed it: whoever sends finds it.
    expect((await test.bank.handovers.take(16)).map((due) => due.id)).toContain(id);
  });

  it('confirmed 64 times at once is sealed once', async () => {
    const { id, digits } = await begun();
    const answers = await Promise.all(Array.from({ length: 64 }, () => confirm(id, digits)));
    for (const answer of answers) expect(answer).toMatchObject({ outcome: 'confirmed', body: { handover_id: id } });
    expect((await steps(id)).filter((step) => step === 'confirmed')).toHaveLength(1);
    const taken = await Promise.all(Array.from({ length: 16 }, () => test.bank.handovers.take(16)));
    expect(taken.flat().filter((due) => due.id === id)).toHaveLength(1);
  });

  it('begun 40 times at once leaves one code that holds, and three that were sent', async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => request()));
    const answers = await Promise.all(orders.map((order) => test.bank.handovers.begin(order, true)));
    expect(answers.filter(({ code }) => code !== undefined)).toHaveLength(3);
    for (const { answer, code } of answers) if (code === undefined) expect(answer).toRefuse('handover-unavailable');
    const [live] = await test.database.query<{ live: number }>(
      `SELECT count(*)::integer AS live FROM handover h JOIN customer c ON c.id = h.customer WHERE c.customer_id = $1 AND h.state = 'confirming'`,
      [customerOf(customer)],
    );
    expect(live?.live).toBe(1);
  });

  it('settled long ago is deleted, and one that waits is not', async () => {
    const { id } = await begun();
    const { id: waits } = await begun();
    expect(await stateOf(id)).toBe('lapsed');
    await test.database.query(`UPDATE handover SET settled_at = settled_at - interval '90 days' WHERE id = $1`, [id]);
    expect(await test.bank.handovers.tidy()).toBe(1);
    expect([await stateOf(id), await stateOf(waits)]).toEqual([undefined, 'confirming']);
    const [newest] = await test.bank.handovers.list({ state: 'confirming', limit: 1 });
    expect(newest).toEqual({
      handover_id: waits,
      state: 'confirming',
      campaign: 'c-a',
      vendor: 'vendor-a',
      recipient: 'insurer',
      attempts: 0,
      startedAt: expect.any(Date),
    });
    expect((await test.bank.handovers.list()).length).toBeGreaterThan(1);
  });

  it('goes to registered recipients, whose name, title, address and key are checked', async () => {
    const { handovers } = test.bank;
    const fine = { id: 'broker', title: '经纪人', url: 'https://broker.example/in', jwks };
    for (const wrong of [{ id: 'two words' }, { title: ' ' }, { title: 'a\nb' }, { title: '13800138000' }, { title: 'x'.repeat(65) }])
      await expect(() => handovers.addRecipient({ ...fine, ...wrong })).toFailWith('ERR_RECIPIENT_NAME');
    for (const url of ['http://broker.example/in', 'https://user@broker.example', 'https://broker.example/?a=1', 'ftp://x', 'nothing'])
      await expect(() => handovers.addRecipient({ ...fine, url })).toFailWith('ERR_RECIPIENT_ADDRESS');
    await expect(() => handovers.addRecipient({ ...fine, jwks: { keys: [] } })).toFailWith('ERR_RECIPIENT_KEY');
    expect((await handovers.recipients()).map(({ id }) => id)).toEqual(['insurer']);
    await handovers.addRecipient(fine);
    await handovers.addRecipient({ ...fine, title: '新名' });
    expect(await handovers.recipients()).toMatchObject([
      { id: 'broker', title: '新名' },
      { id: 'insurer', title: 'insurer' },
    ]);
    expect((await entriesOf(test)).filter(({ type, recipient }) => type === 'recipient.added' && recipient === 'broker')).toHaveLength(2);
  });

  it('goes where two people approved of, where the policy wants them for its own change', async () => {
    const { approvals, handovers, policies } = test.bank;
    await policies.adopt(await answersPolicy('', 2));
    const moved = { id: 'insurer', url: 'https://moved.example/in', jwks };
    await expect(() => handovers.addRecipient(moved, { by: 'chen' })).toFailWith('ERR_APPROVAL_MISSING');
    const { id } = await handovers.requestRecipient(moved, { by: 'chen', why: 'a new address' });
    await approvals.approve(id, { by: 'li' });
    await expect(() => handovers.addRecipient(moved, { by: 'chen' })).toFailWith('ERR_APPROVAL_MISSING');
    await approvals.approve(id, { by: 'wang' });
    // Of exactly this: another address, or another key under the same address, is another act.
    await expect(() => handovers.addRecipient({ ...moved, url: 'https://elsewhere.example/in' })).toFailWith('ERR_APPROVAL_MISSING');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    await expect(() => handovers.addRecipient({ ...moved, jwks: { keys: [{ ...other, kid: 'insurer-1' }] } })).toFailWith(
      'ERR_APPROVAL_MISSING',
    );
    expect((await handovers.recipients()).map(({ url }) => url)).not.toContain(moved.url);
    await handovers.addRecipient(moved, { by: 'chen' });
    expect((await entriesOf(test)).filter(({ type }) => type === 'recipient.added').at(-1)).toMatchObject({ by: 'chen', approvals: [id] });
    await expect(() => handovers.addRecipient(moved, { by: 'chen' })).toFailWith('ERR_APPROVAL_MISSING'); // once
  });
});
