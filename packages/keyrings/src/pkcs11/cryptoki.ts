/**
 * The few functions of PKCS#11 (v2.40, "Cryptoki") that a keyring needs, and their constants: what a token must be able to do can be
 * read off here.
 *
 * pkcs11js has all of them; this interface lets tests stand a failing token in its place.
 * @module
 * @see https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/pkcs11-base-v2.40.html
 */

/** A slot, session or object, as the module numbers them. */
export type Handle = Buffer;

export interface Attribute {
  readonly type: number;
  readonly value: number | boolean | string | Buffer;
}

export interface Mechanism {
  readonly mechanism: number;
}

export interface Cryptoki {
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly flags: number };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_Logout(session: Handle): void;
  C_FindObjectsInit(session: Handle, template: Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: { readonly type: number }[]): { readonly value: Buffer }[];
  C_CreateObject(session: Handle, template: Attribute[]): Handle;
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Encrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Decrypt(session: Handle, input: Buffer, output: Buffer): Buffer;
  C_DigestInit(session: Handle, mechanism: Mechanism): void;
  C_DigestUpdate(session: Handle, input: Buffer): void;
  C_DigestKey(session: Handle, key: Handle): void;
  C_DigestFinal(session: Handle, output: Buffer): Buffer;
}

export const CKF_RW_SESSION = 0x02;
export const CKF_SERIAL_SESSION = 0x04;
/** One wrong PIN more, and the token locks itself. */
export const CKF_USER_PIN_FINAL_TRY = 0x2_0000;
export const CKF_USER_PIN_LOCKED = 0x4_0000;
export const CKU_USER = 1;

export const CKO_DATA = 0;
export const CKO_SECRET_KEY = 4;
export const CKK_GENERIC_SECRET = 0x10;
export const CKK_AES = 0x1f;

export const CKA_CLASS = 0;
export const CKA_TOKEN = 1;
export const CKA_PRIVATE = 2;
export const CKA_LABEL = 3;
export const CKA_APPLICATION = 0x10;
export const CKA_VALUE = 0x11;
export const CKA_KEY_TYPE = 0x100;
export const CKA_ID = 0x102;
export const CKA_SENSITIVE = 0x103;
export const CKA_ENCRYPT = 0x104;
export const CKA_DECRYPT = 0x105;
export const CKA_WRAP = 0x106;
export const CKA_UNWRAP = 0x107;
export const CKA_SIGN = 0x108;
export const CKA_VERIFY = 0x10a;
export const CKA_DERIVE = 0x10c;
export const CKA_VALUE_LEN = 0x161;
export const CKA_EXTRACTABLE = 0x162;
export const CKA_MODIFIABLE = 0x170;

export const CKM_SHA256 = 0x250;
export const CKM_GENERIC_SECRET_KEY_GEN = 0x350;
export const CKM_AES_KEY_GEN = 0x1080;
export const CKM_AES_ECB = 0x1081;
