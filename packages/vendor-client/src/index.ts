// The client

export {
  type BatchedOrder,
  type CallOptions,
  createVendorClient,
  type ListRow,
  type PlaceOptions,
  type VendorClient,
  type VendorClientOptions,
  type WriteOptions,
} from './client.js';

// What arrives by webhook

export { verifyWebhook, type WebhookMessage, type WebhookOptions } from './webhook.js';

// What comes back

export type { CallResult, CallStatus, RefusalCode } from './answers.js';
export type { BatchResult, CallEvent, HangUp, Outcome } from './more-answers.js';

// The key it signs with

export { type GeneratedKey, generateVendorKey, type PrivateJwk, type PublicJwk, type Signer, type VendorKey } from './key.js';

// Errors

export { errors, isNumbraError, VendorClientError, type VendorErrorCode } from './errors.js';
