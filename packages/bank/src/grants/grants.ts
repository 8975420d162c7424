/**
 * Grants as the bank keeps them: what a campaign offers a vendor, what was issued, what was revoked, which keys sign, and
 * which proofs and assertions were seen before. The formats and signatures are `@numbra/grants`; the endpoints are the gateway's.
 * @module
 */
import {
  type AuditGrant,
  type Grant,
  type GrantAction,
  type GrantedCampaign,
  type Introspection,
  type Jwks,
  type KeySource,
  signIntrospection,
} from '@numbra/grants';
import { grantTerms, type Policy } from '@numbra/policy';
import { ReplayDesk, type ReplayKey } from '../calls/replay.js';
import { findCampaign, termsOf } from '../campaigns/campaign.js';
import type { BankContext } from '../context.js';
import { newId } from '../store/ids.js';
import { type ExchangeOrder, type GrantOrder, type IssuedGrant, issueAgentGrant, issueVendorGrant } from './issue.js';
import type { RotatedKey } from './keys.js';
import { type RevocationOrder, Revocations, revokeAgentGrant, revokeGrant } from './revoke.js';
import { signedStatusList } from './status.js';

export interface OfferQuery {
  readonly vendor: string;
  readonly campaign: string;
}

export interface Grants {
  /** Public keys that verify grants now, as this process last saw them. */
  keys(): Jwks;
  /** The same, looked up now: what is published. */
  publishedKeys(): Promise<Jwks>;
  /** Every key that ever signed, newest first: for manifests and answers, which must verify for years. */
  everyKey(): Promise<Jwks>;
  /** Verifies grants; a key that another process put in place is looked up when it is first met. */
  readonly keySource: KeySource;
  /** Puts a new signing key in place; the old one verifies until the last grant that it signed has ended. @throws `ERR_GRANT_KEY_BUSY` */
  rotateKey(): Promise<RotatedKey>;
  /** Signs the nonces of proofs; the same in every process of the bank. */
  nonceKey(): Promise<Uint8Array>;
  /** What a campaign offers: its own and the policy's limits, under a new identifier. `undefined`: no such open campaign of this vendor. */
  offer(query: OfferQuery): Promise<GrantedCampaign | undefined>;
  /** Issues a grant; it is on record and in the ledger before it is returned. @throws `ERR_GRANT_TERMS` */
  issue(order: GrantOrder): Promise<IssuedGrant>;
  /** Exchanges a vendor's grant for an agent's: see `issueAgentGrant`. `undefined`: the parent was revoked. */
  exchange(order: ExchangeOrder): Promise<IssuedGrant | undefined>;
  /**
   * Revokes a grant and the agents' grants made from it, effective with the next decision on every gateway.
   *
   * @param order - its identifier, `grant_…`; with a vendor, only when it is that vendor's
   * @returns whether this changed anything
   */
  revoke(order: string | RevocationOrder): Promise<boolean>;
  /** Revokes one agent's grant by its `jti`, effective within a second. @returns whether this changed anything */
  revokeAgent(jti: string, vendor: string): Promise<boolean>;
  /** Whether a verified grant was revoked; known here half a second after it was committed at the latest. */
  isRevoked(grant: Grant | AuditGrant): Promise<boolean>;
  /** A status list, signed (draft-ietf-oauth-status-list). `undefined`: there is none of this number. */
  statusList(issuer: string, list: number): Promise<string | undefined>;
  /** Signs what introspection answers (RFC 9701). */
  signIntrospection(answer: Introspection, to: { readonly issuer: string; readonly audience: string }): Promise<string>;
  /** Records proofs and assertions as used, by one atomic insert. @returns for each, in order, whether it was the first time */
  recordReplays(keys: readonly ReplayKey[]): Promise<boolean[]>;
  /** Deletes agents' grants that expired a day ago. @returns how many */
  tidy(): Promise<number>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Calls and the list, and what else the policy releases to this vendor. */
function offeredActions(policy: Policy, { purpose, vendor }: { readonly purpose: string; readonly vendor: string }): GrantAction[] {
  const release = policy.purposes[purpose]?.recipients[vendor];
  const actions: GrantAction[] = ['dial', 'list'];
  if ((release?.answers.length ?? 0) > 0) actions.push('answer');
  if (release?.handover !== undefined) actions.push('handover');
  return actions;
}

export function grantsOf(context: BankContext): Grants {
  const { database, clock, grantKeys } = context;
  const desk = new ReplayDesk(database);
  const revocations = new Revocations(database, clock);
  /** What this process did itself, it knows at once. */
  const known = async (change: Promise<boolean>): Promise<boolean> => {
    const changed = await change;
    revocations.expire();
    return changed;
  };
  return {
    keys: () => grantKeys.published(),
    async publishedKeys() {
      await grantKeys.refresh();
      return grantKeys.published();
    },
    everyKey: () => grantKeys.ever(),
    keySource: (kid, algorithm) => grantKeys.find(kid, algorithm),
    rotateKey: () => grantKeys.rotate(context.random),
    nonceKey: async () => context.keys.proofNonce,
    async offer({ vendor, campaign: id }) {
      const campaign = await findCampaign(database, id);
      if (campaign === undefined || campaign.vendor !== vendor || campaign.state !== 'open') return undefined;
      const policy = await context.policies.refresh(database);
      const { window, budget } = grantTerms(policy, termsOf(campaign));
      return {
        identifier: newId(context, 'grant'),
        actions: offeredActions(policy, campaign),
        purpose: campaign.purpose,
        campaign: id,
        window,
        budget,
      };
    },
    issue: (order) => issueVendorGrant(context, order),
    exchange: (order) => issueAgentGrant(context, order),
    revoke: (order) => known(revokeGrant(context, typeof order === 'string' ? { identifier: order } : order)),
    revokeAgent: (jti, vendor) => known(revokeAgentGrant(context, jti, vendor)),
    isRevoked: (grant) => revocations.includes(grant, 'campaign' in grant ? grant.campaign.identifier : grant.identifier),
    statusList: (issuer, list) => signedStatusList(context, issuer, list),
    async signIntrospection(answer, to) {
      return signIntrospection(answer, { ...to, now: clock() }, await grantKeys.signing());
    },
    recordReplays: (keys) => Promise.all(keys.map((key) => desk.record(key))),
    async tidy() {
      const gone = await database.query('DELETE FROM agent_grant WHERE expires_at < $1 RETURNING jti', [new Date(clock() - DAY_MS)]);
      return gone.length;
    },
    async close() {
      await revocations.close();
      await desk.close();
    },
  };
}
