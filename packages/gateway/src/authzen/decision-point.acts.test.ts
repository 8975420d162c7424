/** Answers and handovers at a gateway with an external decision point. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { MessageCarrier } from '@numbra/bank';
import type { Evaluation } from '@numbra/policy';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { customerOf, entriesOf, referenceOf as referenceIn, startAnswers } from '../../../../tests/support/answers.js';
import { engines } from '../../../../tests/support/banks.js';
import { type Answer, comparable, type TestGateway } from '../../../../tests/support/gateways.js';
import { createDecisionPoint } from './decision-point.js';

const ACTS = ['answer', 'handover'] as const;
type Act = (typeof ACTS)[number];

const bodyOf = ({ body }: Answer): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;
const yes = async () => true;
const no = async () => false;

describe.each(engines)('answers and handovers with an external decision point on %s', (engine) => {
  let test: TestGateway;
  let answer: (evaluation: Evaluation) => Promise<boolean> = yes;
  const seen: Evaluation[] = [];
  const sent: string[] = [];

  beforeAll(async () => {
    const decisionPoint = {
      permits(evaluation: Evaluation) {
        seen.push(evaluation);
        return answer(evaluation);
      },
    };
    const messages: MessageCarrier = {
      name: 'test',
      async send({ messageId }) {
        sent.push(messageId);
        return { outcome: 'sent' };
      },
    };
    test = await startAnswers(engine, { decisionPoint, messages, handovers: { everyMs: 3_600_000 } });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: 'https://insurer.example/in', jwks });
  });
  afterEach(() => {
    answer = yes;
  });
  afterAll(() => test.close());

  const referenceOf = (i: number): Promise<string> => referenceIn(test, test.a, i);
  /** As a vendor asks it over HTTP; `what` is the question or the recipient. */
  const ask = (act: Act, reference: string, { key = randomUUID() as string, what = '' } = {}): Promise<Answer> =>
    act === 'answer'
      ? test.call(test.a, { reference, question: what || 'balance-50k' }, { path: '/v1/answers', key })
      : test.call(test.a, { reference, recipient: what || 'insurer' }, { path: '/v1/handovers', key });
  const setBudget = (units: number) =>
    test.database.query(`UPDATE campaign_budget SET remaining = $1 WHERE campaign = (SELECT number FROM campaign WHERE id = 'c-a')`, [
      units,
    ]);
  /** Everything that an answer or a handover changes. */
  const changed = async (): Promise<unknown> => {
    const [counts] = await test.database.query(
      `SELECT (SELECT count(*)::integer FROM answer) AS answers, (SELECT count(*)::integer FROM handover) AS handovers,
              (SELECT coalesce(sum(refused), 0)::integer FROM campaign_day) AS refused`,
    );
    return { counts, budget: (await test.bank.campaigns.get('c-a'))?.budgetRemaining, sent: [...sent] };
  };

  it('ask before each, with nothing about the customer, and no word of the vendor’s own', async () => {
    expect((await ask('answer', await referenceOf(0))).status).toBe(200);
    expect((await ask('handover', await referenceOf(0))).status).toBe(201);
    const about = {
      subject: { type: 'vendor', id: 'vendor-a' },
      resource: { type: 'campaign', id: 'c-a', properties: { purpose: 'marketing.insurance.term-life' } },
    };
    expect(seen).toEqual(ACTS.map((name) => ({ ...about, action: { name } })));
    // In a program, by a grant that names the person.
    const granted = (await test.bank.grants.offer({ vendor: 'vendor-a', campaign: 'c-a' }))!;
    const grant = { clientId: 'vendor-a', issuedAt: Date.now(), actor: 'agent-7', campaign: granted };
    const order = { grant, reference: await referenceOf(1), issuer: test.url, idempotencyKey: randomUUID(), requestId: 'r-1' };
    const told: Evaluation[] = [];
    const point = {
      async permits(evaluation: Evaluation) {
        told.push(evaluation);
        return false;
      },
    };
    expect(await test.bank.answers.ask({ ...order, question: 'balance-50k' }, point)).toRefuse('campaign-closed');
    expect(told).toEqual([{ ...about, action: { name: 'answer' }, context: { agent: 'agent-7' } }]);
  });

  const lost = createDecisionPoint({ url: 'http://127.0.0.1:1/access/v1/evaluation' });
  afterAll(() => lost.close());

  describe.each(ACTS)('%s', (act) => {
    it.each<[string, (evaluation: Evaluation) => Promise<boolean>]>([
      ['says no', no],
      ['fails', () => Promise.reject(new Error('out of order'))],
      ['cannot be reached', (evaluation) => lost.permits(evaluation)],
    ])('is refused when it %s: nothing changes, and the exact code is entered', async (_name, next) => {
      const [reference, before] = [await referenceOf(2), await changed()];
      answer = next;
      expect(await ask(act, reference)).toMatchObject({ status: 403, code: 'campaign-closed' });
      expect(await changed()).toEqual(before);
      expect((await test.bank.calls.refusals())[0]).toMatchObject({ code: 'denied-elsewhere' });
      const entry = (await entriesOf(test)).findLast(({ type }) => type === 'call.refused');
      expect(entry).toMatchObject({ act, vendor: 'vendor-a', campaign: 'c-a', code: 'denied-elsewhere', rule: 'external' });
      expect(entry).not.toHaveProperty('subject');
    });

    it('lets a denied vendor tell no references apart, nor what may be asked', async () => {
      const [own, withdrawn] = [await referenceOf(3), await referenceOf(4)];
      await test.bank.customers.withdraw(customerOf(4), 'marketing.insurance');
      const before = await changed();
      answer = no;
      const told = [
        await ask(act, own),
        await ask(act, withdrawn),
        await ask(act, test.b.rows[0]!.reference),
        await ask(act, 'nr1_nothing'),
        await ask(act, own, { what: act === 'answer' ? 'income-10k' : 'broker' }),
        await ask(act, own, { what: 'nobody' }),
      ];
      expect(told[0]).toMatchObject({ status: 403, code: 'campaign-closed' });
      for (const one of told) expect(comparable(one)).toEqual(comparable(told[0]!));
      expect(await changed()).toEqual(before);
    });

    it('is not widened by a yes, and the policy’s own refusal stays what it is', async () => {
      const [reference, unavailable] = [await referenceOf(5), `${act}-unavailable`];
      expect(await ask(act, 'nr1_nothing')).toMatchObject({ status: 403, code: unavailable });
      expect(await ask(act, reference, { what: 'nobody' })).toMatchObject({ status: 403, code: unavailable });
      await setBudget(0);
      for (const next of [yes, no]) {
        answer = next;
        expect(await ask(act, reference)).toMatchObject({ status: 403, code: 'budget-used' });
        expect(await ask(act, reference, { what: 'nobody' })).toMatchObject({ status: 403, code: 'budget-used' });
      }
      await setBudget(500);
    });

    it('is repeated under its key as it was answered, whatever it says by then', async () => {
      const [reference, given, refused] = [await referenceOf(6), randomUUID(), randomUUID()];
      const first = await ask(act, reference, { key: given });
      expect(first.status).toBe(act === 'answer' ? 200 : 201);
      const before = await changed();
      answer = no;
      expect(bodyOf(await ask(act, reference, { key: given }))).toEqual(bodyOf(first));
      // Under another key it is another act, also where the answer stands for 90 days.
      expect(await ask(act, reference, { key: refused })).toMatchObject({ status: 403, code: 'campaign-closed' });
      answer = yes;
      expect(await ask(act, reference, { key: refused })).toMatchObject({ status: 403, code: 'campaign-closed' });
      expect(await changed()).toEqual(before);
    });

    it('locks nobody while it asks', async () => {
      const reference = await referenceOf(7);
      answer = async () => {
        await test.database.transaction(async (tx) => {
          await tx.query('SELECT FROM customer FOR UPDATE NOWAIT');
          await tx.query('SELECT FROM campaign_budget FOR UPDATE NOWAIT');
        });
        return true;
      };
      expect((await ask(act, reference)).status).toBe(act === 'answer' ? 200 : 201);
    });
  });
});
