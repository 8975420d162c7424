/**
 * Campaign secrets and tags: drawn here, wrapped at once.
 * @module
 */
import type { BankContext } from '../context.js';

const SECRET_BYTES = 32;
const TAG_BYTES = 6;

export interface NewSecret {
  /** 40 bytes: AES-256-KW under the newest shred key. */
  readonly wrapped: Uint8Array;
  /** 6 public bytes; the store refuses one that another campaign has. */
  readonly tag: Uint8Array;
}

/** Draws a secret and a tag. The secret itself is wiped before this returns. */
export async function newSecret({ keyring, random }: Pick<BankContext, 'keyring' | 'random'>): Promise<NewSecret> {
  const secret = Uint8Array.from(random(SECRET_BYTES));
  try {
    return { wrapped: await keyring.wrapSecret(secret), tag: Uint8Array.from(random(TAG_BYTES)) };
  } finally {
    secret.fill(0);
  }
}
