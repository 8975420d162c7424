import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, createWorld, engines, entriesOf, type Listed, stateOf, TestCarrier, type World } from '../../../../tests/support/calls.js';
import { LEASE_MS, LONGEST_CALL_MS, QUIET_MS } from './limits.js';

/** A Wednesday noon in Shanghai. */
const NOON = Date.UTC(2026, 10, 25, 4);

describe.each(engines)('what the carrier says on %s', (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(engine);
  });
  afterAll(() => world.drop());

  async function scene(options: Parameters<World['campaign']>[0] = {}) {
    const carrier = new TestCarrier();
    const campaign = await world.campaign(options);
    const [row] = (await world.list(campaign, await world.customers(1))) as [Listed];
    return { carrier, campaign, row, grant: await world.grant(campaign) };
  }
  const newest = async (count: number) => (await entriesOf(world)).slice(-count);

  it('not placed: failed, and budget and caps come back, once', async () => {
    const { carrier, campaign, row, grant } = await scene({ budgetCalls: 1, perCustomer: 1, perAgentPerHour: 1 });
    const calls = world.calls({ carrier });
    carrier.answer = () => ({ outcome: 'not-placed', cause: 'no-trunk' });
    for (let i = 0; i < 3; i++) {
      const request = ask(grant, row, { agent: `agent-${campaign}` });
      expect(await calls.place(request)).toMatchObject({ outcome: 'called', body: { state: 'failed' } });
      expect(await calls.place(request)).toMatchObject({ outcome: 'called', body: { state: 'failed' } });
    }
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 1, calls: 3 });
    const [authorized, failed] = await newest(2);
    expect(failed).toMatchObject({ type: 'call.failed', cause: 'no-trunk', returned: true, call: authorized!['call'] });
    carrier.answer = () => ({ outcome: 'placed' });
    expect(await calls.place(ask(grant, row, { agent: `agent-${campaign}` }))).toMatchObject({ body: { state: 'placed' } });
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 0 });
  });

  it('says nothing of a cause that might repeat the number', async () => {
    const { carrier, row, grant } = await scene();
    carrier.answer = ({ number }) => ({ outcome: 'not-placed', cause: number.use(String) });
    expect(await world.calls({ carrier }).place(ask(grant, row))).toMatchObject({ body: { state: 'failed' } });
    expect((await newest(1))[0]).toMatchObject({ type: 'call.failed', cause: 'not-placed' });
  });

  it('a throw: unknown, nothing comes back, nothing is dialled again, no entry says that it was placed or not', async () => {
    const { carrier, campaign, row, grant } = await scene();
    carrier.answer = () => {
      throw new Error('connection reset');
    };
    const calls = world.calls({ carrier });
    const request = ask(grant, row);
    const answer = await calls.place(request);
    expect(answer).toMatchObject({ outcome: 'called', status: 201, body: { state: 'unknown' } });
    expect(await calls.place(request)).toEqual(answer);
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 999, calls: 1 });
    expect((await newest(1))[0]).toMatchObject({ type: 'call.authorized' });
  });

  it('unknown calls are listed once their lease is over, and reconciled by asking the carrier: placed', async () => {
    const { carrier, campaign, row, grant } = await scene();
    let now = NOON;
    carrier.answer = () => Promise.reject(new Error('timeout'));
    const calls = world.calls({ carrier, clock: () => now });
    const request = ask(grant, row);
    const answer = await calls.place(request);
    expect(await calls.unknown()).toEqual([]);
    now += LEASE_MS;
    const { callId } = carrier.orders[0]!;
    expect(await calls.unknown()).toMatchObject([{ callId, campaign, vendor: 'vendor-a' }]);
    expect(await calls.reconcile()).toEqual({ placed: 0, failed: 0, unknown: 1 });
    carrier.found = 'placed';
    expect(await calls.reconcile()).toEqual({ placed: 1, failed: 0, unknown: 0 });
    expect(await calls.unknown()).toEqual([]);
    expect(await calls.get(callId, 'vendor-a')).toMatchObject({ state: 'placed' });
    expect((await newest(1))[0]).toMatchObject({ type: 'call.placed', call: callId });
    // The order stays answered as it was, and nothing was dialled.
    expect(await calls.place(request)).toEqual(answer);
    expect(carrier.orders).toHaveLength(1);
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 999 });
  });

  it('… or not placed: its budget comes back, once', async () => {
    const { carrier, campaign, row, grant } = await scene();
    let now = NOON;
    carrier.answer = () => Promise.reject(new Error('timeout'));
    const calls = world.calls({ carrier, clock: () => now });
    await calls.place(ask(grant, row));
    now += LEASE_MS;
    carrier.found = 'not-placed';
    const reports = await Promise.all([calls.reconcile(), calls.reconcile()]);
    expect(reports.reduce((sum, { failed }) => sum + failed, 0)).toBeGreaterThan(0);
    expect(await calls.reconcile()).toEqual({ placed: 0, failed: 0, unknown: 0 });
    expect(await stateOf(world, campaign)).toMatchObject({ remaining: 1000 });
    const failed = (await entriesOf(world)).filter(({ call }) => call === carrier.orders[0]!.callId);
    expect(failed.map(({ type }) => type)).toEqual(['call.authorized', 'call.failed']);
  });

  it('the end of a call takes a use and an entry of its own, once; talk time is rounded up', async () => {
    const { carrier, campaign, row, grant } = await scene();
    const calls = world.calls({ carrier });
    await calls.place(ask(grant, row));
    const { callId } = carrier.orders[0]!;
    const before = await stateOf(world, campaign);
    expect(await calls.ended(callId, { result: 'answered', talkSeconds: 61 })).toBe(true);
    expect(await calls.ended(callId, { result: 'answered', talkSeconds: 61 })).toBe(false);
    expect(await stateOf(world, campaign)).toEqual({ ...before, entries: before.entries + 1, uses: before.uses + 1 });
    expect((await newest(1))[0]).toMatchObject({ type: 'call.ended', call: callId, state: 'answered', seconds: 70 });
    const view = await calls.get(callId, 'vendor-a');
    expect(view).toMatchObject({ state: 'ended', result: 'answered', talk_seconds: 70, campaign });
    expect(view!.at).toMatch(/T\d\d:\d\d:00Z$/);
    expect(view!.ended_at).toMatch(/T\d\d:\d\d:00Z$/);
    expect(JSON.stringify(view)).not.toContain(row.customer.phone.slice(4, 9));
  });

  it('the end of a call of unknown fate says that it was placed', async () => {
    const { carrier, row, grant } = await scene();
    carrier.answer = () => Promise.reject(new Error('timeout'));
    const calls = world.calls({ carrier });
    await calls.place(ask(grant, row));
    const { callId } = carrier.orders[0]!;
    expect(await calls.ended(callId, { result: 'not-reached' })).toBe(true);
    const entries = (await entriesOf(world)).filter(({ call }) => call === callId);
    expect(entries.map(({ type }) => type)).toEqual(['call.authorized', 'call.placed', 'call.ended']);
    expect(new Set(entries.map(({ subject }) => subject)).size).toBe(3);
  });

  it('the end of a call that was never placed, or of no call, changes nothing', async () => {
    const { carrier, campaign, row, grant } = await scene();
    carrier.answer = () => ({ outcome: 'not-placed', cause: 'no-trunk' });
    const calls = world.calls({ carrier });
    await calls.place(ask(grant, row));
    const before = await stateOf(world, campaign);
    expect(await calls.ended(carrier.orders[0]!.callId, { result: 'answered' })).toBe(false);
    expect(await calls.ended('00000000-0000-7000-8000-000000000000', { result: 'answered' })).toBe(false);
    await expect(() => calls.ended('nonsense', { result: 'answered' })).toFailWith('ERR_CALL_ID');
    expect(await stateOf(world, campaign)).toEqual(before);
  });

  it('shows a call to its vendor alone', async () => {
    const { carrier, row, grant } = await scene();
    const calls = world.calls({ carrier });
    await calls.place(ask(grant, row));
    const { callId } = carrier.orders[0]!;
    expect(await calls.get(callId, 'vendor-a')).toMatchObject({ call_id: callId });
    expect(await calls.get(callId, 'vendor-b')).toBeUndefined();
    expect(await calls.get('nonsense', 'vendor-a')).toBeUndefined();
  });

  it('keeps other vendors away while the customer is on a call and 15 minutes after; the vendor itself not', async () => {
    let now = NOON;
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier, clock: () => now });
    const ours = await world.campaign();
    const theirs = await world.campaign({ vendor: 'vendor-b' });
    const customers = await world.customers(4);
    const a = await world.list(ours, customers);
    const b = await world.list(theirs, customers);
    const grant = await world.grant(ours);
    const their = await world.grant(theirs, { vendor: 'vendor-b' });
    for (const row of a) await calls.place(ask(grant, row));
    const [first] = carrier.orders;
    expect(await calls.place(ask(grant, a[0]!))).toMatchObject({ outcome: 'called' });
    expect(await calls.place(ask(their, b[0]!))).toRefuse('customer-unavailable');
    await calls.ended(first!.callId, { result: 'answered' });
    // Another customer each time: a refusal sticks until midnight.
    await calls.ended(carrier.orders[1]!.callId, { result: 'answered' });
    await calls.ended(carrier.orders[2]!.callId, { result: 'answered' });
    now += QUIET_MS - 1;
    expect(await calls.place(ask(their, b[1]!))).toRefuse('customer-unavailable');
    now += 1;
    expect(await calls.place(ask(their, b[2]!))).toMatchObject({ outcome: 'called' });
    // Nobody reported the fourth one's end.
    now = NOON + LONGEST_CALL_MS;
    expect(await calls.place(ask(their, b[3]!))).toMatchObject({ outcome: 'called' });
  });

  it('frees a slot when a call ends', async () => {
    const { carrier, row, grant } = await scene({ purpose: 'marketing.crowded' });
    const calls = world.calls({ carrier });
    for (let i = 0; i < 3; i++) await calls.place(ask(grant, row));
    expect(await calls.place(ask(grant, row))).toRefuse('concurrency-limit');
    await calls.ended(carrier.orders[1]!.callId, { result: 'busy' });
    expect(await calls.place(ask(grant, row))).toMatchObject({ outcome: 'called' });
    expect(await calls.place(ask(grant, row))).toRefuse('concurrency-limit');
  });

  it('gives refusals beyond a hundred a minute one entry with a count and every subject', async () => {
    let now = NOON;
    const carrier = new TestCarrier();
    const calls = world.calls({ carrier, clock: () => now });
    const campaign = await world.campaign({ purpose: 'marketing.capped' });
    const [row] = await world.list(campaign, await world.customers(1));
    const grant = await world.grant(campaign);
    await calls.place(ask(grant, row!));
    const before = await stateOf(world, campaign);
    const refuse = () => Promise.all(Array.from({ length: 65 }, () => calls.place(ask(grant, row!))));
    for (const answer of [...(await refuse()), ...(await refuse())]) expect(answer).toRefuse('customer-unavailable');
    expect(await stateOf(world, campaign)).toMatchObject({ entries: before.entries + 100, refusals: 130, uses: before.uses + 130 });
    await calls.reconcile();
    expect(await stateOf(world, campaign)).toMatchObject({ entries: before.entries + 100 });
    now += 60_000;
    await calls.reconcile();
    const [entry] = await newest(1);
    expect(entry).toMatchObject({ type: 'refusals', campaign, vendor: 'vendor-a', grant: grant.campaign.identifier, count: 30 });
    expect(entry!['codes']).toEqual({ 'cap-all-vendors': 30 });
    const subjects = entry!['subjects'] as string[];
    expect(new Set(subjects).size).toBe(30);
    await calls.reconcile();
    expect(await stateOf(world, campaign)).toMatchObject({ entries: before.entries + 101 });
  });
});
