/**
 * Audit grants: they let an auditor's client read the ledger's entries, and nothing else. Their one authorization_details
 * object has a type of its own and no campaign, so that neither kind of grant is ever taken for the other.
 * @module
 */
import { fail } from '../errors.js';
import type { GrantKey } from '../keys/grant-key.js';
import { hasMembers, type Json, type JsonObject } from '../strict/json.js';
import { isGrantIdentifier, onlyObject } from './campaign.js';
import { type GrantFacts, readFacts } from './grant.js';
import { type GrantTerms, signGrant, termsToClaims } from './issue.js';
import { checkGrant, type GrantRequirements, verifyGrantClaims } from './verify.js';

/** A verified audit grant, frozen. Only `verifyAuditGrant` makes one. */
export interface AuditGrant extends GrantFacts {
  readonly '~numbra': 'AuditGrant';
  /** For revocation. */
  readonly identifier: string;
}

export interface AuditGrantTerms extends GrantTerms {
  /** `grant_` and 8 to 64 characters. */
  readonly identifier: string;
}

const AUDIT_TYPE = 'numbra_audit';

/** Issues an audit grant. @throws `ERR_GRANT_TERMS`: a term is not acceptable (`where.field`); nothing is signed */
export async function issueAuditGrant(terms: AuditGrantTerms, key: GrantKey): Promise<string> {
  const claims: JsonObject = { ...termsToClaims(terms), authorization_details: auditDetails(terms.identifier) };
  const read = readAuditGrant(claims);
  if (typeof read === 'string') throw fail('ERR_GRANT_TERMS', { field: read });
  return signGrant(claims, key);
}

/** Verifies an audit grant. @throws as `verifyGrant`; a campaign's grant is `ERR_GRANT_CLAIMS` */
export async function verifyAuditGrant(token: string, requirements: GrantRequirements): Promise<AuditGrant> {
  const grant = readAuditGrant(await verifyGrantClaims(token, requirements.keys));
  if (typeof grant === 'string') throw fail('ERR_GRANT_CLAIMS', { field: grant });
  checkGrant(grant, requirements);
  return grant;
}

/** The authorization_details array of an audit grant. */
export function auditDetails(identifier: string): readonly [JsonObject] {
  return [{ type: AUDIT_TYPE, identifier, actions: ['audit'] }];
}

function readAuditGrant(claims: JsonObject): AuditGrant | string {
  const facts = readFacts(claims);
  if (typeof facts === 'string') return facts;
  const details = onlyObject(claims.authorization_details);
  if (!details || !hasMembers(details, ['type', 'identifier', 'actions'])) return 'authorization_details';
  if (details.type !== AUDIT_TYPE) return 'type';
  if (!isAuditOnly(details.actions)) return 'actions';
  if (!isGrantIdentifier(details.identifier)) return 'identifier';
  // The brand exists for the compiler only; this is the one place that makes it.
  return Object.freeze({ ...facts, identifier: details.identifier }) as AuditGrant;
}

function isAuditOnly(actions: Json | undefined): boolean {
  return Array.isArray(actions) && actions.length === 1 && actions[0] === 'audit';
}
