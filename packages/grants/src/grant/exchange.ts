/**
 * Token exchange (RFC 8693): a vendor's grant becomes an agent's, which names the person by the vendor's pseudonym, has a key
 * of its own, lives for 120 seconds at most and never longer or wider than its parent. It keeps its parent's identifier:
 * revoking that ends both.
 * @module
 */
import { fail } from '../errors.js';
import { isName } from './campaign.js';
import { AGENT_GRANT_SECONDS, type Grant, type GrantBinding, type StatusReference } from './grant.js';
import type { CampaignGrantTerms } from './issue.js';
import { type AskedCampaign, narrowCampaign } from './narrow.js';

export const EXCHANGE_GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** `subject_token_type` of the request and `issued_token_type` of the answer. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

export interface Exchange {
  /** The vendor's grant, verified, bound to the vendor that asks, and not revoked: the caller has looked. */
  readonly parent: Grant;
  /** The vendor's pseudonym for the person. */
  readonly agent: string;
  /** Of the agent's key, which proved itself in this request; base64url, 43 characters. */
  readonly thumbprint: string;
  readonly binding?: GrantBinding;
  /** What is asked for, if less than the parent has. */
  readonly asked?: AskedCampaign;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly jti: string;
  readonly status?: StatusReference;
}

/**
 * Decides an exchange.
 *
 * @returns the terms of the agent grant, for `issueGrant`
 * @throws `ERR_EXCHANGE_ACTOR`: the parent is an agent grant itself, or the pseudonym is not well formed · `ERR_EXCHANGE_KEY`: the
 *   vendor's own key · `ERR_DETAILS_WIDER`: more is asked for than the parent has · `ERR_GRANT_EXPIRED`: the parent has ended
 * @see https://www.rfc-editor.org/rfc/rfc8693#section-2
 */
export function exchangeGrant({ parent, agent, thumbprint, binding, asked, now, jti, status }: Exchange): CampaignGrantTerms {
  if (parent.actor !== undefined || !isName(agent)) throw fail('ERR_EXCHANGE_ACTOR');
  if (thumbprint === parent.thumbprint) throw fail('ERR_EXCHANGE_KEY');
  // Times in a grant are whole seconds: the child's is counted from the second that it is issued in.
  const remaining = Math.floor(parent.expiresAt / 1000) - Math.floor(now / 1000);
  if (now >= parent.expiresAt || remaining < 1) throw fail('ERR_GRANT_EXPIRED');
  return {
    issuer: parent.issuer,
    audience: parent.audience,
    clientId: parent.clientId,
    thumbprint,
    binding: binding ?? 'dpop',
    campaign: narrowCampaign(parent.campaign, asked ?? { campaign: parent.campaign.campaign }),
    now,
    ttlSeconds: Math.min(AGENT_GRANT_SECONDS, remaining),
    jti,
    act: agent,
    ...(status !== undefined && { status }),
  };
}
