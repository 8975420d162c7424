/**
 * The bytes of a passphrase file: JSON, so that a person sees what it is, with the secrets sealed by AES-256-GCM under a key
 * that scrypt (RFC 7914) makes from the passphrase.
 *
 * ```
 * scrypt(passphrase NFC, salt, N, r, p) → 64 bytes: file key(32) ‖ check(32)
 * check     tells a wrong passphrase from a damaged file; the file holds SHA-256 of it
 * sealed    nonce(12) ‖ AES-256-GCM(root(32) ‖ shred key(32) × 1 or 2) ‖ tag(16), all other members being associated data
 * checksum  SHA-256 of everything above it: found before the costly scrypt, and only against accidents
 * ```
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc7914
 */
import { createCipheriv, createDecipheriv, createHash, scrypt, timingSafeEqual } from 'node:crypto';
import type { KeyringSecrets, Sensitive } from '@numbra/core';
import { fail } from './errors.js';

const FORMAT = 'numbra-keyring-1';
const SECRET_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** OWASP's and RFC 7914's advice for interactive use on a server of today: 128 MB, under half a second. */
const DEFAULT_COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** What scrypt's authors took for a login in 2009; below it a passphrase is guessed too fast. */
const LEAST_N = 2 ** 14;
/** What a file may ask for. Above it, a planted file could stop the process. */
const MOST_MEMORY_BYTES = 512 << 20;
const MOST_P = 4;
const LARGEST_FILE_BYTES = 16 << 10;
const SHORTEST_PASSPHRASE = 8;

export interface ScryptCost {
  /** A power of two, at least 2^14. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What opens one file: kept while its keyring is open, so that a shred can write the file again without the passphrase. */
export interface FileKey {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
  readonly check: Uint8Array;
}

interface FileMembers {
  readonly format: string;
  readonly kdf: { readonly name: string; readonly N: number; readonly r: number; readonly p: number; readonly salt: string };
  readonly check: string;
  readonly sealed: string;
  readonly checksum: string;
}

/**
 * Derives the key of a new file.
 *
 * @throws `ERR_KEYRING_SHORT_PASSPHRASE`, `ERR_KEYRING_TOO_COSTLY`
 */
export async function newFileKey(
  passphrase: Sensitive<string>,
  random: (bytes: number) => Uint8Array,
  cost: ScryptCost = DEFAULT_COST,
): Promise<FileKey> {
  if (passphrase.use((text) => [...text.normalize('NFC')].length < SHORTEST_PASSPHRASE)) throw fail('ERR_KEYRING_SHORT_PASSPHRASE');
  if (!isAffordable(cost)) throw fail('ERR_KEYRING_TOO_COSTLY');
  return deriveFileKey(passphrase, Uint8Array.from(random(SALT_BYTES)), cost);
}

/** Seals the secrets into the bytes of a file, under a fresh nonce. */
export function sealSecrets(secrets: KeyringSecrets, fileKey: FileKey, random: (bytes: number) => Uint8Array): Uint8Array {
  const { N, r, p } = fileKey.cost;
  const head = { format: FORMAT, kdf: { name: 'scrypt', N, r, p, salt: toText(fileKey.salt) }, check: toText(sha256(fileKey.check)) };
  const nonce = random(NONCE_BYTES);
  const plaintext = Buffer.concat([secrets.root, ...secrets.shredKeys]);
  const cipher = createCipheriv('aes-256-gcm', fileKey.key, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(head)));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  plaintext.fill(0);
  const members = { ...head, sealed: toText(sealed) };
  return Buffer.from(`${JSON.stringify({ ...members, checksum: checksumOf(members) }, undefined, 2)}\n`);
}

/**
 * Opens the bytes of a file. The caller wipes what it returns.
 *
 * @throws `ERR_KEYRING_DAMAGED`, `ERR_KEYRING_VERSION`, `ERR_KEYRING_TOO_COSTLY`, `ERR_KEYRING_WRONG_PASSPHRASE`
 */
export async function openSecrets(
  bytes: Uint8Array,
  passphrase: Sensitive<string>,
  file: string,
): Promise<{ secrets: KeyringSecrets; fileKey: FileKey }> {
  const { members, cost } = parseFile(bytes, file);
  const fileKey = await deriveFileKey(passphrase, fromText(members.kdf.salt), cost);
  if (!sameBytes(sha256(fileKey.check), fromText(members.check))) {
    wipeFileKey(fileKey);
    throw fail('ERR_KEYRING_WRONG_PASSPHRASE', { file });
  }
  const secrets = secretsOf(members, fileKey);
  if (secrets !== undefined) return { secrets, fileKey };
  wipeFileKey(fileKey);
  throw fail('ERR_KEYRING_DAMAGED', { file });
}

