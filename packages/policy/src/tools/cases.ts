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
import { type Explanation, explain } from './explain.js';
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

/** A case, ready for `decide`. */
interface PreparedCase {
  readonly name: string;
  readonly expected: string;
  readonly line: number;
  readonly request: DecisionRequest;
  readonly facts: Facts;
  /** Milliseconds since the epoch. */
  readonly instant: number;
}

export interface CasesOptions {
  /** The file's name in errors. */
  readonly file?: string;
}

/**
 * Runs the cases of a file.
 *
 * @param now - milliseconds since the epoch, for cases that state no instant
 * @returns one result a case, in the file's order
 * @throws `ERR_POLICY_CASES`: the file does not fit its format; file, line and column say where
 */
export function runCases(text: string, policy: Policy, now: number, options: CasesOptions = {}): CaseResult[] {
  return readCases(text, policy, now, options).map(({ name, expected, line, request, facts, instant }) => {
    const decision = decide(request, policy, facts, instant);
    const actual = decision.outcome === 'allowed' ? 'allowed' : decision.code;
    return { name, passed: actual === expected, expected, actual, rule: decision.rule, line };
  });
}

/**
 * Explains every case of a file, or the one of a name.
 *
 * @param now - as for {@link runCases}
 * @throws `ERR_POLICY_CASES`
 */
export function explainCases(
  text: string,
  policy: Policy,
  now: number,
  options: CasesOptions & { readonly name?: string } = {},
): (Explanation & { readonly name: string })[] {
  return readCases(text, policy, now, options)
    .filter(({ name }) => options.name === undefined || options.name === name)
    .map(({ name, request, facts, instant }) => ({ name, ...explain(request, policy, facts, instant) }));
}

function readCases(text: string, policy: Policy, now: number, { file }: CasesOptions): PreparedCase[] {
  const { document, findings, report, place } = compose([{ text, ...(file !== undefined && { file }) }]);
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
    return {
      name: text.name,
      expected: text.expect,
      line: place(['cases', index]).line,
      request: requestOf(text, policy),
      facts: factsOf(text, policy, instant),
      instant,
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
