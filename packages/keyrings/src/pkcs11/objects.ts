/**
 * The objects of one keyring in a token.
 *
 * ```
 * numbra/<name>                  data: which mode, which objects, and (mode wrap) the wrapped root. Written last: with it the keyring is there
 * numbra/<name>/<draw>/root      mode wrap: AES-256, wraps the root. Mode inside: the root itself
 * numbra/<name>/<draw>/shred     AES-256, one or two of them, numbered in CKA_ID, the newest with the highest number
 * ```
 *
 * No key of them can be read out or wrapped by another (sensitive, not extractable). `draw` is random: what a creation that was
 * killed has left lies apart, is never used, and is never mistaken for the keyring.
 * @module
 */
import { createHash } from 'node:crypto';
import { fail } from '../errors.js';
import * as ck from './cryptoki.js';
import { asking } from './faults.js';
import { WRAPPED_BYTES } from './key-wrap.js';
import type { TokenSession } from './module.js';

const FORMAT = 'numbra-keyring-pkcs11-1';
const APPLICATION = 'numbra';
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** More than this keyring ever has of one kind. */
const MOST_FOUND = 16;

/** `wrap`: the root comes into memory while the keyring is open. `inside`: it never leaves the token. */
export type Pkcs11Mode = 'wrap' | 'inside';

export interface Manifest {
  readonly mode: Pkcs11Mode;
  readonly draw: string;
  /** Mode wrap: 40 bytes. */
  readonly wrappedRoot?: Uint8Array;
}

export interface ShredKey {
  readonly number: number;
  readonly handle: ck.Handle;
}

const manifestLabel = (name: string): string => `numbra/${name}`;
export const rootLabel = (name: string, draw: string): string => `numbra/${name}/${draw}/root`;
export const shredLabel = (name: string, draw: string): string => `numbra/${name}/${draw}/shred`;

/** @throws `ERR_KEYRING_ABSENT`, `ERR_KEYRING_DAMAGED`, `ERR_KEYRING_VERSION` */
export function readManifest(token: TokenSession, name: string): Manifest {
  const found = findManifests(token, name);
  if (found.length > 1) throw fail('ERR_KEYRING_DAMAGED');
  const handle = found[0];
  if (handle === undefined) throw fail('ERR_KEYRING_ABSENT');
  const value = asking(() => token.cryptoki.C_GetAttributeValue(token.session, handle, [{ type: ck.CKA_VALUE }]))[0]?.value;
  return parseManifest(value ?? Buffer.alloc(0));
}

export function findManifests(token: TokenSession, name: string): ck.Handle[] {
  return find(token, [
    { type: ck.CKA_CLASS, value: ck.CKO_DATA },
    { type: ck.CKA_LABEL, value: manifestLabel(name) },
  ]);
}

export function writeManifest(token: TokenSession, name: string, { mode, draw, wrappedRoot }: Manifest): ck.Handle {
  const members = { format: FORMAT, mode, draw, root: wrappedRoot === undefined ? null : Buffer.from(wrappedRoot).toString('base64url') };
  const value = Buffer.from(JSON.stringify({ ...members, checksum: checksumOf(members) }));
  return asking(() =>
    token.cryptoki.C_CreateObject(token.session, [
      { type: ck.CKA_CLASS, value: ck.CKO_DATA },
      { type: ck.CKA_TOKEN, value: true },
      { type: ck.CKA_PRIVATE, value: true },
      { type: ck.CKA_MODIFIABLE, value: false },
      { type: ck.CKA_LABEL, value: manifestLabel(name) },
      { type: ck.CKA_APPLICATION, value: APPLICATION },
      { type: ck.CKA_VALUE, value },
    ]),
  );
}

/** The one key with this label. @throws `ERR_KEYRING_KEY_GONE` */
export function findKey(token: TokenSession, label: string): ck.Handle {
  const found = findKeys(token, label);
  if (found.length !== 1) throw fail('ERR_KEYRING_KEY_GONE');
  return found[0] as ck.Handle;
}

/** The shred keys there are now, the newest last. */
export function findShredKeys(token: TokenSession, label: string): ShredKey[] {
  return findKeys(token, label)
    .map((handle) => ({ handle, number: numberOf(token, handle) }))
    .sort((a, b) => a.number - b.number);
}

/** A new AES-256 key of the token, drawn inside it; `value` only for a key that was made elsewhere. */
export function makeAesKey(token: TokenSession, label: string, number: number, value?: Uint8Array): ck.Handle {
  const template = [
    ...secretKey(ck.CKK_AES, { isKept: true, encrypts: true, decrypts: true }),
    { type: ck.CKA_LABEL, value: label },
    { type: ck.CKA_ID, value: idOf(number) },
  ];
  return make(token, ck.CKM_AES_KEY_GEN, template, value);
}

