import { Sensitive } from '@numbra/core';
import type { Grant } from '@numbra/grants';
import { loadPolicy } from '@numbra/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callsPolicy } from '../../../../tests/support/calls.js';
import { decideBatch, type Verdict } from './decide-batch.js';
import type { BatchFacts, CampaignFacts, PastCall, RequestFacts } from './facts.js';
import type { Plan } from './plan.js';
import type { AskedCall } from './request.js';

const NOW = Date.UTC(2026, 10, 25, 4);
const policy = loadPolicy(
  callsPolicy
    .replace('PER_DAY', '4')
    .replace('marketing.free: {}', 'marketing.free: { caps: { per_customer: { all_vendors: { calls: 2, days: 60 } } } }'),
);

interface Ask {
  readonly customer: number;
  readonly agent: number;
  readonly key: number;
  readonly body: number;
}

/** What the database would hold, as far as a batch looks at it. */
class Store {
  remaining = 5;
  authorized = 0;
  refused = 0;
  readonly calls: (PastCall & { readonly customer: number; readonly agent: string | undefined })[] = [];
  readonly uses = new Map<number, number>();
  readonly sticky = new Map<number, Date>();
  readonly keys = new Map<
    string,
    { readonly digest: string; readonly status: number | null; readonly answer: string | null; readonly call: string | null }
  >();

  facts(asked: readonly AskedCall[]): BatchFacts {
    const campaign: CampaignFacts = {
      number: 1,
      id: 'campaign-a',
      vendor: 'vendor-a',
      purpose: 'marketing.free',
      time_zone: 'Asia/Shanghai',
      call_window: null,
      opens_at: new Date(0),
      closes_at: new Date(8.64e15),
      budget_calls: 5,
      per_customer: 9,
      per_agent_per_hour: 3,
      state: 'open',
      acknowledged: false,
      remaining: this.remaining,
      under_way: 0,
      day: '2026-11-25',
      authorized: this.authorized,
      refused: this.refused,
      policy: policy.digest,
    };
    const seen = new Set<string>();
    const requests = asked.map((call, i): RequestFacts => {
      const customer = call.token.outcome === 'opened' ? Number(call.token.r5) : null;
      const known = this.keys.get(call.key);
      const fresh = known === undefined;
      seen.add(call.key);
      const history = this.calls.filter((past) => past.customer === customer);
      return {
        position: i + 1,
        fresh,
        moment: new Date(NOW),
        digest: known?.digest ?? null,
        status: known?.status ?? null,
        answer: known?.answer ?? null,
        call: known?.call ?? null,
        told: null,
        lapsed: false,
        call_masked_phone: '*********00',
        revoked: false,
        agent_calls: this.calls.filter(({ agent }) => agent === call.agent?.id).length,
        row_number: customer,
        customer: customer === null ? null : BigInt(customer),
        masked_phone: '*********00',
        removed: false,
        customer_id: `C${customer}`,
        uses: customer === null ? null : BigInt(this.uses.get(customer) ?? 0),
        customer_key: new Uint8Array(32),
        erased: false,
        phone_changed: false,
        consent: customer === 4 ? 'withdrawn' : 'given',
        do_not_call: false,
        sticky_until: (customer !== null && this.sticky.get(customer)) || null,
        history: history.length === 0 ? null : history.map((past) => `1 vendor-a marketing.free placed ${past.at} ${past.at}`).join('\n'),
      };
    });
    return { requests, campaigns: new Map([[1, campaign]]) };
  }

  apply(plan: Plan, asked: readonly AskedCall[]): void {
    for (const { net, authorized, refused } of plan.campaigns) {
      this.remaining -= net;
      this.authorized += authorized;
      this.refused += refused;
    }
    for (const { customer, uses } of plan.uses) this.uses.set(customer, uses);
    for (const { customer, until } of plan.sticky) this.sticky.set(customer, new Date(until));
    const answers = new Map(plan.answers.map((row) => [row.key, row]));
    const digests = new Map([...asked].reverse().map(({ key, digest }) => [key, digest]));
    for (const [key, digest] of digests) {
      if (this.keys.has(key)) continue;
      const refused = answers.get(key);
      this.keys.set(key, { digest, status: refused?.status ?? null, answer: refused?.answer ?? null, call: key });
    }
    for (const { customer, agent, vendor, purpose } of plan.calls) {
      this.calls.push({ campaign: 1, customer, agent, vendor, purpose, state: 'placed', at: NOW, endedAt: undefined });
    }
  }
}

