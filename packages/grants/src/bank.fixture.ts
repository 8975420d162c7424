/** One bank, one vendor, one campaign, one instant: what the tests of this package begin with. */
import type { GrantedCampaign } from './grant/campaign.js';
import { type CampaignGrantTerms, issueGrant } from './grant/issue.js';
import { generateGrantKey } from './keys/grant-key.js';
import { thumbprint } from './keys/jwk.js';
import { readKeySet } from './keys/key-set.js';
import { encodeBase64url } from './strict/base64url.js';

/** 2026-11-23T08:38:10Z, in milliseconds. */
export const now = 1_795_423_090_000;
export const issuer = 'https://bank.example';
export const audience = 'https://resolver.bank.example';

export const bankKey = await generateGrantKey('ES256');
export const bankKeys = readKeySet({ keys: [bankKey.publicJwk] });
export const vendorKey = await generateGrantKey('ES256');
export const agentKey = await generateGrantKey('EdDSA');
export const strangerKey = await generateGrantKey('ES256');

export const campaign: GrantedCampaign = {
  identifier: 'grant_0123456789abcdef',
  actions: ['dial', 'list'],
  purpose: 'marketing.insurance.term-life',
  campaign: 'c-2026-11',
  window: { tz: 'Asia/Shanghai', days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '20:00', until: '2026-12-31' },
  budget: { calls: 5000, per_customer: 2, per_agent_per_hour: 40 },
};

export const terms: CampaignGrantTerms = {
  issuer,
  audience,
  clientId: 'vendor-42',
  thumbprint: thumbprint(vendorKey.publicJwk),
  campaign,
  now,
  jti: 'jti-0001',
};

export const requirements = { issuer, audience, keys: bankKeys, now };

export const grantToken = await issueGrant(terms, bankKey);

/** A segment that holds this JSON. */
export const segment = (value: unknown): string => encodeBase64url(JSON.stringify(value));