/** A new root inside the token. It can be digested together with other bytes (`C_DigestKey`), and nothing else. */
export function makeRoot(token: TokenSession, label: string, value?: Uint8Array): ck.Handle {
  const template = [
    ...secretKey(ck.CKK_GENERIC_SECRET, { isKept: true, encrypts: false, decrypts: false }),
    { type: ck.CKA_LABEL, value: label },
  ];
  return make(token, ck.CKM_GENERIC_SECRET_KEY_GEN, template, value);
}

/** An AES-256 key for this session alone: the token forgets it when the session ends. It encrypts, and nothing else. */
export function makeSessionKey(token: TokenSession, value: Uint8Array): ck.Handle {
  return make(token, ck.CKM_AES_KEY_GEN, secretKey(ck.CKK_AES, { isKept: false, encrypts: true, decrypts: false }), value);
}

export function destroy(token: TokenSession, handle: ck.Handle): void {
  asking(() => token.cryptoki.C_DestroyObject(token.session, handle));
}

function make(token: TokenSession, generation: number, template: ck.Attribute[], value: Uint8Array | undefined): ck.Handle {
  const { cryptoki, session } = token;
  if (value === undefined) {
    return asking(() =>
      cryptoki.C_GenerateKey(session, { mechanism: generation }, [...template, { type: ck.CKA_VALUE_LEN, value: KEY_BYTES }]),
    );
  }
  const copy = Buffer.from(value);
  try {
    return asking(() => cryptoki.C_CreateObject(session, [...template, { type: ck.CKA_VALUE, value: copy }]));
  } finally {
    copy.fill(0);
  }
}

/** Uses that are not named are denied: by default a token would allow most of them. */
function secretKey(
  type: number,
  uses: { readonly isKept: boolean; readonly encrypts: boolean; readonly decrypts: boolean },
): ck.Attribute[] {
  const denied = [ck.CKA_EXTRACTABLE, ck.CKA_WRAP, ck.CKA_UNWRAP, ck.CKA_SIGN, ck.CKA_VERIFY, ck.CKA_DERIVE];
  return [
    { type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
    { type: ck.CKA_KEY_TYPE, value: type },
    { type: ck.CKA_TOKEN, value: uses.isKept },
    { type: ck.CKA_PRIVATE, value: true },
    { type: ck.CKA_SENSITIVE, value: true },
    { type: ck.CKA_ENCRYPT, value: uses.encrypts },
    { type: ck.CKA_DECRYPT, value: uses.decrypts },
    ...denied.map((use) => ({ type: use, value: false })),
  ];
}

function findKeys(token: TokenSession, label: string): ck.Handle[] {
  return find(token, [
    { type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
    { type: ck.CKA_LABEL, value: label },
  ]);
}

function find({ cryptoki, session }: TokenSession, template: ck.Attribute[]): ck.Handle[] {
  return asking(() => {
    cryptoki.C_FindObjectsInit(session, template);
    try {
      return cryptoki.C_FindObjects(session, MOST_FOUND);
    } finally {
      cryptoki.C_FindObjectsFinal(session);
    }
  });
}

function idOf(number: number): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUInt32BE(number);
  return id;
}

function numberOf({ cryptoki, session }: TokenSession, handle: ck.Handle): number {
  const id = asking(() => cryptoki.C_GetAttributeValue(session, handle, [{ type: ck.CKA_ID }]))[0]?.value;
  if (id?.length !== ID_BYTES) throw fail('ERR_KEYRING_DAMAGED');
  return id.readUInt32BE();
}

function parseManifest(bytes: Buffer): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw fail('ERR_KEYRING_DAMAGED');
  }
  const { format, mode, draw, root, checksum } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof format === 'string' && /^numbra-keyring-pkcs11-[0-9]+$/.test(format) && format !== FORMAT) throw fail('ERR_KEYRING_VERSION');
  if (format !== FORMAT || typeof draw !== 'string' || checksum !== checksumOf({ format, mode, draw, root })) {
    throw fail('ERR_KEYRING_DAMAGED');
  }
  if (mode === 'inside' && root === null) return { mode, draw };
  const wrappedRoot = typeof root === 'string' ? Uint8Array.from(Buffer.from(root, 'base64url')) : undefined;
  if (mode !== 'wrap' || wrappedRoot?.length !== WRAPPED_BYTES) throw fail('ERR_KEYRING_DAMAGED');
  return { mode, draw, wrappedRoot };
}

/** Against accidents only: the token's PIN is what keeps others from writing here. */
function checksumOf(members: unknown): string {
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
