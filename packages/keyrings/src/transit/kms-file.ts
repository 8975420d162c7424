/**
 * The file of a keyring behind a key management service: the root and the shred keys, each encrypted by a key of its own in the
 * service, and which keys those are. It opens nothing by itself.
 *
 * ```
 * {"format":"numbra-keyring-kms-1","kind":"transit","root":{"key":"…-root","ciphertext":"…"},
 *  "shredKeys":[{"key":"…-shred-1","ciphertext":"…"}],"checksum":"…"}
 * ```
 * @module
 */
import { createHash } from 'node:crypto';
import { fail } from '../errors.js';

const FORMAT = 'numbra-keyring-kms-1';
const LARGEST_FILE_BYTES = 32 << 10;
const MAX_SHRED_KEYS = 2;

/** One secret: the service's key that encrypts it, and nothing else, and what came out. */
export interface SealedKey {
  readonly key: string;
  readonly ciphertext: string;
}

export interface KmsFile {
  readonly kind: string;
  readonly root: SealedKey;
  /** One or two, newest last. */
  readonly shredKeys: readonly SealedKey[];
}

export const rootKeyName = (prefix: string): string => `${prefix}-root`;
export const shredKeyName = (prefix: string, number: number): string => `${prefix}-shred-${number}`;

/** What all key names of one file begin with. */
export function prefixOf(file: KmsFile): string {
  return file.root.key.slice(0, -'-root'.length);
}

export function shredNumberOf({ key }: SealedKey): number {
  return Number(key.slice(key.lastIndexOf('-') + 1));
}

export function formatKmsFile({ kind, root, shredKeys }: KmsFile): Uint8Array {
  const members = { format: FORMAT, kind, root, shredKeys };
  return Buffer.from(`${JSON.stringify({ ...members, checksum: checksumOf(members) }, undefined, 2)}\n`);
}

/** @throws `ERR_KEYRING_DAMAGED`, `ERR_KEYRING_VERSION` */
export function parseKmsFile(bytes: Uint8Array, file: string): KmsFile {
  const damaged = () => fail('ERR_KEYRING_DAMAGED', { file });
  if (bytes.length > LARGEST_FILE_BYTES) throw damaged();
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged();
  }
  if (!isObject(value)) throw damaged();
  const { format, kind, root, shredKeys, checksum } = value;
  if (typeof format === 'string' && /^numbra-keyring-kms-[0-9]+$/.test(format) && format !== FORMAT)
    throw fail('ERR_KEYRING_VERSION', { file });
  if (Object.keys(value).join() !== 'format,kind,root,shredKeys,checksum' || format !== FORMAT || typeof kind !== 'string') throw damaged();
  if (!isSealedKey(root) || !Array.isArray(shredKeys) || !shredKeys.every(isSealedKey)) throw damaged();
  if (checksum !== checksumOf({ format, kind, root, shredKeys })) throw damaged();
  const parsed: KmsFile = { kind, root, shredKeys };
  if (!hasOwnNames(parsed)) throw damaged();
  return parsed;
}

/** A root cannot be put in a shred key's place, nor a key of another keyring: each ciphertext opens under its own key's name alone. */
function hasOwnNames(file: KmsFile): boolean {
  const numbers = file.shredKeys.map(shredNumberOf);
  return (
    file.root.key.endsWith('-root') &&
    numbers.length >= 1 &&
    numbers.length <= MAX_SHRED_KEYS &&
    numbers.every((number, i) => Number.isSafeInteger(number) && number > (numbers[i - 1] ?? 0)) &&
    file.shredKeys.every((entry, i) => entry.key === shredKeyName(prefixOf(file), numbers[i] as number))
  );
}

function isSealedKey(value: unknown): value is SealedKey {
  return (
    isObject(value) && Object.keys(value).join() === 'key,ciphertext' && Object.values(value).every((text) => typeof text === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checksumOf(members: unknown): string {
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
