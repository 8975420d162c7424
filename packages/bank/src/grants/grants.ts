/**
 * Grants as the bank keeps them: what a campaign offers a vendor, what was issued, what was revoked, and which proofs and assertions
 * were seen before. The formats and signatures are `@numbra/grants`; the endpoint is the gateway's.
 * @module
 */
import { type GrantedCampaign, issueGrant, type Jwks } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import { grantTerms } from '@numbra/policy';
import { ReplayDesk, type ReplayKey } from '../calls/replay.js';
import { findCampaign, termsOf } from '../campaigns/campaign.js';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { newId } from '../store/ids.js';

export interface OfferQuery {
  readonly vendor: string;
  readonly campaign: string;
}

export interface GrantOrder {
  readonly vendor: string;
  /** Of the key that the grant is bound to (RFC 7638). */
  readonly thumbprint: string;
  readonly issuer: string;
  /** The resolver's address. */
  readonly audience: string;
  /** An offer, narrowed or whole. */
  readonly granted: GrantedCampaign;
  /** 300 at most and by default. */
  readonly ttlSeconds?: number;
}

export interface IssuedGrant {
  readonly accessToken: string;
  readonly granted: GrantedCampaign;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface Grants {
  /** Public keys that verify grants and manifests. */
  keys(): Jwks;
  /** Signs the nonces of proofs; the same in every process of the bank. */
  nonceKey(): Promise<Uint8Array>;
  /** What a campaign offers: its own and the policy's limits, under a new identifier. `undefined`: no such open campaign of this vendor. */
  offer(query: OfferQuery): Promise<GrantedCampaign | undefined>;
  /** Issues a grant; it is on record and in the ledger before it is returned. @throws `ERR_GRANT_TERMS` */
  issue(order: GrantOrder): Promise<IssuedGrant>;
  /** Revokes a grant, effective with the next decision on every gateway. @returns whether this changed anything */
  revoke(identifier: string): Promise<boolean>;
  /** Records proofs and assertions as used, by one atomic insert. @returns for each, in order, whether it was the first time */
  recordReplays(keys: readonly ReplayKey[]): Promise<boolean[]>;
  close(): Promise<void>;
}

const LONGEST_SECONDS = 300;

export function grantsOf(context: BankContext): Grants {
  const { database, grantKey, clock } = context;
  const desk = new ReplayDesk(database);
  return {
    keys: () => ({ keys: [grantKey.publicJwk] }),
    nonceKey: async () => context.keys.proofNonce,
    async offer({ vendor, campaign: id }) {
      const campaign = await findCampaign(database, id);
      if (campaign === undefined || campaign.vendor !== vendor || campaign.state !== 'open') return undefined;
      const policy = await context.policies.refresh(database);
      const { window, budget } = grantTerms(policy, termsOf(campaign));
      return { identifier: newId(context, 'grant'), actions: ['dial'], purpose: campaign.purpose, campaign: id, window, budget };
    },
    async issue({ vendor, thumbprint, issuer, audience, granted, ttlSeconds = LONGEST_SECONDS }) {
      const now = clock();
      const terms = { issuer, audience, clientId: vendor, thumbprint, campaign: granted, now, ttlSeconds, jti: newId(context, 'jti') };
      const accessToken = await issueGrant(terms, grantKey);
      const expiresAt = (Math.floor(now / 1000) + ttlSeconds) * 1000;
      await database.transaction(async (tx) => {
        await tx.query(
          `INSERT INTO issued_grant (identifier, vendor, campaign, expires_at) SELECT $1, $2, number, $4 FROM campaign WHERE id = $3`,
          [granted.identifier, vendor, granted.campaign, new Date(expiresAt)],
        );
        const entry = {
          grant: granted.identifier,
          vendor,
          campaign: granted.campaign,
          purpose: granted.purpose,
          actions: [...granted.actions],
          key: new Uint8Array(Buffer.from(thumbprint, 'base64url')),
          expires: expiresAt,
        };
        await appendEntries(tx, [writeEntry('grant.issued', entry, { at: now, nonce: context.random(16) })]);
      });
      return { accessToken, granted, expiresAt };
    },
    async revoke(identifier) {
      const at = clock();
      return database.transaction(async (tx) => {
        const [row] = await tx.query<{ vendor: string }>(
          'UPDATE issued_grant SET revoked_at = $2 WHERE identifier = $1 AND revoked_at IS NULL RETURNING vendor',
          [identifier, new Date(at)],
        );
        if (row === undefined) return false;
        await appendEntries(tx, [
          writeEntry('grant.revoked', { grant: identifier, vendor: row.vendor }, { at, nonce: context.random(16) }),
        ]);
        return true;
      });
    },
    recordReplays: (keys) => Promise.all(keys.map((key) => desk.record(key))),
    close: () => desk.close(),
  };
}
