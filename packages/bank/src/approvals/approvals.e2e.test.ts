import { hash } from 'node:crypto';
import { parseEntry } from '@numbra/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestBank, engines, type TestBank } from '../../../../tests/support/banks.js';
import { requireApproval } from './require.js';

const START = Date.parse('2026-11-25T08:00:00Z');
const digest = (what: string): Uint8Array => new Uint8Array(hash('sha256', what, 'buffer'));

describe.each(engines)('four eyes on %s', (engine) => {
  let test: TestBank;
  let now = START;
  let acts = 0;
  let subject: Uint8Array;

  beforeAll(async () => {
    test = await createTestBank(engine, { clock: () => now });
  });
  beforeEach(() => {
    now = START;
    acts += 1;
    subject = digest(`act ${acts}`);
  });
  afterAll(() => test.drop());

  const order = () => ({ kind: 'open-reference', subject, requestedBy: 'staff-1', reason: 'complaint 4711' });
  const take = (what: Partial<Parameters<typeof requireApproval>[1]> = {}) =>
    test.database.transaction((tx) => requireApproval(tx, { kind: 'open-reference', subject, now, ...what }));
  const requests = () => test.database.query('SELECT * FROM approval_request ORDER BY id');
  const given = () => test.database.query('SELECT * FROM approval ORDER BY request, approved_by');
  const entriesOf = async (id: string) => {
    const rows = await test.database.query<{ body: string }>('SELECT body FROM ledger_pending ORDER BY id');
    return rows.map(({ body }) => parseEntry(body)).filter((entry) => entry.type === 'approval' && entry.approval === id);
  };
  const approved = async (): Promise<string> => {
    const { id } = await test.bank.approvals.request(order());
    await test.bank.approvals.approve(id, { by: 'staff-2' });
    await test.bank.approvals.approve(id, { by: 'staff-3' });
    return id;
  };

  it('lets one act happen after two others approved, and enters each person into the ledger', async () => {
    const { id, expiresAt } = await test.bank.approvals.request(order());
    expect(expiresAt).toEqual(new Date(START + 86_400_000));
    expect(await test.bank.approvals.approve(id, { by: 'staff-2' })).toEqual({ id, approvals: 1, complete: false, expiresAt });
    expect(await test.bank.approvals.approve(id, { by: 'staff-3' })).toEqual({ id, approvals: 2, complete: true, expiresAt });
    expect(await take()).toEqual({ id });
    await expect(take).toFailWith('ERR_APPROVAL_MISSING');
    const request = `sha256:${Buffer.from(subject).toString('hex')}`;
    expect(await entriesOf(id)).toMatchObject([
      { act: 'open-reference', request, decision: 'requested', by: 'staff-1' },
      { act: 'open-reference', request, decision: 'approved', by: 'staff-2' },
      { act: 'open-reference', request, decision: 'approved', by: 'staff-3' },
    ]);
  });

  it('is not enough with one approval, none, or one of another act, kind or moment', async () => {
    const { id } = await test.bank.approvals.request(order());
    await expect(take).toFailWith('ERR_APPROVAL_MISSING');
    await test.bank.approvals.approve(id, { by: 'staff-2' });
    await expect(take).toFailWith('ERR_APPROVAL_MISSING');
    await test.bank.approvals.approve(id, { by: 'staff-3' });
    await expect(() => take({ subject: digest('another act') })).toFailWith('ERR_APPROVAL_MISSING');
    await expect(() => take({ kind: 'export' })).toFailWith('ERR_APPROVAL_MISSING');
    await expect(() => take({ now: START + 86_400_000 })).toFailWith('ERR_APPROVAL_MISSING');
    expect(await take({ now: START + 86_399_999 })).toEqual({ id });
  });

  it('refuses the one who asked, a person twice, a stranger to the form, and a request that is over; nothing changes', async () => {
    const { id } = await test.bank.approvals.request({ ...order(), ttlSeconds: 60 });
    await test.bank.approvals.approve(id, { by: 'staff-2' });
    const before = [await requests(), await given(), await entriesOf(id)];
    const approve = (by: string) => () => test.bank.approvals.approve(id, { by });
    await expect(approve('staff-1')).toFailWith('ERR_APPROVAL_OWN');
    await expect(approve('staff-2')).toFailWith('ERR_APPROVAL_REPEATED');
    await expect(approve('13800138000')).toFailWith('ERR_APPROVAL_PERSON');
    await expect(approve('')).toFailWith('ERR_APPROVAL_PERSON');
    await expect(() => test.bank.approvals.approve('approval_none', { by: 'staff-3' })).toFailWith('ERR_APPROVAL_UNKNOWN');
    now = START + 60_000;
    await expect(approve('staff-3')).toFailWith('ERR_APPROVAL_OVER');
    expect([await requests(), await given(), await entriesOf(id)]).toEqual(before);
    now = START;
    const used = await approved();
    await take();
    await expect(() => test.bank.approvals.approve(used, { by: 'staff-4' })).toFailWith('ERR_APPROVAL_OVER');
  });

  it.each([
    ['kind', { kind: 'Open Reference' }],
    ['subject', { subject: new Uint8Array(31) }],
    ['reason', { reason: ' ' }],
    ['ttlSeconds', { ttlSeconds: 8 * 86_400 }],
    ['ttlSeconds', { ttlSeconds: 0 }],
  ])('refuses a request whose %s is wrong, and records nothing', async (_member, change) => {
    const before = await requests();
    await expect(() => test.bank.approvals.request({ ...order(), ...change })).toFailWith('ERR_APPROVAL_REQUEST');
    await expect(() => test.bank.approvals.request({ ...order(), requestedBy: '13800138000' })).toFailWith('ERR_APPROVAL_PERSON');
    expect(await requests()).toEqual(before);
  });

  it('stays unused when the act fails', async () => {
    const id = await approved();
    const act = test.database.transaction(async (tx) => {
      await requireApproval(tx, { kind: 'open-reference', subject, now });
      throw new Error('the act fails');
    });
    await expect(act).rejects.toThrow('the act fails');
    expect(await take()).toEqual({ id });
  });

  it('allows exactly one of 64 acts at once, and with two requests exactly two', async () => {
    for (const wanted of [1, 2]) {
      const ids = new Set<string>();
      for (let i = 0; i < wanted; i++) ids.add(await approved());
      const taken = await Promise.allSettled(Array.from({ length: 64 }, () => take()));
      const done = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
      expect(new Set(done)).toEqual(ids);
      expect(done).toHaveLength(wanted);
      for (const one of taken) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_APPROVAL_MISSING' });
    }
  });

  it('lists what waits, without the names of those who approved', async () => {
    const id = await approved();
    const [view] = (await test.bank.approvals.list()).filter((one) => one.id === id);
    expect(view).toEqual({
      id,
      kind: 'open-reference',
      subject: Buffer.from(subject).toString('hex'),
      requestedBy: 'staff-1',
      reason: 'complaint 4711',
      requestedAt: new Date(START),
      expiresAt: new Date(START + 86_400_000),
      approvals: 2,
      state: 'approved',
    });
    await take();
    now = START + 2 * 86_400_000;
    const { id: late } = await test.bank.approvals.request({ ...order(), ttlSeconds: 5 });
    now += 5_000;
    const states = new Map((await test.bank.approvals.list()).map((one) => [one.id, one.state]));
    expect([states.get(id), states.get(late)]).toEqual(['used', 'expired']);
  });
});
