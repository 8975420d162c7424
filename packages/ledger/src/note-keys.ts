/**
 * Keys of signed notes: Ed25519 log keys (type 0x01, C2SP signed-note) and witness keys (type 0x04, C2SP tlog-cosignature).
 * A key is published as one string, `NAME+ID+BASE64`, where ID is eight hex digits.
 * @see https://c2sp.org/signed-note
 * @see https://c2sp.org/tlog-cosignature
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64Of, concat, hexOf, parseBase64, utf8 } from './bytes.js';
import { fail } from './errors.js';

/** What a key signs: notes as they are, or checkpoints with the time at which a witness saw them. */
export type NoteKeyKind = 'log' | 'witness';

const TYPE_BYTE: Readonly<Record<NoteKeyKind, number>> = { log: 0x01, witness: 0x04 };
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const TIME_BYTES = 8;

/** A public key that is trusted for a name. */
export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ LF ‖ type ‖ key), as a number. */
  readonly keyId: number;
  readonly kind: NoteKeyKind;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The string to publish. */
  readonly verifierKey: string;
  /** Verifies the bytes after the key id. Returns what they prove, or `undefined` when they are not this key's signature of the text. */
  verify(text: string, signature: Uint8Array): { readonly timeSeconds?: number } | undefined;
}

/** A key that signs notes. The log's may live elsewhere (a token, a service): any object of this shape will do. */
export interface NoteSigner {
  readonly name: string;
  readonly keyId: number;
  readonly kind: 'log';
  /** The string to publish. */
  readonly verifierKey: string;
  /** Ed25519 signature of the text's UTF-8 bytes, 64 bytes. */
  sign(text: string): Uint8Array;
}

/** A witness's key: signs a checkpoint together with the time. */
export interface Cosigner {
  readonly name: string;
  readonly keyId: number;
  readonly kind: 'witness';
  readonly verifierKey: string;
  /** The 72 bytes of a timestamped signature. */
  cosign(text: string, timeSeconds: number): Uint8Array;
}

/** Names have no space of any kind, no plus and no control character, and are not empty. */
export const isKeyName = (name: string): boolean =>
  name !== '' && !/[\s+\u0000-\u001f\u007f\p{Surrogate}]/u.test(name) && !/\p{White_Space}/u.test(name);

/** What a witness signs: domain, time, then the whole text (tlog-cosignature, "Ed25519 signed message"). */
const cosignedMessage = (text: string, timeSeconds: number): Uint8Array => utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);

function keyParts(kind: NoteKeyKind, name: string, publicKey: Uint8Array): { keyId: number; verifierKey: string } {
  if (!isKeyName(name) || publicKey.length !== KEY_BYTES) throw fail('ERR_NOTE_KEY');
  const typed = concat(Uint8Array.of(TYPE_BYTE[kind]), publicKey);
  const id = sha256(concat(utf8(`${name}\n`), typed)).slice(0, 4);
  return { keyId: new DataView(id.buffer, id.byteOffset).getUint32(0), verifierKey: `${name}+${hexOf(id)}+${base64Of(typed)}` };
}

/**
 * A trusted public key from its 32 bytes.
 *
 * @throws `ERR_NOTE_KEY`: a name with spaces or plus, or another length
 */
export function createNoteVerifier(kind: NoteKeyKind, name: string, publicKey: Uint8Array): NoteVerifier {
  const key = publicKey.slice();
  return {
    name,
    kind,
    publicKey: key,
    ...keyParts(kind, name, key),
    verify: (text, signature) => (kind === 'log' ? verifyNote(key, text, signature) : verifyCosignature(key, text, signature)),
  };
}

/** Strict RFC 8032 verification: the laxer ZIP 215 rules would admit more than one spelling of a signature. */
function ed25519Verifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    // A key or signature that is no point on the curve.
    return false;
  }
}

const verifyNote = (key: Uint8Array, text: string, signature: Uint8Array): Record<never, never> | undefined =>
  signature.length === SIGNATURE_BYTES && ed25519Verifies(key, utf8(text), signature) ? {} : undefined;

function verifyCosignature(key: Uint8Array, text: string, signature: Uint8Array): { timeSeconds: number } | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined;
  const timeSeconds = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(timeSeconds)) return undefined;
  return ed25519Verifies(key, cosignedMessage(text, timeSeconds), signature.subarray(TIME_BYTES)) ? { timeSeconds } : undefined;
}

/**
 * Reads a published key.
 *
 * @param text - `NAME+ID+BASE64`, type 0x01 or 0x04
 * @throws `ERR_NOTE_KEY`: another form or type, or an id that is not the key's
 */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name, , encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const bytes = encoded === undefined ? undefined : parseBase64(encoded);
  const kind = bytes?.[0] === TYPE_BYTE.log ? 'log' : bytes?.[0] === TYPE_BYTE.witness ? 'witness' : undefined;
  if (name === undefined || bytes === undefined || kind === undefined) throw fail('ERR_NOTE_KEY');
  const verifier = createNoteVerifier(kind, name, bytes.subarray(1));
  if (verifier.verifierKey !== text) throw fail('ERR_NOTE_KEY', {}, 'the id is not that of the key');
  return verifier;
}

/**
 * A log's signing key from its seed.
 *
 * @param name - the log's origin, so that the key name equals the checkpoint's first line
 * @param seed - 32 secret random bytes; copied
 */
export function createNoteSigner(name: string, seed: Uint8Array): NoteSigner {
  const secret = checkSeed(seed);
  return {
    name,
    kind: 'log',
    ...keyParts('log', name, ed25519.getPublicKey(secret)),
    sign: (text) => ed25519.sign(utf8(text), secret),
  };
}

/** A witness's signing key from its 32-byte seed. One key for one witness name: the signature does not name the witness. */
export function createCosigner(name: string, seed: Uint8Array): Cosigner {
  const secret = checkSeed(seed);
  return {
    name,
    kind: 'witness',
    ...keyParts('witness', name, ed25519.getPublicKey(secret)),
    cosign(text, timeSeconds) {
      if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw fail('ERR_LEDGER_ARGUMENT', {}, 'the time of a cosignature');
      const time = new Uint8Array(TIME_BYTES);
      new DataView(time.buffer).setBigUint64(0, BigInt(timeSeconds));
      return concat(time, ed25519.sign(cosignedMessage(text, timeSeconds), secret));
    },
  };
}

function checkSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== KEY_BYTES) throw fail('ERR_NOTE_KEY', {}, 'a seed has 32 bytes');
  return seed.slice();
}
