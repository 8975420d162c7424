/**
 * Token exchange (RFC 8693) as the gateway reads it: a vendor's own grant goes in, and the agent is named by the parameter
 * `agent`. There is no actor_token: the vendor, who is authenticated, says who the person is, and the agent's key proves
 * itself by the proof of the same request.
 * @module
 */
import { isNumbraError } from '@numbra/core';
import { ACCESS_TOKEN_TYPE, type AskedCampaign, type Grant, oauthErrorOf, parseAskedCampaign } from '@numbra/grants';
import type { Authenticator } from './authenticate.js';
import type { Form } from './client.js';
import { OAuthRefusal } from './errors.js';

export interface ExchangeAsked {
  readonly parent: Grant;
  readonly agent: string;
  readonly asked?: AskedCampaign;
}

export const notExchangeable = (): OAuthRefusal => new OAuthRefusal('invalid_request', 'This subject_token cannot be exchanged.');

/**
 * Reads an exchange.
 *
 * @param clientId - the vendor that asks
 * @throws OAuthRefusal: forged, ended, revoked, an agent's or another vendor's subject_token is one answer
 */
export async function parentOf(authenticator: Authenticator, form: Form, clientId: string): Promise<ExchangeAsked> {
  const { subject_token: subject, subject_token_type: type, requested_token_type: requested = ACCESS_TOKEN_TYPE, agent } = form;
  if (subject === undefined || type === undefined || agent === undefined)
    throw new OAuthRefusal('invalid_request', 'An exchange needs subject_token, subject_token_type and agent.');
  if (type !== ACCESS_TOKEN_TYPE || requested !== ACCESS_TOKEN_TYPE)
    throw new OAuthRefusal('invalid_request', 'Only access tokens are exchanged, for access tokens.');
  if (form['actor_token'] !== undefined || form['actor_token_type'] !== undefined)
    throw new OAuthRefusal('invalid_request', 'The agent is named by the parameter agent, not by an actor_token.');
  const grant = await ownGrant(authenticator, subject);
  if (grant === undefined || !('campaign' in grant) || grant.clientId !== clientId) throw notExchangeable();
  const details = form['authorization_details'];
  return { parent: grant, agent, ...(details !== undefined && { asked: parseAskedCampaign(details) }) };
}

async function ownGrant(authenticator: Authenticator, token: string) {
  try {
    return await authenticator.verifyOwn(token);
  } catch (error) {
    if (isNumbraError(error) && oauthErrorOf(error.code) !== undefined) return undefined;
    throw error;
  }
}
