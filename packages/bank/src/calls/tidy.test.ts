import { expect, it } from 'vitest';
import { ask, createWorld, TestCarrier } from '../../../../tests/support/calls.js';

const DAY_MS = 86_400_000;

it('forgets keys after seven days, but never one whose order was not answered', async () => {
  const world = await createWorld('pglite');
  const carrier = new TestCarrier();
  const campaign = await world.campaign();
  const [row, other] = await world.list(campaign, await world.customers(2));
  const grant = await world.grant(campaign);
  const calls = world.calls({ carrier });
  await calls.place(ask(grant, row!));
  const open = ask(grant, other!);
  await calls.place(open);
  await world.database.query(`UPDATE call SET state = 'authorized', told = NULL WHERE id = $1`, [carrier.orders[1]!.callId]);

  const after = (days: number) => world.calls({ carrier, clock: () => Date.now() + days * DAY_MS });
  expect(await after(6).tidy()).toBe(0);
  expect(await after(8).tidy()).toBe(1);
  expect(await after(8).tidy()).toBe(0);
  expect(await after(8).place(open)).toMatchObject({ body: { state: 'unknown' } });
  expect(carrier.orders).toHaveLength(2);
  await world.drop();
});
