// biome-ignore-all assist/source/organizeImports: the region is shown in the README as it stands
/** The code of the README, run: the fence there is compared with the region here. */
import { expect, it } from 'vitest';

// #region readme
import { checkPolicy, decide, policyTemplate, vendorView } from '@numbra/policy';

const text = policyTemplate('try-out', { bank: 'demo-bank', vendors: ['vendor-a'] }); // YAML; yours is a file
const { policy, findings } = checkPolicy(text, { file: 'policy.yaml' }); // file, line, column, message, suggestion

const purpose = 'marketing.insurance.term-life';
const terms = { timeZone: 'Asia/Shanghai', budgetCalls: 5000, perCustomer: 2, perAgentPerHour: 40 };
const campaign = { id: 'c-2026-11', vendor: 'vendor-a', purpose, ...terms };
const facts = { campaignState: 'open', budgetRemaining: 12, concurrentCalls: 3, refusalsToday: 0, authorizedToday: 4988 } as const;
const customer = { consent: 'withdrawn', doNotCall: false, capCounts: [0, 0] } as const; // read under the bank's locks
const known = { ...facts, token: { outcome: 'opened' }, callsThisCampaign: 0, customer } as const;

const decision = decide({ action: 'dial', purpose, vendor: 'vendor-a', campaign }, policy!, known, Date.now());
// for the bank: consent-withdrawn, the rule, a sentence, the policy's digest; for the vendor: customer-unavailable and no more
const told = decision.outcome === 'refused' ? vendorView(decision) : undefined;
// #endregion

it('runs', () => {
  expect(findings).toEqual([]);
  expect(decision).toRefuse('consent-withdrawn');
  expect(told).toMatchObject({ code: 'customer-unavailable', status: 403 });
});
