/**
 * Why a request is allowed or refused: every rule in the order in which it is looked at, the facts it read, and what it said. For the bank's
 * people only: an explanation goes on past the point where a vendor's answer ends.
 * @module
 */
import type { DecisionCode } from '../decide/codes.js';
import type { Verdict } from '../decide/customer.js';
import { contextOf, decide, rulesFor } from '../decide/decide.js';
import type { Decision } from '../decide/decision.js';
import type { DecisionRequest, Facts } from '../decide/request.js';
import type { Policy } from '../language/policy.js';

export interface ExplainedRule {
  /** The rule's name. */
  readonly name: string;
  readonly group: 2 | 3 | 4;
  /**
   * `decides`: it refused, and no rule before it did. `would-refuse`: it refuses too, but an earlier one had. `unasked`: an earlier one refused,
   * and without what that one found missing (no customer, say) this one cannot be asked.
   */
  readonly outcome: 'passes' | 'decides' | 'would-refuse' | 'unasked';
  /** With a refusal: its code, and the place in the policy that says so. */
  readonly code?: DecisionCode;
  readonly rule?: string;
  /** The facts it reads, as given; absent ones are absent. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly decision: Decision;
  /** Empty when the request names no action that exists. */
  readonly rules: readonly ExplainedRule[];
}

/** Explains what `decide` answers for the same four arguments. */
export function explain(request: DecisionRequest, policy: Policy, facts: Facts, now: number): Explanation {
  const decision = decide(request, policy, facts, now);
  const context = contextOf(request, policy, facts, now);
  if (context === undefined) return { decision, rules: [] };
  let decided = false;
  const rules: ExplainedRule[] = [];
  for (const { name, group, facts: reads, judge } of rulesFor(context.action)) {
    const used: Record<string, unknown> = {};
    for (const fact of reads) {
      const value = fact === 'now' ? new Date(now).toISOString() : context.facts[fact];
      if (value !== undefined) used[fact] = value;
    }
    const said = ask(() => judge(context));
    if (said === undefined) rules.push({ name, group, outcome: 'passes', facts: used });
    else if (said === 'unasked') rules.push({ name, group, outcome: 'unasked', facts: used });
    else rules.push({ name, group, outcome: decided ? 'would-refuse' : 'decides', ...said, facts: used });
    decided ||= said !== undefined;
  }
  return { decision, rules };
}

/** Behind an earlier refusal a rule may meet what it was promised not to meet. */
function ask(judge: () => Verdict | undefined): Verdict | 'unasked' | undefined {
  try {
    return judge();
  } catch {
    return 'unasked';
  }
}

const SIGN = { passes: ' ', decides: '✗', 'would-refuse': '·', unasked: '·' } as const;

/** The explanation as lines for a terminal. */
export function renderExplanation({ decision, rules }: Explanation): string {
  const lines = rules.map(({ name, group, outcome, code, rule, facts }) => {
    const said = code === undefined ? outcome : `${code} (${rule})${outcome === 'would-refuse' ? ', were it asked' : ''}`;
    const read = Object.entries(facts).map(([fact, value]) => `${fact} = ${JSON.stringify(value)}`);
    return `${SIGN[outcome]} ${group} ${name.padEnd(13)} ${said}${read.length === 0 ? '' : `\n      ${read.join('\n      ')}`}`;
  });
  const vendor = decision.outcome === 'refused' ? `The vendor is told: ${decision.vendorCode} (${decision.status}).` : '';
  const verdict = decision.outcome === 'allowed' ? `Allowed by ${decision.rule}.` : `Refused: ${decision.code}. ${decision.sentence}`;
  return [...lines, verdict, vendor].filter(Boolean).join('\n');
}