/**
 * Opens the bytes of a file with the key of one that was opened before. The caller wipes what it returns.
 *
 * @throws `ERR_KEYRING_DAMAGED`, `ERR_KEYRING_VERSION`; `ERR_KEYRING_CHANGED`: it is sealed under another passphrase by now
 */
export function reopenSecrets(bytes: Uint8Array, fileKey: FileKey, file: string): KeyringSecrets {
  const { members } = parseFile(bytes, file);
  const isSameKey = sameBytes(fromText(members.kdf.salt), fileKey.salt) && sameBytes(sha256(fileKey.check), fromText(members.check));
  if (!isSameKey) throw fail('ERR_KEYRING_CHANGED', { file });
  const secrets = secretsOf(members, fileKey);
  if (secrets === undefined) throw fail('ERR_KEYRING_DAMAGED', { file });
  return secrets;
}

function secretsOf(members: FileMembers, fileKey: FileKey): KeyringSecrets | undefined {
  const plaintext = openSealed(members, fileKey.key);
  if (plaintext === undefined) return undefined;
  const keys = Array.from({ length: plaintext.length / SECRET_BYTES }, (_, i) =>
    Uint8Array.from(plaintext.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES)),
  );
  plaintext.fill(0);
  const [root, ...shredKeys] = keys as [Uint8Array, ...Uint8Array[]];
  return { root, shredKeys };
}

export function wipeFileKey(fileKey: FileKey): void {
  fileKey.key.fill(0);
  fileKey.check.fill(0);
}

function deriveFileKey(passphrase: Sensitive<string>, salt: Uint8Array, cost: ScryptCost): Promise<FileKey> {
  // Twice what the parameters need: node counts its own overhead too.
  const maxmem = 2 * 128 * cost.N * cost.r;
  return passphrase.use(
    (text) =>
      new Promise((resolve, reject) => {
        scrypt(text.normalize('NFC'), salt, 2 * SECRET_BYTES, { ...cost, maxmem }, (error, output) => {
          if (error) return reject(fail('ERR_KEYRING_TOO_COSTLY'));
          resolve({
            cost,
            salt,
            key: Uint8Array.from(output.subarray(0, SECRET_BYTES)),
            check: Uint8Array.from(output.subarray(SECRET_BYTES)),
          });
          output.fill(0);
        });
      }),
  );
}

function openSealed(members: FileMembers, key: Uint8Array): Buffer | undefined {
  const sealed = fromText(members.sealed);
  const plaintextBytes = sealed.length - NONCE_BYTES - TAG_BYTES;
  if (plaintextBytes !== 2 * SECRET_BYTES && plaintextBytes !== 3 * SECRET_BYTES) return undefined;
  const { format, kdf, check } = members;
  const { name, N, r, p, salt } = kdf;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(JSON.stringify({ format, kdf: { name, N, r, p, salt }, check })));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    // OpenSSL says only that the tag differs: the file was changed by somebody who repaired its checksum.
    return undefined;
  }
}

function parseFile(bytes: Uint8Array, file: string): { members: FileMembers; cost: ScryptCost } {
  const damaged = () => fail('ERR_KEYRING_DAMAGED', { file });
  if (bytes.length > LARGEST_FILE_BYTES) throw damaged();
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged();
  }
  if (
    isObject(value) &&
    typeof value['format'] === 'string' &&
    /^numbra-keyring-[0-9]+$/.test(value['format']) &&
    value['format'] !== FORMAT
  ) {
    throw fail('ERR_KEYRING_VERSION', { file });
  }
  if (!isFile(value)) throw damaged();
  const { checksum, ...members } = value;
  if (checksum !== checksumOf(members)) throw damaged();
  const { N, r, p } = value.kdf;
  if (!isAffordable({ N, r, p })) throw fail('ERR_KEYRING_TOO_COSTLY', { file });
  return { members: value, cost: { N, r, p } };
}

function isAffordable({ N, r, p }: ScryptCost): boolean {
  const whole = [N, r, p].every(Number.isSafeInteger);
  return whole && N >= LEAST_N && (N & (N - 1)) === 0 && r >= 1 && p >= 1 && p <= MOST_P && 128 * N * r <= MOST_MEMORY_BYTES;
}

function isFile(value: unknown): value is FileMembers {
  if (!isObject(value) || Object.keys(value).join() !== 'format,kdf,check,sealed,checksum') return false;
  const { format, kdf, check, sealed, checksum } = value;
  return (
    format === FORMAT &&
    isObject(kdf) &&
    Object.keys(kdf).join() === 'name,N,r,p,salt' &&
    kdf['name'] === 'scrypt' &&
    [kdf['N'], kdf['r'], kdf['p']].every((n) => typeof n === 'number') &&
    [kdf['salt'], check, sealed, checksum].every((text) => typeof text === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checksumOf(members: Omit<FileMembers, 'checksum'>): string {
  return toText(sha256(Buffer.from(JSON.stringify(members))));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const fromText = (text: string): Buffer => Buffer.from(text, 'base64url');
