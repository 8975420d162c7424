/**
 * PKCS#11 URIs (RFC 7512), as much of them as names one key: `pkcs11:token=…;object=…?module-path=…&pin-source=…`.
 * A PIN in the URI itself (`pin-value`) is refused: command lines are read by every user of a machine.
 * @see https://www.rfc-editor.org/rfc/rfc7512#section-2.3
 * @module
 */
import { ProgramError } from './errors.js';

/** Where a key lies. */
export interface TokenPlace {
  /** The shared library of the token's maker. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  /** The label of private and public key. */
  readonly object: string;
  /** A private file, whose first line is the PIN. */
  readonly pinFile: string;
}

const SCHEME = 'pkcs11:';

export function isPkcs11Uri(place: string): boolean {
  return place.toLowerCase().startsWith(SCHEME);
}

/** @throws `ERR_PROGRAM_PKCS11_URI` */
export function parsePkcs11Uri(uri: string): TokenPlace {
  const [path = '', query = '', ...rest] = uri.slice(SCHEME.length).split('?');
  const { token, object, type = 'private', ...others } = attributes(path, ';');
  const { 'module-path': module, 'pin-source': pinSource, ...unknown } = attributes(query, '&');
  const strange = [...Object.keys(others), ...Object.keys(unknown), ...rest];
  const pinFile = pinSource?.startsWith('file:') ? pinSource.replace(/^file:(\/\/)?/, '') : pinSource;
  if (!token || !object || !module || !pinFile || type !== 'private' || strange.length > 0)
    throw new ProgramError('ERR_PROGRAM_PKCS11_URI');
  return { module, token, object, pinFile };
}

function attributes(text: string, separator: string): Record<string, string | undefined> {
  const found = new Map<string, string>();
  for (const pair of text.split(separator)) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    // An attribute twice is no URI of this kind (§ 2.3).
    if (at < 1 || found.has(name)) throw new ProgramError('ERR_PROGRAM_PKCS11_URI');
    found.set(name, decoded(pair.slice(at + 1)));
  }
  return Object.fromEntries(found);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ProgramError('ERR_PROGRAM_PKCS11_URI');
  }
}