const grant = {
  clientId: 'vendor-a',
  campaign: {
    identifier: 'grant_property1',
    actions: ['dial'],
    purpose: 'marketing.free',
    campaign: 'campaign-a',
    window: { tz: 'Asia/Shanghai', days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], from: '00:00', to: '24:00' },
    budget: { calls: 100, per_customer: 9, per_agent_per_hour: 9 },
  },
} as unknown as Grant; // as `verifyGrant` would give it

function askedCall({ customer, agent, key, body }: Ask): AskedCall {
  return {
    grant,
    requestId: 'request',
    key: `key-${key}`,
    digest: `${body}-${customer}-${agent}`,
    campaign: { number: 1, id: 'campaign-a', purpose: 'marketing.free' },
    agent: agent === 0 ? undefined : { id: `agent-${agent}`, pseudonym: `agent-${agent}` },
    token:
      customer === 0
        ? { outcome: 'refused', code: 'token-forged' }
        : {
            outcome: 'opened',
            phone: new Sensitive('8613800138000' as never),
            r5: BigInt(customer),
            dialHash: '',
            phoneIndex: '',
            mismatch: false,
          },
  };
}

function decideAll(store: Store, asked: readonly AskedCall[]): { verdicts: readonly Verdict[]; plan: Plan; entries: readonly string[] } {
  const decided = decideBatch({
    asked,
    calls: asked.map((_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`),
    facts: store.facts(asked),
    policy,
    refunds: new Map(),
    subjectOf: (_key, n) => new Uint8Array(16).fill(n),
    customerKey: () => new Uint8Array(32),
    nonce: () => new Uint8Array(16),
    refusalsOf: () => 0,
  });
  store.apply(decided.plan, asked);
  return decided;
}

const nameOf = (verdict: Verdict): string =>
  verdict.kind === 'answered' ? JSON.stringify({ ...verdict.answer, body: undefined }) : verdict.kind;

const asks = fc.array(
  fc.record({
    customer: fc.integer({ min: 0, max: 4 }),
    agent: fc.integer({ min: 0, max: 2 }),
    key: fc.integer({ min: 0, max: 20 }),
    body: fc.integer({ min: 0, max: 1 }),
  }),
  { maxLength: 24 },
);

describe('decideBatch', () => {
  it('decides as the same requests one after the other would be decided, whatever the cut', () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 24 }), (list, size) => {
        const requests = list.map(askedCall);
        const single = new Store();
        const one = requests.map((request) => decideAll(single, [request]).verdicts[0] as Verdict);
        const batched = new Store();
        const many: Verdict[] = [];
        for (let i = 0; i < requests.length; i += size) many.push(...decideAll(batched, requests.slice(i, i + size)).verdicts);
        expect(many.map(nameOf)).toEqual(one.map(nameOf));
        expect(batched).toEqual(single);
      }),
      { numRuns: 300 },
    );
  });

  it('takes no more than there is, and an n of its own for every entry about a customer', () => {
    fc.assert(
      fc.property(asks, (list) => {
        const store = new Store();
        const { plan, entries } = decideAll(store, list.map(askedCall));
        expect(store.remaining).toBeGreaterThanOrEqual(0);
        for (const agent of ['agent-1', 'agent-2'])
          expect(store.calls.filter((call) => call.agent === agent).length).toBeLessThanOrEqual(3);
        for (const customer of [1, 2, 3]) expect(store.calls.filter((call) => call.customer === customer).length).toBeLessThanOrEqual(2);
        expect(store.calls.filter(({ customer }) => customer === 4)).toEqual([]);
        const about = plan.refusals.filter(({ customer }) => customer !== undefined).length;
        const uses = plan.uses.reduce((sum, row) => sum + row.uses, 0);
        expect(uses).toBe(2 * plan.calls.length + about);
        const alerts = entries.filter((entry) => entry.includes('"alert"')).length;
        expect(entries.length - alerts).toBe(plan.calls.length + plan.refusals.length);
        expect(store.refused).toBeLessThanOrEqual(4);
      }),
      { numRuns: 300 },
    );
  });
});
