/**
 * Authentication of a request to the resolver: a grant (RFC 9068) and a proof of the key it is bound to (RFC 9449 § 7), or
 * the TLS client certificate it is bound to (RFC 8705 § 3). Grants are cached by digest; proofs never. What was verified is recorded as used last, by one atomic insert, so that a
 * request refused for another reason burns nothing.
 * @module
 */
import type { Bank } from '@numbra/bank';
import { isNumbraError } from '@numbra/core';
import {
  type AuditGrant,
  acceptsProofNonce,
  type Grant,
  type GrantRequirements,
  grantDigest,
  isCurrent,
  oauthErrorOf,
  PROOF_SECONDS,
  type ProofKey,
  proofNonce,
  signingAlgorithms,
  type VerifiedProof,
  verifyAuditGrant,
  verifyGrant,
  verifyProof,
} from '@numbra/grants';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { AddressBook } from '../addresses.js';
import type { ProblemCode } from '../problems/problem.js';
import { certificateOf } from './certificate.js';
import { RESOURCE_METADATA_PATH } from './metadata.js';
import type { ForeignVerifier } from './own-server.js';

export interface AuthenticatorOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly clock: () => number;
  /** Grants kept; 5,000 by default. */
  readonly grantsKept?: number;
  /** Tokens of an authorization server that the bank runs already. */
  readonly foreign?: ForeignVerifier;
}

/** A vendor's grant for a campaign, or an auditor's for the ledger's entries. */
export type AnyGrant = Grant | AuditGrant;

/** Whether a grant is for a campaign, with this action. */
export const allows = (grant: AnyGrant, action: Grant['campaign']['actions'][number]): grant is Grant =>
  'campaign' in grant && grant.campaign.actions.includes(action);

/** Who asks, by a grant that holds now and a proof that was not recorded yet. */
export interface Authenticated {
  readonly outcome: 'authenticated';
  readonly grant: AnyGrant;
  /** Absent: the connection's certificate is the proof, and there is nothing that could be replayed. */
  readonly proof?: VerifiedProof;
}

/** Why not. `error` is what the challenge says (RFC 6750 § 3.1, RFC 9449 § 7.1); none when no credentials were sent. */
export interface Unauthenticated {
  readonly outcome: 'unauthenticated';
  readonly problem: ProblemCode;
  readonly error?: string;
}

/** Holders' keys kept, about 2 kB each. A person's grants live for two minutes, and their key for a shift. */
const KEYS_KEPT = 10_000;

/** How long a proof's key is remembered: as long as the proof could pass, both clocks' difference included. */
export const PROOF_REMEMBERED_MS = (PROOF_SECONDS + 10) * 1000;

