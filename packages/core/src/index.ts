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
