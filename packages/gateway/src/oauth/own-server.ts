/**
 * A bank that runs an authorization server already (Keycloak and others) lets it issue the tokens: they are verified here by
 * its keys, and what they mean is mapped to a campaign. Limits still come from campaign and policy; a token can only narrow.
 * @module
 */
import { hash } from 'node:crypto';
import type { Bank } from '@numbra/bank';
import { type AskedCampaign, claimedIssuer, type Grant, narrowCampaign, verifyForeignGrant } from '@numbra/grants';
import type { RemoteKeys, RemoteKeysOptions } from './remote-keys.js';

export interface AuthorizationServerOptions extends Partial<RemoteKeysOptions> {
  /** Its `iss`. */
  readonly issuer: string;
  /** Its key set. Its host alone is asked, unless `hosts` says otherwise. */
  readonly jwksUri: string;
  /**
   * What a token grants, from its verified claims: a campaign, and what is to be narrower than campaign and policy have it.
   * `undefined`: nothing. The vendor is the token's client (`client_id`, else `azp`).
   */
  readonly map: (claims: Readonly<Record<string, unknown>>) => AskedCampaign | undefined;
}

export interface ForeignVerifier {
  /** Whether a token says that it is of that server; nothing is verified yet. */
  claims(token: string): boolean;
  /** @throws as `verifyForeignGrant` */
  verify(token: string, audience: string, now: number): Promise<Grant>;
}

export function foreignVerifier(bank: Bank, options: AuthorizationServerOptions, keys: RemoteKeys): ForeignVerifier {
  const { issuer, jwksUri, map } = options;
  return {
    claims: (token) => claimedIssuer(token) === issuer,
    verify: (token, audience, now) =>
      verifyForeignGrant(token, {
        issuer,
        audience,
        now,
        keys: (kid, algorithm) => keys.find(jwksUri, kid, algorithm),
        async campaignOf(claims) {
          const asked = map(claims);
          const { client_id: vendor = claims['azp'], jti } = claims;
          if (asked === undefined || typeof vendor !== 'string' || typeof jti !== 'string') return undefined;
          const offered = await bank.grants.offer({ vendor, campaign: asked.campaign });
          // One token, one identifier, on every gateway: what it used is counted and found under it.
          return offered && { ...narrowCampaign(offered, asked), identifier: `grant_${hash('sha256', `${issuer}\n${jti}`, 'base64url')}` };
        },
      }),
  };
}
