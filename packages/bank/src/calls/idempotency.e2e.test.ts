import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createWorld, engines, type Listed, stateOf, TestCarrier, type World } from '../../../../tests/support/calls.js';
import type { CarrierAnswer } from './carrier.js';
import { LEASE_MS } from './limits.js';

/** A Wednesday noon in Shanghai. */
const NOON = Date.UTC(2026, 10, 25, 4);

describe.each(engines)('one key on %s', (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(engine);
  });
  afterAll(() => world.drop());

  async function scene(rows = 1) {
    const carrier = new TestCarrier();
    const campaign = await world.campaign();
    const listed = await world.list(campaign, await world.customers(rows));
    return { carrier, campaign, listed, row: listed[0] as Listed, grant: await world.grant(campaign) };
  }

  it('gives one call, and the same answer whatever has changed since', async () => {
    const { carrier, campaign, row, grant } = await scene();
    const calls = world.calls({ carrier });
    const request = ask(grant, row, { agent: 'agent-17' });
    const answer = await calls.place(request);
    const before = await stateOf(world, campaign);
    await world.database.query(`UPDATE campaign SET state = 'closed' WHERE id = $1`, [campaign]);
    expect(await calls.place({ ...request, requestId: 'again' })).toEqual(answer);
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toEqual(before);
  });

  it('answers another body under it as a mismatch: token, reference, agent', async () => {
    const { carrier, campaign, listed, grant } = await scene(2);
    const [row, other] = listed as [Listed, Listed];
    const calls = world.calls({ carrier });
    const request = ask(grant, row, { agent: 'agent-17' });
    await calls.place(request);
    const before = await stateOf(world, campaign);
    const { reference: _, ...withoutReference } = request;
    const { agent: _agent, ...withoutAgent } = request;
    for (const changed of [
      { ...request, dialToken: other.dialToken },
      { ...request, reference: other.reference },
      withoutReference,
      withoutAgent,
    ]) {
      expect(await calls.place(changed)).toEqual({ outcome: 'mismatch', status: 422 });
    }
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toEqual(before);
  });

  it('belongs to its client: another vendor may use the same one', async () => {
    const { carrier, row, grant } = await scene();
    const other = await world.campaign({ vendor: 'vendor-b' });
    const [theirs] = await world.list(other, await world.customers(1));
    const calls = world.calls({ carrier });
    const { idempotencyKey } = ask(grant, row);
    expect(await calls.place(ask(grant, row, { idempotencyKey }))).toMatchObject({ outcome: 'called' });
    const theirAnswer = await calls.place(ask(await world.grant(other, { vendor: 'vendor-b' }), theirs!, { idempotencyKey }));
    expect(theirAnswer).toMatchObject({ outcome: 'called' });
    expect(carrier.orders).toHaveLength(2);
  });

  it('is a conflict while the call is under way, and unknown once the lease is over, for the first order too', async () => {
    const { carrier, campaign, row, grant } = await scene();
    let now = NOON;
    let answer: (answer: CarrierAnswer) => void = () => {};
    carrier.answer = () => new Promise((resolve) => (answer = resolve));
    const calls = world.calls({ carrier, clock: () => now });
    const request = ask(grant, row);
    const first = calls.place(request);
    while (carrier.orders.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await calls.place(request)).toEqual({ outcome: 'conflict', status: 409 });
    now += LEASE_MS;
    const callId = carrier.orders[0]!.callId;
    const unknown = { outcome: 'called', status: 201, body: { call_id: callId, masked_phone: expect.any(String), state: 'unknown' } };
    expect(await calls.place(request)).toEqual(unknown);
    // The carrier answers after all: that is known from now on, but the order stays answered as it was.
    answer({ outcome: 'placed' });
    expect(await first).toEqual(unknown);
    expect(await calls.place(request)).toEqual(unknown);
    expect(await calls.get(callId, 'vendor-a')).toMatchObject({ state: 'placed' });
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toMatchObject({ calls: 1, remaining: 999 });
  });

  it('twice in one batch: one call', async () => {
    const { carrier, campaign, listed, grant } = await scene(2);
    const [row, other] = listed as [Listed, Listed];
    const calls = world.calls({ carrier });
    const request = ask(grant, row);
    const refused = ask(grant, { dialToken: 'nonsense' as Listed['dialToken'] });
    const answers = await Promise.all([
      calls.place(request),
      calls.place(request),
      calls.place({ ...request, dialToken: other.dialToken }),
      calls.place(refused),
      calls.place(refused),
    ]);
    expect(answers[0]).toMatchObject({ outcome: 'called', body: { state: 'placed' } });
    expect(answers[1]).toEqual({ outcome: 'conflict', status: 409 });
    expect(answers[2]).toEqual({ outcome: 'mismatch', status: 422 });
    expect(answers[3]).toRefuse('token-invalid');
    expect(answers[4]).toEqual(answers[3]);
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toMatchObject({ calls: 1, refusals: 1 });
  });

  it('must be there and not too long; a pseudonym must be a name and the grant’s', async () => {
    const { carrier, campaign, row, grant } = await scene();
    const calls = world.calls({ carrier });
    const before = await stateOf(world, campaign);
    for (const idempotencyKey of ['', 'k'.repeat(256)]) {
      await expect(() => calls.place(ask(grant, row, { idempotencyKey }))).toFailWith('ERR_CALL_KEY');
    }
    for (const agent of ['8613800138000', 'Zhang San', '']) {
      await expect(() => calls.place(ask(grant, row, { agent }))).toFailWith('ERR_CALL_AGENT');
    }
    const named = await world.grant(campaign, { act: 'agent-17' });
    await expect(() => calls.place(ask(named, row, { agent: 'agent-18' }))).toFailWith('ERR_CALL_AGENT');
    expect(carrier.orders).toHaveLength(0);
    expect(await stateOf(world, campaign)).toEqual(before);
    expect(await calls.place(ask(named, row))).toMatchObject({ outcome: 'called' });
    const agents = await world.database.query(`SELECT pseudonym FROM agent WHERE pseudonym LIKE 'agent-17'`);
    expect(agents).toHaveLength(1);
  });

  it('needs a carrier', async () => {
    const { row, grant } = await scene();
    await expect(() => world.calls().place(ask(grant, row))).toFailWith('ERR_CARRIER_MISSING');
  });
});
