/**
 * Makes DPoP proofs (RFC 9449 § 4.2): one for each request.
 * @module
 */
import { grantDigest } from '../grant/verify.js';
import { type GrantKey, signCompact } from '../keys/grant-key.js';
import { bare } from '../keys/jwk.js';

export interface ProofTerms {
  readonly key: GrantKey;
  /** The HTTP method. */
  readonly htm: string;
  /** The URL as the server's metadata spells it, without query and fragment. */
  readonly htu: string;
  /** The access token that goes with it; none at the token endpoint. */
  readonly accessToken?: string;
  /** What the server gave in `DPoP-Nonce` last. */
  readonly nonce?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Never used before with this key; 16 random bytes in base64url do. */
  readonly jti: string;
}

/** @returns the value of the `DPoP` header */
export async function createProof({ key, htm, htu, accessToken, nonce, now, jti }: ProofTerms): Promise<string> {
  const claims = {
    jti,
    htm,
    htu,
    iat: Math.floor(now / 1000),
    ...(accessToken !== undefined && { ath: grantDigest(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  };
  return signCompact({ typ: 'dpop+jwt', jwk: { ...bare(key.publicJwk) } }, claims, key);
}
