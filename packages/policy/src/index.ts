// From text to a policy.

export { type Calendar, type DayKind, dayKind, type UnknownYear } from './decide/calendar.js';
// A campaign's terms and its selection, and what a policy asks the bank to count and keep.
export { type CampaignFinding, checkCampaign, type GrantTerms, grantTerms } from './decide/campaign.js';
export { consentKey, customerCaps, refusalsPerDay } from './decide/caps.js';
export { type DecisionCode, type DecisionCodeEntry, decisionCodes, type VendorCode, vendorSentences } from './decide/codes.js';
export { customerRefusal } from './decide/customer.js';
// Deciding.
export { decide } from './decide/decide.js';
export { type Allowed, type Decision, type DecisionWarning, type Refused, type VendorRefusal, vendorView } from './decide/decision.js';
export { isTimeZone, type LocalDay, type LocalTime, localDay, localTime, nextLocalMidnight, shiftDay } from './decide/local-time.js';
export {
  ACTIONS,
  type Action,
  type CampaignState,
  type CampaignTerms,
  type CustomerActFacts,
  type CustomerAction,
  type CustomerFacts,
  type CustomerRequest,
  type DecisionRequest,
  type DeskAction,
  type DeskFacts,
  type DeskRequest,
  type Facts,
  type GrantLimits,
  type ListAction,
  type ListFacts,
  type ListRequest,
  type TokenFact,
} from './decide/request.js';
export { checkSelection, type SelectionFinding } from './decide/selection.js';
// Windows and local time.
export { type Day, type Window, windowOpen } from './decide/window.js';
// Errors.
export { errors, PolicyError, type PolicyErrorCode, type PolicyErrorWhere } from './errors.js';
export type { PolicyFinding, PolicyWarningCode } from './language/findings.js';
export { type CheckOptions, checkPolicy, composePolicy, loadPolicy, type PolicyCheck } from './language/load.js';
export type {
  ApprovalRule,
  CustomerCap,
  FieldClass,
  FieldKind,
  LegalBasis,
  Limit,
  MaskRule,
  Policy,
  PolicyBand,
  PolicyField,
  PolicyQuestion,
  Purpose,
  RegionClosure,
  Release,
  StatedWindows,
} from './language/policy.js';
export { policySchema } from './language/schema.js';
export type { PolicySource } from './language/sources.js';
export { policyTemplate, type TemplateName, type TemplateOptions, templateNames } from './language/templates.js';
// AuthZEN 1.0: asking another decision point, and answering as one
export {
  type AskableRequest,
  type AskedAct,
  answerEvaluations,
  askedAct,
  type Evaluation,
  type EvaluationResponse,
  evaluationOf,
  narrow,
  permits,
  responseOf,
} from './tools/authzen.js';
