// A keyring in a PKCS#11 token

export { createPkcs11Keyring, openPkcs11Keyring, type Pkcs11CreateOptions, type Pkcs11Location, type Pkcs11Options } from './keyring.js';
export type { Pkcs11Mode } from './objects.js';

// What a test puts in a module's place

export type { Attribute, Cryptoki, Handle, Mechanism } from './cryptoki.js';
export type { LoadedModule } from './module.js';

// Errors

export { errors, type KeyringsErrorCode } from '../errors.js';
