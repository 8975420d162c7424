/**
 * Cases: what a policy must allow and refuse, in YAML beside it, run like unit tests. A case states only what it is about; everything else is
 * favourable, so that it shows what the policy itself says.
 * @module
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { decide } from '../decide/decide.js';
import type { CampaignTerms, CustomerFacts, DecisionRequest, Facts, TokenFact } from '../decide/request.js';
import type { Window } from '../decide/window.js';
import { PolicyError } from '../errors.js';
import { whereOf } from '../language/findings.js';
import type { Policy } from '../language/policy.js';
import { checkAgainst } from '../language/shape.js';
import { compose } from '../language/sources.js';
import { casesSchema, casesSchemaNeeds } from './cases-schema.js';
import { favourableFacts, sampleRequest, widestTerms } from './sample.js';

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** `allowed`, or the code of a refusal. */
  readonly expected: string;
  readonly actual: string;
  /** The rule that decided. */
  readonly rule: string;
  readonly line: number;
}

interface CaseText {
  readonly name: string;
  readonly at?: string;
  readonly request: {
    readonly action: DecisionRequest['action'];
    readonly purpose: string;
    readonly recipient: string;
    readonly fields?: readonly string[];
    readonly question?: string;
    readonly handover_to?: string;
    readonly agent?: string;
    readonly agent_grant?: boolean;
  };
  readonly campaign?: Readonly<Record<string, string | number | Window>>;
  readonly facts?: Readonly<Record<string, unknown>> & { readonly token?: string; readonly customer?: Readonly<Record<string, unknown>> };
  readonly expect: string;
}

interface CasesText {
  readonly at?: string;
  readonly cases: readonly CaseText[];
}

let compiled: ValidateFunction | undefined;

/**
 * Runs the cases of a file.
 *
 * @param now - milliseconds since the epoch, for cases that state no instant
 * @returns one result a case, in the file's order
 * @throws `ERR_POLICY_CASES`: the file does not fit its format; file, line and column say where
 */
export function runCases(text: string, policy: Policy, now: number, options: { readonly file?: string } = {}): CaseResult[] {
  const { document, findings, report, place } = compose([{ text, ...options }]);
  if (findings.length === 0) {
    compiled ??= new Ajv2020({
      strict: true,
      strictRequired: false,
      allErrors: true,
      verbose: true,
      schemas: [...casesSchemaNeeds],
    }).compile(casesSchema);
    checkAgainst(compiled, document, report, 'ERR_POLICY_CASES');
  }
  const first = findings[0];
  if (first !== undefined) throw new PolicyError('ERR_POLICY_CASES', whereOf(first), `${first.message} ${first.suggestion}`);
  const { at, cases } = document as CasesText;
  return cases.map((text, index) => {
    const instant = Date.parse(text.at ?? at ?? '') || now;
    const decision = decide(requestOf(text, policy), policy, factsOf(text, policy, instant), instant);
    const actual = decision.outcome === 'allowed' ? 'allowed' : decision.code;
    return {
      name: text.name,
      passed: actual === text.expect,
      expected: text.expect,
      actual,
      rule: decision.rule,
      line: place(['cases', index]).line,
    };
  });
}

function requestOf({ request, campaign }: CaseText, policy: Policy): DecisionRequest {
  const { action, purpose, recipient, handover_to, agent, agent_grant, fields, question } = request;
  const sample = sampleRequest(policy, action, purpose, recipient, {
    ...(fields && { fields }),
    ...(question !== undefined && { question }),
    ...(handover_to !== undefined && { recipient: handover_to }),
  });
  if (!('campaign' in sample)) return sample;
  const terms: CampaignTerms = {
    ...widestTerms(policy, purpose, recipient),
    ...camel(campaign, (member, value) => (member.endsWith('At') ? Date.parse(String(value)) : value)),
  };
  return {
    ...sample,
    campaign: terms,
    ...(agent !== undefined && { agent }),
    ...(agent_grant !== undefined && { agentGrant: agent_grant }),
  } as DecisionRequest;
}

function factsOf({ request, facts = {} }: CaseText, policy: Policy, now: number): Facts {
  const base = favourableFacts(policy, request.purpose);
  const { token, customer = {}, ...others } = facts;
  const { refused_today, ...known } = customer;
  const customerFacts: CustomerFacts = {
    ...(base.customer as CustomerFacts),
    ...camel(known),
    ...(refused_today === true && { stickyUntil: now + 1 }),
  };
  return {
    ...base,
    ...camel(others),
    ...(token !== undefined && { token: (token === 'opened' ? { outcome: 'opened' } : { outcome: 'refused', code: token }) as TokenFact }),
    customer: customerFacts,
  };
}

/** Members spelt with underscores, as `decide` spells them. */
function camel(
  members: Readonly<Record<string, unknown>> = {},
  change: (member: string, value: unknown) => unknown = (_, value) => value,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      const member = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [member, change(member, value)];
    }),
  );
}

/** The results as lines for a terminal. */
export function renderCases(results: readonly CaseResult[]): string {
  const failed = results.filter(({ passed }) => !passed);
  const lines = results.map(({ name, passed, expected, actual, rule, line }) =>
    passed ? `✓ ${name}` : `✗ ${name} (line ${line}): expected ${expected}, got ${actual} by ${rule}`,
  );
  return [...lines, `${results.length - failed.length} of ${results.length} cases hold.`].join('\n');
}
