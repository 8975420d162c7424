/**
 * The manifest of an export: what was delivered, signed by the bank's grant key. The vendor checks its file against it, and
 * countersigns it where the policy asks for that.
 * @module
 */
import { signDetached } from '@numbra/grants';
import { base64urlOf, canonicalJson } from '@numbra/ledger';
import type { BankContext } from '../context.js';

/** Signed as the bytes of its canonical JSON (RFC 8785). */
export interface Manifest {
  readonly export: string;
  readonly campaign: string;
  readonly rows: number;
  /** Root over the rows' leaves, base64url. */
  readonly root: string;
  /** SHA-256 of the file, base64url. */
  readonly sha256: string;
  readonly columns: readonly string[];
}

export interface SignedManifest {
  /** Canonical JSON, exactly what is signed. */
  readonly manifest: string;
  /** Detached JWS, `header..signature`. */
  readonly signature: string;
}

export async function signManifest(
  { grantKey }: Pick<BankContext, 'grantKey'>,
  { root, sha256, columns, ...rest }: Omit<Manifest, 'root' | 'sha256'> & { readonly root: Uint8Array; readonly sha256: Uint8Array },
): Promise<SignedManifest> {
  const manifest = canonicalJson({ ...rest, root: base64urlOf(root), sha256: base64urlOf(sha256), columns: [...columns] });
  return { manifest, signature: await signDetached(new TextEncoder().encode(manifest), grantKey, 'manifest') };
}
