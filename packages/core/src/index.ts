// Raw values

export { isSensitive, Sensitive } from './sensitive.js';

// Errors

export {
  type CoreErrorCode,
  type ErrorEntry,
  type ErrorTable,
  type ErrorWhere,
  errorFactory,
  errors,
  isNumbraError,
  NumbraError,
} from './errors.js';

// Identifiers: text parsed once, raw values from then on inside `Sensitive`

export { type BankAccount, parseBankAccount } from './identifiers/bank-account.js';
export { type CustomerId, type CustomerIdOptions, parseCustomerId } from './identifiers/customer-id.js';
export { looksLikeRawIdentifier, type RawIdentifierKind } from './identifiers/looks-like.js';
export { type Name, parseName } from './identifiers/name.js';
export { isPhone, type Phone, type PhoneOptions, parsePhone } from './identifiers/phone.js';
export { parseResidentId, type ResidentId, residentCheckCharacter } from './identifiers/resident-id.js';

// What an agent may see

export { bandOf } from './visible/band.js';
export { lastDigits, type MaskWidth, maskPhone } from './visible/mask.js';

// Keys, and what a keyring must do

export { type BankKeyName, deriveBankKey, deriveScopeKey, type ScopeIdentity, type ScopeUse, scopeContext } from './keys/derive.js';
export { createMemoryKeyring, type Keyring, type KeyringSecrets, type MemoryKeyringOptions } from './keys/keyring.js';

// Scopes: the keys of one campaign

export { type OpenScopeSettings, openScope, Scope, type ScopeSettings } from './tokens/scope.js';

// References and dial tokens, as strings

export { type OpenedDialToken, openDialToken, openDialTokens, sealDialToken, sealDialTokens } from './tokens/dial-token.js';
export { openReference, openReferences, sealReference, sealReferences } from './tokens/reference.js';

// The same as columns of bytes, for files of millions of rows

export type { Column } from './tokens/column.js';
export {
  type OpenedDialTokens,
  type OpenedReferences,
  openDialTokenColumn,
  openReferenceColumn,
  sealDialTokenColumn,
  sealReferenceColumn,
} from './tokens/columns.js';
export type { TokenForm } from './tokens/columns-io.js';

// Numeric dial tokens, for dialers that take digits only

export { Ff1 } from './tokens/ff1.js';
export {
  type NumericFormat,
  type NumericFormatSettings,
  type NumericToken,
  openNumericToken,
  openNumericTokens,
  parseNumericFormat,
  sealNumericToken,
  sealNumericTokens,
} from './tokens/numeric.js';

// Tokens as text, without a key

export { type FoundToken, findTokens } from './tokens/find.js';
export { type DamagedTokens, findDamagedTokens, fragmentR5, type TokenFragment, type WrittenToken } from './tokens/find-damaged.js';
export { type DecodedToken, type DialToken, decodeToken, encodeToken, type Reference, r5Of, type TokenKind } from './tokens/token-text.js';

// AES-256-SIV for values at rest, and the cipher below it

export { AesSiv } from './tokens/aes-siv.js';
export { type BlockCipher, createAesCipher, createSivCiphers, type SivCiphers } from './tokens/block-cipher.js';
