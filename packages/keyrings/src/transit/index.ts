// A keyring behind a key management service

export { createKmsKeyring, type KmsKeyringCreateOptions, type KmsKeyringOptions, openKmsKeyring } from './keyring.js';

// The Transit engine of Vault and OpenBao

export type { ServerSettings } from './http.js';
export { createTransit, type TransitSettings } from './transit.js';

// Another service

export { type KeyManagementService, type KmsErrorCode, kmsError } from './kms.js';

// Errors

export { errors, type KeyringsErrorCode } from '../errors.js';
