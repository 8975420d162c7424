// The client

export { type CallOptions, createVendorClient, type PlaceOptions, type VendorClient, type VendorClientOptions } from './client.js';

// What comes back

export type { CallResult, CallStatus, RefusalCode } from './answers.js';

// The key it signs with

export { type GeneratedKey, generateVendorKey, type PrivateJwk, type PublicJwk, type Signer, type VendorKey } from './key.js';

// Errors

export { errors, isNumbraError, VendorClientError, type VendorErrorCode } from './errors.js';
