/**
 * Every code that this package throws. `oauth` is the error that an OAuth endpoint answers with (RFC 6749 § 5.2,
 * RFC 6750 § 3.1, RFC 9449 § 7.1): it tells the caller less than the code does, on purpose.
 * @module
 */
import { type ErrorEntry, errorFactory } from '@numbra/core';

/** What an OAuth endpoint may say. */
export type OAuthError =
  | 'invalid_client'
  | 'invalid_token'
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_target'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'invalid_authorization_details'
  | 'server_error';

export interface GrantErrorEntry extends ErrorEntry {
  readonly oauth: OAuthError;
}

export const errors = {
  // grants
  ERR_GRANT_MALFORMED: {
    message: 'The grant is not a compact JWS in its one accepted spelling.',
    action: 'Send the access token exactly as the token endpoint returned it.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_SIGNATURE: {
    message: 'No key of the issuer verifies the grant.',
    action: 'Ask the token endpoint for a new grant.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_CLAIMS: {
    message: 'The grant holds a member or value that this version does not know, or misses one that it needs.',
    action: 'Ask the token endpoint for a new grant.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_ISSUER: {
    message: 'The grant was issued by somebody else.',
    action: 'Ask the token endpoint of this bank for a grant.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_AUDIENCE: {
    message: 'The grant is meant for another resource.',
    action: 'Name this resource when asking for a grant.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_EXPIRED: {
    message: 'The grant has expired.',
    action: 'Ask the token endpoint for a new grant.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_NOT_YET: {
    message: 'The grant was issued in the future: two clocks disagree.',
    action: 'Compare the clocks of the issuer and of this host.',
    audience: 'operator',
    status: 401,
    oauth: 'invalid_token',
  },
  ERR_GRANT_TERMS: {
    message: 'The terms do not make a grant; nothing was signed.',
    action: 'Correct the named field.',
    audience: 'bank',
    status: 500,
    oauth: 'server_error',
  },

  // DPoP proofs
  ERR_DPOP_MALFORMED: {
    message: 'The DPoP proof is not a compact JWS in its one accepted spelling, with exactly the members of RFC 9449.',
    action: 'Send one DPoP header with a fresh proof: typ dpop+jwt, alg ES256 or EdDSA, a public jwk; jti, htm, htu, iat.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_SIGNATURE: {
    message: 'The key in the DPoP proof does not verify it.',
    action: 'Sign the proof with the private key of the jwk that it carries.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_KEY: {
    message: 'The DPoP proof was made with another key than the one the grant is bound to.',
    action: 'Use one key for asking for a grant and for using it.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_METHOD: {
    message: 'The DPoP proof was made for another HTTP method.',
    action: 'Set htm to the method of the request.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_URL: {
    message: 'The DPoP proof was made for another URL.',
    action: 'Set htu to the URL of the request as the metadata spells it, without query and fragment.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_TIME: {
    message: 'The DPoP proof is too old, or from the future.',
    action: 'Make a fresh proof for each request, and keep the clock right.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_ACCESS_TOKEN: {
    message: 'The DPoP proof was not made for this access token.',
    action: 'Set ath to the base64url SHA-256 of the access token; leave it out where no access token is sent.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_dpop_proof',
  },
  ERR_DPOP_NONCE: {
    message: 'The DPoP proof needs the nonce that this server gave last.',
    action: 'Repeat the request with a new proof that holds the value of the DPoP-Nonce header.',
    audience: 'vendor',
    status: 401,
    oauth: 'use_dpop_nonce',
  },

  // client assertions
  ERR_ASSERTION_MALFORMED: {
    message: 'The client assertion is not a compact JWS in its one accepted spelling.',
    action: 'Send a JWT signed with ES256 or EdDSA as client_assertion (RFC 7523).',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_client',
  },
  ERR_ASSERTION_SIGNATURE: {
    message: 'No registered key of the client verifies the client assertion.',
    action: 'Sign with a registered key; with more than one, name it in kid.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_client',
  },
  ERR_ASSERTION_CLAIMS: {
    message: 'The client assertion does not hold exactly what it must.',
    action: 'Set iss and sub to the client id, and jti, aud, iat and exp.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_client',
  },
  ERR_ASSERTION_AUDIENCE: {
    message: 'The client assertion is meant for another server.',
    action: 'Set aud to the issuer, a single string, exactly as the metadata spells it; not to the token endpoint.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_client',
  },
  ERR_ASSERTION_TIME: {
    message: 'The client assertion has expired, lives longer than five minutes, or is from the future.',
    action: 'Make a fresh assertion for each request, and keep the clock right.',
    audience: 'vendor',
    status: 401,
    oauth: 'invalid_client',
  },

  // authorization details and exchange
  ERR_DETAILS_INVALID: {
    message: 'authorization_details must be one object of type numbra_campaign with one campaign, and only members that are known.',
    action: 'Ask for one campaign: [{"type":"numbra_campaign","campaign":"…","actions":["dial"]}].',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_authorization_details',
  },
  ERR_DETAILS_WIDER: {
    message: 'More was asked for than may be granted; a grant is only ever narrowed.',
    action: 'Leave the named member out, or ask for less.',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_authorization_details',
  },
  ERR_EXCHANGE_ACTOR: {
    message: 'Only a vendor grant can be exchanged, for one agent named by a pseudonym.',
    action: "Send a vendor's own grant as subject_token and the agent's pseudonym; an agent grant is not exchanged again.",
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_grant',
  },
  ERR_EXCHANGE_KEY: {
    message: 'An agent grant needs a key of its own.',
    action: "Make the DPoP proof of the exchange with the agent's key, not with the vendor's.",
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_request',
  },

  // status lists
  ERR_STATUS_LIST_INVALID: {
    message: 'The status list is not one that is accepted: its form, its signature or its address is wrong.',
    action: 'Fetch it again from the address that the grant names; until then the grant says nothing about its status.',
    audience: 'bank',
    status: 400,
    oauth: 'invalid_token',
  },
  ERR_STATUS_LIST_EXPIRED: {
    message: 'The status list has expired.',
    action: 'Fetch it again from the address that the grant names.',
    audience: 'bank',
    status: 400,
    oauth: 'invalid_token',
  },
  ERR_STATUS_LIST_INDEX: {
    message: 'The index or status does not fit the status list.',
    action: 'Use an index below the size, and a status that fits the number of bits.',
    audience: 'bank',
    status: 500,
    oauth: 'server_error',
  },

  // keys
  ERR_KEY_INVALID: {
    message: 'A key is not a P-256 or Ed25519 key in its one accepted spelling as a JWK.',
    action: 'Use {"kty":"EC","crv":"P-256","x","y"} or {"kty":"OKP","crv":"Ed25519","x"}, base64url without padding.',
    audience: 'bank',
    status: 400,
    oauth: 'invalid_client',
  },
  ERR_KEY_SET_INVALID: {
    message: 'A key set is not {"keys":[…]} with 1 to 32 keys of which no two have one kid.',
    action: 'Correct the key set.',
    audience: 'bank',
    status: 400,
    oauth: 'invalid_client',
  },
  ERR_KEY_ROTATION: {
    message: 'The new key has the kid of a key that is still in use; nothing was rotated.',
    action: 'Generate a new key.',
    audience: 'bank',
    status: 500,
    oauth: 'server_error',
  },

  // answers and handovers
  ERR_ANSWER_TERMS: {
    message: 'The terms do not make an answer; nothing was signed.',
    action: 'Correct the named field.',
    audience: 'bank',
    status: 500,
    oauth: 'server_error',
  },
  ERR_ANSWER_INVALID: {
    message: 'The answer is not of this bank for this asker: its form, issuer, asker or key is another one.',
    action: 'Ask the bank the question; do not act on this answer.',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_token',
  },
  ERR_ANSWER_EXPIRED: {
    message: 'The answer has expired.',
    action: 'Ask the bank again.',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_token',
  },
  ERR_HANDOVER_TERMS: {
    message: 'The terms do not make a handover; nothing was signed.',
    action: 'Correct the named field.',
    audience: 'bank',
    status: 500,
    oauth: 'server_error',
  },
  /** One error for whatever is wrong. */
  ERR_HANDOVER_INVALID: {
    message: 'The handover is not of this bank for this recipient, or no key of this recipient opens it.',
    action: 'Answer 400 and use nothing of it. Compare issuer, name and key with what the bank has registered.',
    audience: 'operator',
    status: 400,
    oauth: 'invalid_token',
  },
  ERR_RECIPIENT_KEY: {
    message: 'The key set of a recipient is not {"keys":[…]} with one P-256 or X25519 public key for encryption, with a kid.',
    action: 'Ask the recipient for {"keys":[{"kty":"EC","crv":"P-256","x","y","kid","use":"enc"}]}.',
    audience: 'operator',
    status: 400,
    oauth: 'invalid_client',
  },

  // detached signatures
  ERR_DETACHED_MALFORMED: {
    message: 'The signature is not a detached compact JWS in its one accepted spelling.',
    action: 'Ask the signer for the signature again.',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_request',
  },
  ERR_DETACHED_SIGNATURE: {
    message: 'The signature does not verify for these bytes.',
    action: 'Compare the bytes with those that were signed; a changed byte or another key makes this error.',
    audience: 'vendor',
    status: 400,
    oauth: 'invalid_request',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, GrantErrorEntry>>;

export type GrantErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);

/** What an OAuth endpoint answers for one of this package's codes; `undefined` for a code that is not ours. */
export function oauthErrorOf(code: string): OAuthError | undefined {
  return Object.hasOwn(errors, code) ? errors[code as GrantErrorCode].oauth : undefined;
}
