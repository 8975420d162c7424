/**
 * The vendor's key in a PKCS#11 token (a smart card, an HSM, SoftHSM): ES256 signed inside, so the private key is never in this
 * process's memory. Needs the optional package pkcs11js. For a process's main thread: a module is initialised once a process.
 * @see https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/pkcs11-base-v2.40.html
 * @module
 */
import { createHash } from 'node:crypto';
import { ProgramError } from './errors.js';
import type { HeldKey } from './key-file.js';
import type { TokenPlace } from './pkcs11-uri.js';
import { readPrivateFile } from './private-files.js';

type Handle = Buffer;
interface Attribute {
  readonly type: number;
  readonly value: number | boolean | string | Buffer;
}

/** The few functions that a signing key needs: what a token must be able to do. pkcs11js has them all. */
export interface Cryptoki {
  load(module: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly flags: number };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: { readonly type: number }[]): { readonly value: Buffer }[];
  C_GenerateKeyPair(session: Handle, mechanism: { readonly mechanism: number }, publicKey: Attribute[], privateKey: Attribute[]): unknown;
  C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void;
  C_Sign(session: Handle, input: Buffer, output: Buffer): Buffer;
}

/** Brings pkcs11js. */
export type LoadCryptoki = () => Promise<Cryptoki>;

const CKF_RW_SESSION = 0x02;
const CKF_SERIAL_SESSION = 0x04;
/** One wrong PIN more, and the token locks itself. */
const CKF_USER_PIN_FINAL_TRY = 0x2_0000;
const CKU_USER = 1;
const CKO_PUBLIC_KEY = 2;
const CKO_PRIVATE_KEY = 3;
const CKK_EC = 3;
const CKA_CLASS = 0;
const CKA_TOKEN = 1;
const CKA_PRIVATE = 2;
const CKA_LABEL = 3;
const CKA_KEY_TYPE = 0x100;
const CKA_SENSITIVE = 0x103;
const CKA_SIGN = 0x108;
const CKA_VERIFY = 0x10a;
const CKA_EXTRACTABLE = 0x162;
const CKA_EC_PARAMS = 0x180;
const CKA_EC_POINT = 0x181;
const CKM_EC_KEY_PAIR_GEN = 0x1040;
/** Signs a digest; SHA-256 is ours, since few tokens have both in one. */
const CKM_ECDSA = 0x1041;

/** The curve's object identifier, DER: 1.2.840.10045.3.1.7, P-256. */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
/** An octet string of an uncompressed point: 04 41 04 x y. */
const POINT_BYTES = 67;
const COORDINATE_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Opens the key. @throws `ERR_PROGRAM_NO_PKCS11JS` · `ERR_PROGRAM_TOKEN`, and as `readPrivateFile` */
export async function openTokenKey(place: TokenPlace, load: LoadCryptoki = loadPkcs11js): Promise<HeldKey> {
  const pin = await readPin(place);
  const cryptoki = await load();
  return guarded(place, cryptoki, () => {
    initialise(cryptoki, place);
    let session = logIn(cryptoki, place, pin);
    let key = find(cryptoki, session, CKO_PRIVATE_KEY, place);
    const publicJwk = readPoint(cryptoki, session, find(cryptoki, session, CKO_PUBLIC_KEY, place));
    const sign = (digest: Buffer): Uint8Array => {
      cryptoki.C_SignInit(session, { mechanism: CKM_ECDSA }, key);
      return Uint8Array.from(cryptoki.C_Sign(session, digest, Buffer.alloc(SIGNATURE_BYTES)));
    };
    return {
      algorithm: 'ES256',
      publicJwk,
      sign(input) {
        const digest = createHash('sha256').update(input).digest();
        try {
          return sign(digest);
        } catch {
          // A token that was unplugged, or a network HSM that restarted: its sessions are gone. Once, since a token counts PINs.
          return failing(place, () => {
            session = logIn(cryptoki, place, pin);
            key = find(cryptoki, session, CKO_PRIVATE_KEY, place);
            return sign(digest);
          });
        }
      },
      close: () => end(cryptoki),
    };
  });
}

/**
 * Makes a key pair inside the token; the private key can never be read out.
 *
 * @throws `ERR_PROGRAM_FILE_EXISTS`: there is a key of this label, and as {@link openTokenKey}
 */
