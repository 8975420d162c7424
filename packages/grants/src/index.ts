// Grants: issue, verify, keep

export { type AuditGrant, type AuditGrantTerms, issueAuditGrant, verifyAuditGrant } from './grant/audit.js';
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

// Agents: token exchange (RFC 8693)

export { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT_TYPE, type Exchange, exchangeGrant } from './grant/exchange.js';

// Grants of an authorization server that the bank runs already

export { claimedIssuer, type ForeignGrantRequirements, verifyForeignGrant } from './grant/foreign.js';

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

// Answers instead of attributes, and handovers

export {
  ANSWER_KEY_BYTES,
  ANSWER_SECONDS,
  type AnswerKey,
  type AnswerRequirements,
  type AnswerTerms,
  signAnswer,
  type VerifiedAnswer,
  verifyAnswer,
} from './answer.js';
export {
  type DecryptionJwk,
  type EncryptionJwk,
  generateRecipientKey,
  type HandoverRequirements,
  type HandoverTerms,
  type OpenedHandover,
  openHandover,
  readEncryptionKey,
  sealHandover,
} from './handover.js';

// What is told about grants: introspection (RFC 7662, 9701), status lists, metadata (RFC 8414, 9728)

export {
  INTROSPECTION_MEDIA_TYPE,
  type Introspection,
  introspectGrant,
  type SignedIntrospectionTerms,
  signIntrospection,
} from './introspection.js';
export { authorizationServerMetadata, protectedResourceMetadata, type ServerAddresses, signingAlgorithms } from './metadata.js';
export {
  createStatusList,
  decodeStatusList,
  type EncodedStatusList,
  encodeStatusList,
  type StatusBits,
  type StatusList,
  type StatusListRequirements,
  type StatusListTerms,
  setStatus,
  signStatusList,
  statusAt,
  tokenStatus,
  type VerifiedStatusList,
  verifyStatusList,
} from './status-list.js';

// Keys

export { certificateThumbprint } from './keys/certificate.js';
export { exportGrantKey, type GrantKey, generateGrantKey, importGrantKey, type PrivateJwk } from './keys/grant-key.js';
export { type GrantAlgorithm, type PublicJwk, parsePublicJwk, thumbprint, type VerificationKey } from './keys/jwk.js';
export { type Jwks, type KeySet, type KeySetOptions, type KeySource, readKeySet } from './keys/key-set.js';
export { type KeySchedule, publishedKeys, RETIRED_KEY_SECONDS, type RetiredKey, rotateKey, verifyingKeys } from './keys/rotation.js';

// Errors

export { errors, type GrantErrorCode, type OAuthError, oauthErrorOf } from './errors.js';
