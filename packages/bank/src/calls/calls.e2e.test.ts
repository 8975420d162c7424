import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createWorld, engines, entriesOf, stateOf, TestCarrier, type World } from '../../../../tests/support/calls.js';

describe.each(engines)('a call on %s', (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(engine);
  });
  afterAll(() => world.drop());

  it('is authorized, entered, placed once and settled', async () => {
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier });
    const campaign = await world.campaign();
    const [row] = await world.list(campaign, await world.customers(1));
    const grant = await world.grant(campaign);
    const before = await stateOf(world, campaign);
    const answer = await calls.place(ask(grant, row!, { agent: 'agent-17' }));
    expect(answer).toMatchObject({
      outcome: 'called',
      status: 201,
      body: { state: 'placed', masked_phone: `*********${row!.customer.phone.slice(-2)}` },
    });
    const after = await stateOf(world, campaign);
    expect(after).toMatchObject({ remaining: before.remaining - 1, calls: 1, entries: before.entries + 2, uses: before.uses + 2 });
    expect(carrier.orders).toHaveLength(1);
    expect(carrier.orders[0]!.number).toBe(row!.customer.phone);
    const [authorized, placed] = (await entriesOf(world)).slice(-2);
    expect(authorized).toMatchObject({ type: 'call.authorized', campaign, vendor: 'vendor-a', agent: 'agent-17' });
    expect(placed).toMatchObject({ type: 'call.placed', campaign });
    expect(authorized!['subject']).not.toBe(placed!['subject']);
  });
});
