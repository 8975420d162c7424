// Grants: issue, verify, keep

export {
  type GrantAction,
  type GrantedBudget,
  type GrantedCampaign,
  type GrantedWindow,
  grantActions,
  type Weekday,
  weekdays,
} from './grant/campaign.js';
export { AGENT_GRANT_SECONDS, GRANT_SECONDS, type Grant, type GrantBinding, type GrantFacts, type StatusReference } from './grant/grant.js';
export { type CampaignGrantTerms, type GrantTerms, issueGrant } from './grant/issue.js';
export { type AskedCampaign, narrowCampaign, parseAskedCampaign } from './grant/narrow.js';
export { type GrantRequirements, grantDigest, isCurrent, verifyGrant } from './grant/verify.js';

// DPoP proofs (RFC 9449)

export { createProof, type ProofTerms } from './proof/create.js';
export { acceptsProofNonce, NONCE_SECONDS, proofNonce } from './proof/nonce.js';
export { PROOF_SECONDS, type ProofKey, type ProofRequirements, type VerifiedProof, verifyProof } from './proof/verify.js';

// Who asks: private_key_jwt (RFC 7523)

export { ASSERTION_SECONDS, type AssertionRequirements, type VerifiedAssertion, verifyClientAssertion } from './client-assertion.js';

// "Seen before?"

export { REPLAY_KEY_BYTES, replayKey } from './replay.js';

// Detached signatures: manifests, countersignatures

export { type DetachedUse, detachedUses, signDetached, type VerifiedDetached, verifyDetached } from './detached.js';

// Keys

export { exportGrantKey, type GrantKey, generateGrantKey, importGrantKey, type PrivateJwk } from './keys/grant-key.js';
export { type GrantAlgorithm, type PublicJwk, parsePublicJwk, thumbprint, type VerificationKey } from './keys/jwk.js';
export { type Jwks, type KeySet, type KeySetOptions, type KeySource, readKeySet } from './keys/key-set.js';

// Errors

export { errors, type GrantErrorCode, type OAuthError, oauthErrorOf } from './errors.js';
