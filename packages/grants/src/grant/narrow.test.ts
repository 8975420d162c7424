import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bankKey, campaign, terms } from '../bank.fixture.js';
import type { GrantedCampaign } from './campaign.js';
import { grantActions, weekdays } from './campaign.js';
import { issueGrant } from './issue.js';
import { type AskedCampaign, narrowCampaign, parseAskedCampaign } from './narrow.js';

const ask = (members: object = {}) => JSON.stringify([{ type: 'numbra_campaign', campaign: 'c-2026-11', ...members }]);

describe('asking for a campaign', () => {
  it('needs no more than its name', () => {
    expect(parseAskedCampaign(ask())).toEqual({ campaign: 'c-2026-11' });
    expect(narrowCampaign(campaign, parseAskedCampaign(ask()))).toEqual(campaign);
  });

  it('may ask for less of everything', () => {
    const window = { ...campaign.window, days: ['mo'], from: '10:00', to: '12:00', until: '2026-12-01' };
    const asked = parseAskedCampaign(ask({ actions: ['dial'], purpose: campaign.purpose, window, budget: { calls: 10 } }));
    expect(narrowCampaign(campaign, asked)).toEqual({ ...campaign, actions: ['dial'], window, budget: { ...campaign.budget, calls: 10 } });
  });

  it.each([
    ['another campaign', { campaign: 'c-2026-12' }, 'campaign'],
    ['another purpose', { purpose: 'marketing.loan' }, 'purpose'],
    ['another action', { actions: ['dial', 'trunk'] }, 'actions'],
    ['another zone', { window: { ...campaign.window, tz: 'UTC' } }, 'window'],
    ['another day', { window: { ...campaign.window, days: ['su'] } }, 'window'],
    ['an earlier hour', { window: { ...campaign.window, from: '08:59' } }, 'window'],
    ['a later hour', { window: { ...campaign.window, to: '20:01' } }, 'window'],
    ['hours across midnight', { window: { ...campaign.window, from: '19:00', to: '10:00' } }, 'window'],
    ['a later end', { window: { ...campaign.window, until: '2027-01-01' } }, 'window'],
    ['no end', { window: { ...campaign.window, until: undefined } }, 'window'],
    ['more calls', { budget: { calls: 5001 } }, 'budget'],
    ['more calls a customer', { budget: { per_customer: 3 } }, 'budget'],
    ['more calls an agent', { budget: { per_agent_per_hour: 41 } }, 'budget'],
  ])('is refused for %s, and not cut down', async (_name, members, field) => {
    const error = await Promise.resolve()
      .then(() => narrowCampaign(campaign, parseAskedCampaign(ask(members))))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_DETAILS_WIDER', where: { field } });
  });

  it.each([
    ['no JSON', 'campaign=c'],
    ['an object', '{"type":"numbra_campaign","campaign":"c-1"}'],
    [
      'two',
      JSON.stringify([
        { type: 'numbra_campaign', campaign: 'a' },
        { type: 'numbra_campaign', campaign: 'b' },
      ]),
    ],
    ['none', '[]'],
    ['another type', JSON.stringify([{ type: 'payment_initiation', campaign: 'a' }])],
    ['no campaign', JSON.stringify([{ type: 'numbra_campaign' }])],
    ['an unknown member', ask({ locations: ['https://resolver.bank.example'] })],
    ['an identifier of its own', ask({ identifier: 'grant_0123456789' })],
    ['a member twice', '[{"type":"numbra_campaign","campaign":"a","campaign":"b"}]'],
    ['a name that is none', ask({ campaign: 'c 1' })],
    ['no actions', ask({ actions: [] })],
    ['a budget with another member', ask({ budget: { minutes: 5 } })],
    ['half a call', ask({ budget: { calls: 0.5 } })],
    ['5,000 characters', ask({ campaign: 'c'.repeat(5000) })],
  ])('is invalid with %s', async (_name, text) => {
    await expect(() => parseAskedCampaign(text)).toFailWith('ERR_DETAILS_INVALID');
  });

  it('never gives more than was offered, and gives what can be signed', async () => {
    const time = fc.constantFrom('00:00', '09:00', '12:30', '20:00', '23:59');
    const window = fc.record({
      tz: fc.constantFrom('Asia/Shanghai', 'UTC'),
      days: fc.subarray([...weekdays], { minLength: 1 }),
      from: time,
      to: time,
    });
    const limit = fc.integer({ min: 0, max: 50 });
    const budget = fc.record({ calls: limit, per_customer: limit, per_agent_per_hour: limit });
    const actions = fc.subarray([...grantActions], { minLength: 1 });
    const offers: fc.Arbitrary<GrantedCampaign> = fc.record({ ...constant(campaign), actions, window, budget });
    const asks = fc.record({ campaign: fc.constant(campaign.campaign), actions, window, budget }, { requiredKeys: ['campaign'] });
    await fc.assert(
      fc.asyncProperty(offers, asks, async (offered, asked) => {
        const granted = narrowOrNothing(offered, asked as AskedCampaign);
        if (!granted) return;
        await issueGrant({ ...terms, campaign: granted }, bankKey);
        for (const action of granted.actions) expect(offered.actions).toContain(action);
        for (const day of granted.window.days) expect(offered.window.days).toContain(day);
        for (const minute of openMinutes(granted)) expect(openMinutes(offered)).toContain(minute);
        expect(granted.budget.calls).toBeLessThanOrEqual(offered.budget.calls);
        expect(granted.budget.per_customer).toBeLessThanOrEqual(offered.budget.per_customer);
        expect(granted.budget.per_agent_per_hour).toBeLessThanOrEqual(offered.budget.per_agent_per_hour);
      }),
    );
  });
});

const constant = ({ identifier, purpose, campaign: name }: GrantedCampaign) => ({
  identifier: fc.constant(identifier),
  purpose: fc.constant(purpose),
  campaign: fc.constant(name),
});

function narrowOrNothing(offered: GrantedCampaign, asked: AskedCampaign): GrantedCampaign | undefined {
  try {
    return narrowCampaign(offered, asked);
  } catch {
    return undefined;
  }
}

/** Every half hour of the day at which the window is open. */
function openMinutes({ window: { from, to } }: GrantedCampaign): string[] {
  const all = Array.from({ length: 48 }, (_, i) => `${String(i >> 1).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`);
  return all.filter((time) => (from < to ? time >= from && time < to : time >= from || time < to));
}