export async function generateTokenKey(place: TokenPlace, load: LoadCryptoki = loadPkcs11js): Promise<HeldKey> {
  const pin = await readPin(place);
  const cryptoki = await load();
  guarded(place, cryptoki, () => {
    initialise(cryptoki, place);
    const session = logIn(cryptoki, place, pin);
    if (search(cryptoki, session, CKO_PRIVATE_KEY, place).length > 0) throw new ProgramError('ERR_PROGRAM_FILE_EXISTS', place.object);
    const both: Attribute[] = [
      { type: CKA_TOKEN, value: true },
      { type: CKA_LABEL, value: place.object },
    ];
    const publicKey = [...both, { type: CKA_VERIFY, value: true }, { type: CKA_EC_PARAMS, value: P256 }];
    const privateKey = [
      ...both,
      { type: CKA_PRIVATE, value: true },
      { type: CKA_SENSITIVE, value: true },
      { type: CKA_EXTRACTABLE, value: false },
      { type: CKA_SIGN, value: true },
    ];
    cryptoki.C_GenerateKeyPair(session, { mechanism: CKM_EC_KEY_PAIR_GEN }, publicKey, privateKey);
  });
  end(cryptoki);
  return openTokenKey(place, load);
}

async function loadPkcs11js(): Promise<Cryptoki> {
  // Not a literal, so that bundlers and type checkers do not want what is optional.
  const name: string = 'pkcs11js';
  try {
    const { default: pkcs11js } = (await import(name)) as { readonly default: { readonly PKCS11: new () => Cryptoki } };
    return new pkcs11js.PKCS11();
  } catch (cause) {
    throw new ProgramError('ERR_PROGRAM_NO_PKCS11JS', undefined, cause);
  }
}

async function readPin({ pinFile }: TokenPlace): Promise<string> {
  return (await readPrivateFile(pinFile)).split(/\r?\n/, 1)[0] ?? '';
}

function initialise(cryptoki: Cryptoki, { module }: TokenPlace): void {
  cryptoki.load(module);
  cryptoki.C_Initialize();
}

function end(cryptoki: Cryptoki): void {
  try {
    cryptoki.C_Finalize(); // ends sessions and log-in, too
  } catch {
    // Never initialised, or the token is gone: there is nothing left to end.
  }
  try {
    cryptoki.close();
  } catch {
    // As above.
  }
}

function logIn(cryptoki: Cryptoki, place: TokenPlace, pin: string): Handle {
  // Labels are padded with blanks to 32 bytes.
  const slots = cryptoki.C_GetSlotList(true).filter((slot) => cryptoki.C_GetTokenInfo(slot).label.trimEnd() === place.token);
  const slot = slots[0];
  if (slot === undefined || slots.length > 1) throw new ProgramError('ERR_PROGRAM_TOKEN', place.token);
  if (cryptoki.C_GetTokenInfo(slot).flags & CKF_USER_PIN_FINAL_TRY) throw new ProgramError('ERR_PROGRAM_TOKEN', place.token);
  const session = cryptoki.C_OpenSession(slot, CKF_RW_SESSION | CKF_SERIAL_SESSION);
  try {
    cryptoki.C_Login(session, CKU_USER, pin);
  } catch (error) {
    // Logged in by an earlier session of this process: the log-in is the process's, not the session's.
    if ((error as { readonly code?: unknown }).code !== CKR_USER_ALREADY_LOGGED_IN) throw error;
  }
  return session;
}

const CKR_USER_ALREADY_LOGGED_IN = 0x100;

/** The one key of this label; two would be a choice that nobody made. */
function find(cryptoki: Cryptoki, session: Handle, kind: number, place: TokenPlace): Handle {
  const found = search(cryptoki, session, kind, place);
  const key = found[0];
  if (key === undefined || found.length > 1) throw new ProgramError('ERR_PROGRAM_TOKEN', place.object);
  return key;
}

function search(cryptoki: Cryptoki, session: Handle, kind: number, { object }: TokenPlace): Handle[] {
  cryptoki.C_FindObjectsInit(session, [
    { type: CKA_CLASS, value: kind },
    { type: CKA_KEY_TYPE, value: CKK_EC },
    { type: CKA_LABEL, value: object },
  ]);
  try {
    return cryptoki.C_FindObjects(session, 2);
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

function readPoint(cryptoki: Cryptoki, session: Handle, key: Handle) {
  const [parameters, point] = cryptoki.C_GetAttributeValue(session, key, [{ type: CKA_EC_PARAMS }, { type: CKA_EC_POINT }]);
  const bytes = point?.value;
  if (!parameters?.value.equals(P256) || bytes?.length !== POINT_BYTES) throw new ProgramError('ERR_PROGRAM_TOKEN', 'not a P-256 key');
  const y = POINT_BYTES - COORDINATE_BYTES;
  const coordinate = (from: number) => bytes.subarray(from, from + COORDINATE_BYTES).toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: coordinate(y - COORDINATE_BYTES), y: coordinate(y) } as const;
}

/** As {@link failing}, and nothing of the module stays behind. */
function guarded<R>(place: TokenPlace, cryptoki: Cryptoki, work: () => R): R {
  try {
    return failing(place, work);
  } catch (error) {
    end(cryptoki);
    throw error;
  }
}

function failing<R>(place: TokenPlace, work: () => R): R {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof ProgramError ? cause : new ProgramError('ERR_PROGRAM_TOKEN', place.token, cause);
  }
}