const NO_CREDENTIALS: Unauthenticated = { outcome: 'unauthenticated', problem: 'credentials-missing' };
/** Forged, ended, revoked, of another issuer or for another resource: one answer. */
export const GRANT_INVALID: Unauthenticated = { outcome: 'unauthenticated', problem: 'grant-invalid', error: 'invalid_token' };
const PROOF_INVALID: Unauthenticated = { outcome: 'unauthenticated', problem: 'proof-invalid', error: 'invalid_dpop_proof' };
const NONCE_REQUIRED: Unauthenticated = { outcome: 'unauthenticated', problem: 'proof-nonce-required', error: 'use_dpop_nonce' };

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #grants: LRUCache<string, AnyGrant>;
  /** Keys as their last proof carried them, by thumbprint: an equal header needs no import. The signature is verified all the same. */
  readonly #keys = new LRUCache<string, ProofKey>({ max: KEYS_KEPT });
  readonly #failures = new Map<string, number>();
  #nonceKey: Uint8Array | undefined;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#grants = new LRUCache({ max: options.grantsKept ?? 5_000 });
  }

  /** Grants in memory. */
  get grantsKept(): number {
    return this.#grants.size;
  }

  /** Verifies the credentials of a request. Nothing is recorded. */
  async authenticate(request: FastifyRequest): Promise<Authenticated | Unauthenticated> {
    const { authorization = [], dpop = [] } = request.raw.headersDistinct;
    if (authorization.length === 0) return NO_CREDENTIALS;
    const [, scheme, token] = (authorization.length === 1 && /^(DPoP|Bearer) ([^\s,]+)$/i.exec(authorization[0]!)) || [];
    if (scheme === undefined || token === undefined) return GRANT_INVALID;
    const bearer = scheme.toLowerCase() === 'bearer';
    if (!bearer && dpop.length !== 1) return PROOF_INVALID;

    const digest = grantDigest(token);
    const grant = await this.#grant(token, digest);
    // A grant bound to a key is never taken as Bearer, nor one bound to a certificate with a proof.
    if (grant === undefined || (grant.binding === 'mtls') !== bearer) return GRANT_INVALID;
    if (await this.#options.bank.grants.isRevoked(grant)) {
      this.#grants.delete(digest);
      this.#count('grant-revoked');
      return GRANT_INVALID;
    }
    if (bearer) return this.#byCertificate(request, grant, dpop.length);
    const now = this.#options.clock();
    const nonceKey = await this.nonceKey();
    const knownKey = this.#keys.get(grant.thumbprint);
    try {
      const proof = await verifyProof(dpop[0]!, {
        htm: request.method,
        htu: `${this.#options.addresses.current.resource}${pathOf(request)}`,
        accessTokenHash: digest,
        expectedThumbprint: grant.thumbprint,
        ...(knownKey !== undefined && { knownKey }),
        // Not asked for here; but one that is held must be ours.
        acceptNonce: (nonce) => nonce === undefined || acceptsProofNonce(nonceKey, nonce, now),
        now,
      });
      if (proof.key !== knownKey) this.#keys.set(grant.thumbprint, proof.key);
      return { outcome: 'authenticated', grant, proof };
    } catch (error) {
      if (!isNumbraError(error) || oauthErrorOf(error.code) === undefined) throw error;
      this.#count(error.code);
      return error.code === 'ERR_DPOP_NONCE' ? NONCE_REQUIRED : PROOF_INVALID;
    }
  }

  #byCertificate(request: FastifyRequest, grant: AnyGrant, proofs: number): Authenticated | Unauthenticated {
    if (proofs === 0 && certificateOf(request)?.thumbprint === grant.thumbprint) return { outcome: 'authenticated', grant };
    this.#count('certificate-other');
    return GRANT_INVALID;
  }

  /** Records the proof as used. @returns `undefined` the first time, the refusal after that */
  async recordUse({ proof }: Authenticated): Promise<Unauthenticated | undefined> {
    if (proof === undefined) return undefined;
    const [first] = await this.#options.bank.grants.recordReplays([
      { key: proof.replayKey, expiresAt: this.#options.clock() + PROOF_REMEMBERED_MS },
    ]);
    if (first === true) return undefined;
    this.#count('proof-replayed');
    return PROOF_INVALID;
  }

  /** Requests without a valid grant and proof since the start, by exact reason: our codes, `proof-replayed`. For the bank only. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  #count(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  /** Forgets a grant that the bank says was revoked. */
  forget(grant: AnyGrant): void {
    for (const [digest, kept] of this.#grants) if (kept.jti === grant.jti) this.#grants.delete(digest);
  }

  /** Verifies a grant that this bank issued, as a document: nobody has proven to hold it. @throws as `verifyGrant` */
  verifyOwn(token: string): Promise<AnyGrant> {
    const { bank, addresses, clock } = this.#options;
    const { issuer, resource } = addresses.current;
    return verifyAny(token, { issuer, audience: resource, keys: bank.grants.keySource, now: clock() });
  }

  /** As {@link verifyOwn}; `undefined` when it does not verify or was revoked. */
  async lookAt(token: string): Promise<AnyGrant | undefined> {
    try {
      const grant = await this.verifyOwn(token);
      return (await this.#options.bank.grants.isRevoked(grant)) ? undefined : grant;
    } catch (error) {
      if (!isNumbraError(error) || oauthErrorOf(error.code) === undefined) throw error;
      return undefined;
    }
  }

  async nonceKey(): Promise<Uint8Array> {
    this.#nonceKey ??= await this.#options.bank.grants.nonceKey();
    return this.#nonceKey;
  }

  async #grant(token: string, digest: string): Promise<AnyGrant | undefined> {
    const { addresses, clock, foreign } = this.#options;
    const known = this.#grants.get(digest);
    if (known !== undefined) {
      if (isCurrent(known, clock())) return known;
      this.#grants.delete(digest);
      return undefined;
    }
    try {
      const grant =
        foreign?.claims(token) === true ? await foreign.verify(token, addresses.current.resource, clock()) : await this.verifyOwn(token);
      this.#grants.set(digest, grant);
      return grant;
    } catch (error) {
      if (!isNumbraError(error) || oauthErrorOf(error.code) === undefined) throw error;
      this.#count(error.code);
      return undefined;
    }
  }

  /** The answer's challenge (RFC 9110 § 11.6.1). */
  async challenge(reply: FastifyReply, { error }: Pick<Unauthenticated, 'error'>): Promise<void> {
    const { addresses, clock } = this.#options;
    const parameters = [
      ...(error === undefined ? [] : [`error="${error}"`]),
      `algs="${signingAlgorithms.join(' ')}"`,
      `resource_metadata="${addresses.current.resource}${RESOURCE_METADATA_PATH}"`,
    ];
    reply.header('www-authenticate', `DPoP ${parameters.join(', ')}`);
    if (error === 'use_dpop_nonce') reply.header('dpop-nonce', proofNonce(await this.nonceKey(), clock()));
  }
}

/** The two kinds have different types in them, so neither is ever taken for the other. */
async function verifyAny(token: string, requirements: GrantRequirements): Promise<AnyGrant> {
  try {
    return await verifyGrant(token, requirements);
  } catch (error) {
    if (isNumbraError(error) && error.code === 'ERR_GRANT_CLAIMS') return verifyAuditGrant(token, requirements);
    throw error;
  }
}

/** The address as sent, without its query: the client signed this spelling. */
function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf('?');
  return end < 0 ? request.url : request.url.slice(0, end);
}
