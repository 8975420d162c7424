/**
 * Issuing grants: the vendor's, and by exchange its agents' (RFC 8693). What was issued is on record and in the ledger
 * before anybody has it, and stands in a status list.
 * @module
 */
import {
  type AskedCampaign,
  type CampaignGrantTerms,
  exchangeGrant,
  type Grant,
  type GrantBinding,
  type GrantedCampaign,
  issueGrant,
} from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import type { Queryable } from '../store/database.js';
import { newId } from '../store/ids.js';
import { statusReference, takeStatusNumber } from './status.js';

export interface GrantOrder {
  readonly vendor: string;
  /** Of the key that the grant is bound to (RFC 7638), or of the client certificate; base64url, 43 characters. */
  readonly thumbprint: string;
  /** `dpop` by default. */
  readonly binding?: GrantBinding;
  readonly issuer: string;
  /** The resolver's address. */
  readonly audience: string;
  /** An offer, narrowed or whole. */
  readonly granted: GrantedCampaign;
  /** 300 at most and by default. */
  readonly ttlSeconds?: number;
}

export interface ExchangeOrder {
  /** The vendor's grant, verified; who asks is its vendor. */
  readonly parent: Grant;
  /** The vendor's pseudonym for the person. */
  readonly agent: string;
  /** Of the agent's key. */
  readonly thumbprint: string;
  /** What is asked for, when it is less than the parent has. */
  readonly asked?: AskedCampaign;
}

export interface IssuedGrant {
  readonly accessToken: string;
  readonly granted: GrantedCampaign;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const LONGEST_SECONDS = 300;

/** Issues a vendor's grant. @throws `ERR_GRANT_TERMS` */
export async function issueVendorGrant(context: BankContext, order: GrantOrder): Promise<IssuedGrant> {
  const { vendor, thumbprint, binding = 'dpop', issuer, audience, granted, ttlSeconds = LONGEST_SECONDS } = order;
  const { database, clock } = context;
  const number = await takeStatusNumber(database);
  const now = clock();
  const terms: CampaignGrantTerms = {
    issuer,
    audience,
    clientId: vendor,
    thumbprint,
    binding,
    campaign: granted,
    now,
    ttlSeconds,
    jti: newId(context, 'jti'),
    status: statusReference(context, issuer, number),
  };
  const accessToken = await issueGrant(terms, await context.grantKeys.signing());
  const expiresAt = (Math.floor(now / 1000) + ttlSeconds) * 1000;
  await database.transaction(async (tx) => {
    await tx.query(
      `INSERT INTO issued_grant (identifier, vendor, campaign, expires_at, status) SELECT $1, $2, number, $4, $5 FROM campaign WHERE id = $3`,
      [granted.identifier, vendor, granted.campaign, new Date(expiresAt), number],
    );
    await enter(context, tx, terms, expiresAt);
  });
  return { accessToken, granted, expiresAt };
}

/**
 * Exchanges a vendor's grant for an agent's.
 *
 * @returns `undefined`: the parent is not on record here, or was revoked
 * @throws `ERR_EXCHANGE_ACTOR` · `ERR_EXCHANGE_KEY` · `ERR_DETAILS_WIDER` · `ERR_GRANT_EXPIRED`; nothing was issued
 */
export async function issueAgentGrant(context: BankContext, order: ExchangeOrder): Promise<IssuedGrant | undefined> {
  const { parent } = order;
  const { database, clock } = context;
  const now = clock();
  const decided = exchangeGrant({ ...order, now, jti: newId(context, 'jti') });
  const number = await takeStatusNumber(database);
  const terms = { ...decided, status: statusReference(context, parent.issuer, number) };
  const accessToken = await issueGrant(terms, await context.grantKeys.signing());
  const expiresAt = (Math.floor(now / 1000) + (terms.ttlSeconds ?? 0)) * 1000;
  return database.transaction(async (tx) => {
    // Held until this commits, so that a revocation of the parent finds this child, or this finds the revocation.
    const [row] = await tx.query(
      `SELECT FROM issued_grant g JOIN vendor v ON v.id = g.vendor CROSS JOIN bank k
        WHERE g.identifier = $1 AND g.vendor = $2 AND g.revoked_at IS NULL AND v.revoked_at IS NULL AND k.minimum_issued_at <= $3
          FOR SHARE OF g`,
      [parent.campaign.identifier, parent.clientId, new Date(parent.issuedAt)],
    );
    if (row === undefined) return undefined;
    await tx.query('INSERT INTO agent_grant (jti, identifier, agent, status, expires_at) VALUES ($1, $2, $3, $4, $5)', [
      terms.jti,
      parent.campaign.identifier,
      order.agent,
      number,
      new Date(expiresAt),
    ]);
    await enter(context, tx, terms, expiresAt);
    return { accessToken, granted: terms.campaign, expiresAt };
  });
}

async function enter(context: BankContext, tx: Queryable, terms: CampaignGrantTerms, expires: number): Promise<void> {
  const { campaign, clientId, act, thumbprint, now } = terms;
  const entry = {
    grant: campaign.identifier,
    vendor: clientId,
    campaign: campaign.campaign,
    purpose: campaign.purpose,
    ...(act !== undefined && { agent: act }),
    actions: [...campaign.actions],
    key: new Uint8Array(Buffer.from(thumbprint, 'base64url')),
    expires,
  };
  await appendEntries(tx, [writeEntry('grant.issued', entry, { at: now, nonce: context.random(16) })]);
}
