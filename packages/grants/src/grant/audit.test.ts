import { describe, expect, it } from 'vitest';
import { bankKey, grantToken, now, requirements, terms } from '../bank.fixture.js';
import { signCompact } from '../keys/grant-key.js';
import { issueAuditGrant, verifyAuditGrant } from './audit.js';
import { verifyGrant } from './verify.js';

const { campaign: _campaign, ...facts } = terms;
const auditTerms = { ...facts, clientId: 'auditor-1', identifier: 'grant_audit-0001' };

describe('an audit grant', () => {
  it('verifies into an identifier without a campaign', async () => {
    const grant = await verifyAuditGrant(await issueAuditGrant(auditTerms, bankKey), requirements);
    expect(grant).toMatchObject({ clientId: 'auditor-1', identifier: 'grant_audit-0001', expiresAt: now + 300_000 });
    expect(grant).not.toHaveProperty('campaign');
  });

  it("is not taken for a campaign's, nor the other way round", async () => {
    const token = await issueAuditGrant(auditTerms, bankKey);
    await expect(() => verifyGrant(token, requirements)).toFailWith('ERR_GRANT_CLAIMS');
    await expect(() => verifyAuditGrant(grantToken, requirements)).toFailWith('ERR_GRANT_CLAIMS');
  });

  it.each([
    ['audit and dial', { actions: ['audit', 'dial'] }],
    ['dial', { actions: ['dial'] }],
    ['a campaign', { actions: ['audit'], campaign: 'c-2026-11' }],
    ['another identifier', { actions: ['audit'], identifier: 'x' }],
  ])('with %s is refused', async (_name, members) => {
    const details = [{ type: 'numbra_audit', identifier: 'grant_audit-0001', ...members }];
    const claims = JSON.parse(Buffer.from((await issueAuditGrant(auditTerms, bankKey)).split('.')[1] as string, 'base64url').toString());
    const token = await signCompact({ typ: 'at+jwt', kid: bankKey.kid }, { ...claims, authorization_details: details }, bankKey);
    await expect(() => verifyAuditGrant(token, requirements)).toFailWith('ERR_GRANT_CLAIMS');
  });

  it('ends, and is not issued with a term that is wrong', async () => {
    const token = await issueAuditGrant(auditTerms, bankKey);
    await expect(() => verifyAuditGrant(token, { ...requirements, now: now + 300_000 })).toFailWith('ERR_GRANT_EXPIRED');
    await expect(() => issueAuditGrant({ ...auditTerms, identifier: 'audit' }, bankKey)).toFailWith('ERR_GRANT_TERMS');
  });
});
