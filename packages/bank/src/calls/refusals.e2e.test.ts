import { type DecisionCode, decisionCodes } from '@numbra/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createWorld, engines, entriesOf, type Listed, stateOf, TestCarrier, type World } from '../../../../tests/support/calls.js';
import type { CallRequest } from './request.js';

/** A Wednesday noon in Shanghai. */
const NOON = Date.UTC(2026, 10, 25, 4);

interface Scene {
  readonly world: World;
  /** Places a call that must be allowed. */
  allowed(request: CallRequest): Promise<void>;
}

/** Makes the state in which the request it returns is refused with the code. */
type Arrange = (scene: Scene) => Promise<CallRequest>;

/** A campaign with one customer on its list, and a request for that row. */
async function plain({ world }: Scene, campaign: Parameters<World['campaign']>[0] = {}, grant: Parameters<World['grant']>[1] = {}) {
  const id = await world.campaign(campaign);
  const [customer] = await world.customers(1);
  const [row] = (await world.list(id, [customer!])) as [Listed];
  return { id, customer: customer!, row, grant: await world.grant(id, grant) };
}

const purpose = (name: string) => ({ purpose: `marketing.${name}` });

const cases: Partial<Record<DecisionCode, Arrange>> = {
  'purpose-not-allowed': async (scene) => {
    const { row, grant } = await plain(scene, {}, { campaign: purpose('capped') });
    return ask(grant, row);
  },
  'recipient-not-allowed': async (scene) => {
    const { row, grant } = await plain(scene, {}, { vendor: 'vendor-b' });
    return ask(grant, row);
  },
  'grant-not-allowed': async (scene) => {
    const { row, grant } = await plain(scene, {}, { campaign: { actions: ['list'] } });
    return ask(grant, row);
  },
  'action-not-allowed': async (scene) => {
    const made = await plain(scene);
    // No such campaign can be created; the policy may have been narrowed since.
    await scene.world.database.query(`UPDATE campaign SET purpose = 'marketing.letters' WHERE id = $1`, [made.id]);
    scene.world.context.scopes.forget(made.id);
    return ask(await scene.world.grant(made.id), made.row);
  },
  'agent-grant-required': async (scene) => {
    const { row, grant } = await plain(scene, purpose('named'));
    return ask(grant, row, { agent: 'agent-17' });
  },
  'outside-window': async (scene) => {
    const { row, grant } = await plain(scene, purpose('never'));
    return ask(grant, row);
  },
  'campaign-not-open': async (scene) => {
    const { row, grant } = await plain(scene, { opensAt: new Date(NOON + 1000) });
    return ask(grant, row);
  },
  'campaign-closed': async (scene) => {
    const { id, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE campaign SET state = 'closed' WHERE id = $1`, [id]);
    return ask(grant, row);
  },
  'campaign-shredded': async (scene) => {
    const { id, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE campaign SET state = 'shredded' WHERE id = $1`, [id]);
    return ask(grant, row);
  },
  'not-acknowledged': async (scene) => {
    const { row, grant } = await plain(scene, purpose('signed'));
    return ask(grant, row);
  },
  'budget-used': async (scene) => {
    const { row, grant } = await plain(scene, { budgetCalls: 1 });
    await scene.allowed(ask(grant, row));
    return ask(grant, row);
  },
  'agent-limit': async (scene) => {
    const { row, grant } = await plain(scene, { perAgentPerHour: 1 });
    await scene.allowed(ask(grant, row, { agent: 'agent-1' }));
    return ask(grant, row, { agent: 'agent-1' });
  },
  'concurrency-limit': async (scene) => {
    const { row, grant } = await plain(scene, purpose('crowded'));
    for (let i = 0; i < 3; i++) await scene.allowed(ask(grant, row));
    return ask(grant, row);
  },
  'probing-limit': async (scene) => {
    const { id, row, grant } = await plain(scene);
    await scene.world.database.query(
      `INSERT INTO campaign_day (campaign, day, refused) SELECT number, '2026-11-25', 200 FROM campaign WHERE id = $1`,
      [id],
    );
    return ask(grant, row);
  },
  'token-malformed': async (scene) => {
    const { row, grant } = await plain(scene);
    return ask(grant, { dialToken: `${row.dialToken}A` as Listed['dialToken'] });
  },
  'token-foreign': async (scene) => {
    const { grant } = await plain(scene);
    const { row } = await plain(scene, { vendor: 'vendor-b' }, { vendor: 'vendor-b' });
    return ask(grant, { dialToken: row.dialToken });
  },
  'token-forged': async (scene) => {
    const { row, grant } = await plain(scene);
    const last = row.dialToken.at(-1) === 'A' ? 'B' : 'A';
    return ask(grant, { dialToken: `${row.dialToken.slice(0, -1)}${last}` as Listed['dialToken'] });
  },
  'token-unlisted': async (scene) => {
    const { id, grant } = await plain(scene);
    const [stranger] = await scene.world.customers(1);
    return ask(grant, await scene.world.seal(id, stranger!));
  },
  'reference-mismatch': async (scene) => {
    const id = await scene.world.campaign();
    const [a, b] = await scene.world.list(id, await scene.world.customers(2));
    return ask(await scene.world.grant(id), { dialToken: a!.dialToken, reference: b!.reference });
  },
  'customer-cap': async (scene) => {
    const { row, grant } = await plain(scene, { perCustomer: 1 });
    await scene.allowed(ask(grant, row));
    return ask(grant, row);
  },
  'customer-erased': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE customer SET erased_at = now(), customer_key = NULL, phone_index = NULL WHERE id = $1`, [
      customer.row,
    ]);
    return ask(grant, row);
  },
  'customer-removed': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE member SET removed_at = now() WHERE customer = $1`, [customer.row]);
    return ask(grant, row);
  },
  'phone-changed': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE customer SET phone_index = '\\x00' WHERE id = $1`, [customer.row]);
    return ask(grant, row);
  },
  'do-not-call': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(
      `INSERT INTO do_not_call (phone_index, since, source) SELECT phone_index, '2026-01-01', 'test' FROM customer WHERE id = $1`,
      [customer.row],
    );
    return ask(grant, row);
  },
  'consent-withdrawn': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(`UPDATE consent SET withdrawn_at = now() WHERE customer = $1`, [customer.row]);
    return ask(grant, row);
  },
  'no-consent': async (scene) => {
    const { customer, row, grant } = await plain(scene);
    await scene.world.database.query(`DELETE FROM consent WHERE customer = $1`, [customer.row]);
    return ask(grant, row);
  },
  'customer-outside-window': async (scene) => {
    const { row, grant } = await plain(scene, purpose('their-clock'));
    return ask(grant, row);
  },
  'cap-purpose': async (scene) => {
    const { row, grant } = await plain(scene, purpose('thrice'));
    for (let i = 0; i < 3; i++) await scene.allowed(ask(grant, row));
    return ask(grant, row);
  },
  'cap-all-vendors': async (scene) => {
    // Counted over all vendors: the earlier call is another one's, and long over.
    const { world } = scene;
    const { customer, row, grant } = await plain(scene, purpose('capped'));
    const other = await world.campaign({ vendor: 'vendor-b' });
    await insertCall(world, other, 'vendor-b', customer.row, NOON - 59 * 86_400_000);
    return ask(grant, row);
  },
  'customer-busy': async (scene) => {
    const { world } = scene;
    const { customer, row, grant } = await plain(scene);
    const other = await world.campaign({ vendor: 'vendor-b' });
    await insertCall(world, other, 'vendor-b', customer.row, NOON - 600_000, NOON - 14 * 60_000);
    return ask(grant, row);
  },
  'customer-refused-today': async (scene) => {
    const { world } = scene;
    const { id, customer, row, grant } = await plain(scene);
    await world.database.query(`INSERT INTO sticky_refusal SELECT number, $2, '2026-11-25T16:00:00Z' FROM campaign WHERE id = $1`, [
      id,
      customer.row,
    ]);
    return ask(grant, row);
  },
};

async function insertCall(world: World, campaign: string, vendor: string, customer: bigint, at: number, endedAt?: number) {
  await world.database.query(
    `INSERT INTO call (id, campaign, row_number, customer, vendor, purpose, grant_id, masked_phone, state, n, at, lease_until, ended_at)
     SELECT gen_random_uuid(), number, 1, $2, $3, purpose, 'grant_earlier1', '*********00', $4, 1, $5, $5, $6 FROM campaign WHERE id = $1`,
    [
      campaign,
      customer,
      vendor,
      endedAt === undefined ? 'placed' : 'ended',
      new Date(at),
      endedAt === undefined ? null : new Date(endedAt),
    ],
  );
}

/** Codes that no call meets here: other acts, or facts that the store does not hold. */
const NOT_OF_CALLS: readonly DecisionCode[] = [
  'request-malformed',
  'field-not-allowed',
  'question-not-allowed',
  'approval-missing',
  'facts-missing',
  'denied-elsewhere',
  'calendar-year-unknown',
  'customer-unknown',
  'region-closed',
];

it('covers every code of the policy', () => {
  expect([...Object.keys(cases), ...NOT_OF_CALLS].sort()).toEqual(Object.keys(decisionCodes).sort());
});

describe.each(engines)('refusals on %s', (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(engine);
  });
  afterAll(() => world.drop());

  it.each(Object.entries(cases))('%s: told no more than its group, entered once, nothing dialled or taken', async (name, arrange) => {
    const code = name as DecisionCode;
    const { vendorCode, group, status } = decisionCodes[code];
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier, clock: () => NOON });
    const request = await arrange({
      world,
      allowed: async (allowed) => expect(await calls.place(allowed)).toMatchObject({ outcome: 'called' }),
    });
    const campaign = request.grant.campaign.campaign;
    const orders = carrier.orders.length;
    const before = await stateOf(world, campaign);

    const answer = await calls.place(request);

    expect(answer).toRefuse(vendorCode);
    expect(answer).toEqual({ outcome: 'refused', code: vendorCode, status });
    const [refusal] = await calls.refusals({ requestId: request.requestId });
    expect(refusal).toMatchObject({ code, vendorCode, campaign, grant: request.grant.campaign.identifier });
    expect(refusal!.sentence).toBe(decisionCodes[code].sentence);
    expect(carrier.orders).toHaveLength(orders);
    const after = await stateOf(world, campaign);
    const aboutCustomer = group === 4 || code === 'customer-cap' || code === 'reference-mismatch';
    const hasKey = code !== 'customer-erased';
    expect(refusal!.customerId !== undefined).toBe(aboutCustomer);
    expect(after).toEqual({
      ...before,
      entries: before.entries + 1,
      refusals: before.refusals + 1,
      answers: before.answers + 1,
      uses: before.uses + (aboutCustomer && hasKey ? 1 : 0),
    });
    const entry = (await entriesOf(world)).at(-1);
    expect(entry).toMatchObject({ type: 'call.refused', code, campaign, rule: refusal!.rule });
    expect(entry?.['subject'] !== undefined).toBe(aboutCustomer && hasKey);

    // The same key is answered the same, and nothing more happens.
    expect(await calls.place(request)).toEqual(answer);
    expect(await stateOf(world, campaign)).toEqual(after);
    await calls.close();
  });

  it('tells nothing apart within a group: the answers are equal to the last byte', async () => {
    const calls = world.calls({ carrier: new TestCarrier(), clock: () => NOON });
    const scene: Scene = { world, allowed: async (request) => void (await calls.place(request)) };
    const groups = new Map<string, Set<string>>();
    for (const [code, arrange] of Object.entries(cases)) {
      const { vendorCode } = decisionCodes[code as DecisionCode];
      groups.set(vendorCode, (groups.get(vendorCode) ?? new Set()).add(JSON.stringify(await calls.place(await arrange(scene)))));
    }
    for (const answers of groups.values()) expect(answers.size).toBe(1);
  });

  it('looks at no later group when an earlier one refuses', async () => {
    const calls = world.calls({ carrier: new TestCarrier(), clock: () => NOON });
    const id = await world.campaign({ purpose: 'marketing.never' });
    const [row] = await world.list(id, await world.customers(1, { consent: false }));
    const request = ask(await world.grant(id), row!);
    expect(await calls.place(request)).toRefuse('outside-window');
    expect((await calls.refusals({ requestId: request.requestId }))[0]!.customerId).toBeUndefined();
    expect(await calls.place(ask(await world.grant(id), { dialToken: 'nonsense' as Listed['dialToken'] }))).toRefuse('outside-window');
  });

  it('refuses the tokens of a withdrawn list although this process still holds its key', async () => {
    const calls = world.calls({ carrier: new TestCarrier() });
    const id = await world.campaign();
    const [row] = await world.list(id, await world.customers(1));
    const request = ask(await world.grant(id), row!);
    await world.database.query(
      `UPDATE campaign_secret SET withdrawn_at = now(), wrapped = NULL WHERE campaign = (SELECT number FROM campaign WHERE id = $1)`,
      [id],
    );
    expect(await calls.place(request)).toRefuse('token-invalid');
    expect((await calls.refusals({ requestId: request.requestId }))[0]).toMatchObject({ code: 'token-unlisted' });
  });

  it('stays unavailable until the next local midnight, so that the end of a reason tells nothing', async () => {
    let now = NOON;
    const calls = world.calls({ carrier: new TestCarrier(), clock: () => now });
    const id = await world.campaign();
    const [customer] = await world.customers(1);
    const [row] = await world.list(id, [customer!]);
    const grant = await world.grant(id);
    await world.database.query(`UPDATE consent SET withdrawn_at = now() WHERE customer = $1`, [customer!.row]);
    expect(await calls.place(ask(grant, row!))).toRefuse('customer-unavailable');
    await world.database.query(`UPDATE consent SET withdrawn_at = NULL WHERE customer = $1`, [customer!.row]);
    now = Date.UTC(2026, 10, 25, 15, 59, 59);
    expect(await calls.place(ask(grant, row!))).toRefuse('customer-unavailable');
    now = Date.UTC(2026, 10, 25, 16);
    expect(await calls.place(ask(grant, row!))).toMatchObject({ outcome: 'called' });
  });

  it('takes a grant for what it narrows: last day, calls of the campaign, calls to a customer', async () => {
    const calls = world.calls({ carrier: new TestCarrier(), clock: () => NOON });
    const id = await world.campaign();
    const [row] = await world.list(id, await world.customers(1));
    const window = { tz: 'Asia/Shanghai', days: ['we'], from: '00:00', to: '24:00', until: '2026-11-24' } as const;
    expect(await calls.place(ask(await world.grant(id, { campaign: { window } }), row!))).toRefuse('campaign-closed');
    const today = await world.grant(id, {
      campaign: { window: { ...window, until: '2026-11-25' }, budget: { calls: 2, per_customer: 9, per_agent_per_hour: 9 } },
    });
    expect(await calls.place(ask(today, row!))).toMatchObject({ outcome: 'called' });
    expect(await calls.place(ask(today, row!))).toMatchObject({ outcome: 'called' });
    expect(await calls.place(ask(today, row!))).toRefuse('budget-used');
    const twice = await world.grant(id, { campaign: { budget: { calls: 100, per_customer: 2, per_agent_per_hour: 9 } } });
    expect(await calls.place(ask(twice, row!))).toRefuse('customer-cap');
  });

  it('answers a revoked grant, a revoked vendor and an unknown campaign as no grant, and keeps nothing', async () => {
    const calls = world.calls({ carrier: new TestCarrier() });
    const id = await world.campaign();
    const [row] = await world.list(id, await world.customers(1));
    const grant = await world.grant(id);
    const before = await stateOf(world, id);
    await world.database.query(
      `INSERT INTO issued_grant (identifier, vendor, campaign, expires_at, revoked_at) SELECT $1, 'vendor-a', number, now(), now() FROM campaign WHERE id = $2`,
      [grant.campaign.identifier, id],
    );
    expect(await calls.place(ask(grant, row!))).toEqual({ outcome: 'revoked', status: 401 });
    expect(await calls.place(ask(await world.grant('nowhere'), row!))).toEqual({ outcome: 'revoked', status: 401 });
    await world.database.query(`UPDATE bank SET minimum_issued_at = now() + interval '1 hour'`);
    expect(await calls.place(ask(await world.grant(id), row!))).toEqual({ outcome: 'revoked', status: 401 });
    await world.database.query(`UPDATE bank SET minimum_issued_at = '-infinity'`);
    expect(await stateOf(world, id)).toEqual(before);
  });

  it('rests a campaign after too many refusals, and says so in the ledger once', async () => {
    const resting = await createWorld(engine, { perDay: '3' });
    const calls = resting.calls({ carrier: new TestCarrier() });
    const id = await resting.campaign();
    const [row] = await resting.list(id, await resting.customers(1));
    const grant = await resting.grant(id);
    const nonsense = { dialToken: 'nonsense' as Listed['dialToken'] };
    for (let i = 0; i < 3; i++) expect(await calls.place(ask(grant, nonsense))).toRefuse('token-invalid');
    expect(await calls.place(ask(grant, nonsense))).toRefuse('probing-limit');
    expect(await calls.place(ask(grant, row!))).toRefuse('probing-limit');
    const alerts = (await entriesOf(resting)).filter(({ type }) => type === 'alert');
    expect(alerts).toMatchObject([{ code: 'probing-limit', campaign: id, count: 3 }]);
    await resting.drop();
  });
});
