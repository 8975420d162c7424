import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentKey, bankKey, campaign, grantToken, now, requirements, terms } from '../bank.fixture.js';
import { thumbprint } from '../keys/jwk.js';
import { type Exchange, exchangeGrant } from './exchange.js';
import { issueGrant } from './issue.js';
import { verifyGrant } from './verify.js';

const parent = await verifyGrant(grantToken, requirements);
const exchange: Exchange = { parent, agent: 'agent-17', thumbprint: thumbprint(agentKey.publicJwk), now, jti: 'jti-agent-1' };
const exchanged = async (more: Partial<Exchange> = {}) => {
  const at = more.now ?? now;
  return verifyGrant(await issueGrant(exchangeGrant({ ...exchange, ...more }), bankKey), { ...requirements, now: at });
};

describe('an agent grant', () => {
  it("names the person, has the agent's key and its parent's identifier and limits, and lives for 120 seconds", async () => {
    const grant = await exchanged();
    expect(grant).toMatchObject({ actor: 'agent-17', clientId: 'vendor-42', thumbprint: exchange.thumbprint, expiresAt: now + 120_000 });
    expect(grant.campaign).toEqual(campaign);
  });

  it('may be narrower than its parent', async () => {
    const grant = await exchanged({ asked: { campaign: campaign.campaign, actions: ['dial'], budget: { per_agent_per_hour: 10 } } });
    expect(grant.campaign).toMatchObject({ actions: ['dial'], budget: { calls: 5000, per_customer: 2, per_agent_per_hour: 10 } });
  });

  it('is never wider', async () => {
    await expect(() => exchanged({ asked: { campaign: campaign.campaign, actions: ['trunk'] } })).toFailWith('ERR_DETAILS_WIDER');
    await expect(() => exchanged({ asked: { campaign: campaign.campaign, budget: { calls: 5001 } } })).toFailWith('ERR_DETAILS_WIDER');
    await expect(() => exchanged({ asked: { campaign: 'c-2026-12' } })).toFailWith('ERR_DETAILS_WIDER');
  });

  it('never outlives its parent, whenever it is made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 298_999 }), async (later) => {
        const grant = await exchanged({ now: now + later });
        expect(grant.expiresAt).toBeLessThanOrEqual(parent.expiresAt);
        expect(grant.expiresAt - grant.issuedAt).toBeLessThanOrEqual(120_000);
      }),
      { numRuns: 30 },
    );
    await expect(() => exchanged({ now: now + 300_000 })).toFailWith('ERR_GRANT_EXPIRED');
  });

  it("is not made of an agent grant, for no person, or with the vendor's own key", async () => {
    const child = await exchanged();
    await expect(() => exchanged({ parent: child, thumbprint: terms.thumbprint })).toFailWith('ERR_EXCHANGE_ACTOR');
    await expect(() => exchanged({ agent: '' })).toFailWith('ERR_EXCHANGE_ACTOR');
    await expect(() => exchanged({ agent: 'li.wei@vendor.example' })).toFailWith('ERR_EXCHANGE_ACTOR');
    await expect(() => exchanged({ thumbprint: terms.thumbprint })).toFailWith('ERR_EXCHANGE_KEY');
  });
});
