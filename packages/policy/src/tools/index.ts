// Why a request is allowed or refused; why a field does not leave.

// Other people's formats: AuthZEN 1.0, W3C DPV.
export {
  type AskableRequest,
  type AskedAct,
  answerEvaluations,
  askedAct,
  type Evaluation,
  type EvaluationResponse,
  type EvaluationsSemantic,
  evaluationOf,
  narrow,
  parseEvaluation,
  permits,
  responseOf,
} from './authzen.js';
// What a policy must allow and refuse, as cases; what a change of policy changes.
export { type CaseResult, type CasesOptions, explainCases, renderCases, runCases } from './cases.js';
export { casesSchema } from './cases-schema.js';
export { diffPolicies, type LimitChange, type PolicyDiff, type Possibility, possibilities, renderDiff } from './diff.js';
export { type DpvOptions, toDpv } from './dpv.js';
export { type ExplainedRule, type Explanation, explain, renderExplanation } from './explain.js';
export { type FieldPassage, type WhyNot, whyNot } from './why-not.js';
