/**
 * The vendor's key, wherever it lies: a file with a private JWK, or a PKCS#11 token; and the local secret that a desk's
 * software shows to the program.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { bareJwk, digest, generateVendorKey, type PublicJwk, readKey, type Signer } from '../key.js';
import { ProgramError } from './errors.js';
import { generateTokenKey, openTokenKey } from './pkcs11.js';
import { isPkcs11Uri, parsePkcs11Uri } from './pkcs11-uri.js';
import { readPrivateFile, writePrivateFile } from './private-files.js';

/** A key in use. */
export interface HeldKey extends Signer {
  close(): void;
}

/** What the bank registers: `numbra vendor add … --jwks`. */
export interface Jwks {
  readonly keys: readonly (PublicJwk & { readonly kid: string; readonly alg: string; readonly use: 'sig' })[];
}

const SECRET_BYTES = 32;

/**
 * Opens the key that `--key` names.
 *
 * @param place - a file, or a PKCS#11 URI (RFC 7512)
 * @throws `ERR_PROGRAM_FILE_UNREADABLE` · `ERR_PROGRAM_FILE_OPEN_TO_OTHERS` · `ERR_PROGRAM_KEY`, or the codes of tokens
 */
export async function openKey(place: string): Promise<HeldKey> {
  if (isPkcs11Uri(place)) return named(await openTokenKey(parsePkcs11Uri(place)));
  const text = await readPrivateFile(place);
  try {
    return await named({ ...(await readKey(JSON.parse(text))), close: () => {} });
  } catch {
    throw new ProgramError('ERR_PROGRAM_KEY', place); // without its cause: a parser's message quotes what it read
  }
}

/**
 * Makes a key where `--key` says.
 *
 * @throws `ERR_PROGRAM_FILE_EXISTS`: there is one; it is left alone
 */
export async function makeKey(place: string): Promise<Jwks> {
  if (isPkcs11Uri(place)) {
    const key = await named(await generateTokenKey(parsePkcs11Uri(place)));
    key.close();
    return jwksOf(key);
  }
  const { privateJwk, jwks } = await generateVendorKey();
  await writePrivateFile(place, `${JSON.stringify(privateJwk)}\n`);
  return jwks;
}

/** The public half, for the bank. */
export function jwksOf({ publicJwk, algorithm }: Signer): Jwks {
  const { kid = '' } = publicJwk;
  return { keys: [{ ...(bareJwk(publicJwk) as PublicJwk), kid, alg: algorithm, use: 'sig' }] };
}

/** Makes the secret: 256 random bits, 43 characters. @throws as `writePrivateFile` */
export async function makeSecret(file: string): Promise<void> {
  await writePrivateFile(file, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`);
}

/** @throws `ERR_PROGRAM_SECRET`, and as `readPrivateFile` */
export async function readSecret(file: string): Promise<string> {
  const secret = (await readPrivateFile(file)).trimEnd();
  if (!/^[\x21-\x7e]{32,512}$/.test(secret)) throw new ProgramError('ERR_PROGRAM_SECRET', file);
  return secret;
}

/** A key without a name gets its thumbprint (RFC 7638), as the bank would call it. */
async function named(key: HeldKey): Promise<HeldKey> {
  const { publicJwk } = key;
  const { kty, crv, x, y, kid } = publicJwk;
  if (kid !== undefined) return key;
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return { ...key, publicJwk: { ...publicJwk, kid: await digest(JSON.stringify(members)) } };
}
