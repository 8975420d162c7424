// The client

export type { Acts } from './acts.js';
export {
  type BatchedOrder,
  createVendorClient,
  type ListOptions,
  type ListRow,
  type PlaceOptions,
  type VendorClient,
  type VendorClientOptions,
} from './client.js';
export type { CallOptions, WriteOptions } from './request.js';
export type { Agent } from './session.js';

// Answers of the bank, verified

export { type AnswerKey, type AnswerRequirements, type BankKeys, type VerifiedAnswer, verifyAnswer } from './verify-answer.js';

// What arrives by webhook

export { verifyWebhook, type WebhookMessage, type WebhookOptions } from './webhook.js';

// What comes back

export type { AskResult, BeginResult, ConfirmResult, HandoverState, HandoverStatus } from './act-answers.js';
export type { CallResult, CallStatus, OwnLimit, Refusal, RefusalCode } from './answers.js';
export type { BatchResult, CallEvent, HangUp, Outcome } from './more-answers.js';

// The key it signs with

export { type GeneratedKey, generateVendorKey, type PrivateJwk, type PublicJwk, type Signer, type VendorKey } from './key.js';

// Errors

export { errors, isNumbraError, VendorClientError, type VendorErrorCode } from './errors.js';
