/**
 * Scope keys on their way to a gateway: derived from the keyring for campaigns that are open, and made into scopes on the other side.
 * @module
 */
import { type Name, Scope, type ScopeIdentity } from '@numbra/core';
import type { CampaignKeys } from '../campaigns/scopes.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { HandedCampaign, HandedGeneration } from './key-service.js';

interface SecretRow {
  readonly number: number;
  readonly vendor: string;
  readonly purpose: string;
  readonly generation: number | null;
  readonly wrapped: Uint8Array | null;
  readonly tag: Uint8Array | null;
}

/**
 * A campaign's keys as they are handed over. Nothing is kept here: a secret that is gone from the store is gone with the next question.
 *
 * @throws `ERR_KEY_NOT_HANDED_OUT`: a keyring whose scope keys never leave it
 */
export async function handCampaign(
  { database, keyring, name }: Pick<BankContext, 'database' | 'keyring' | 'name'>,
  campaign: string,
): Promise<HandedCampaign | undefined> {
  const rows = await database.query<SecretRow>(
    `SELECT c.number, c.vendor, c.purpose, s.generation, s.wrapped, s.tag
       FROM campaign c LEFT JOIN campaign_secret s ON s.campaign = c.number AND s.wrapped IS NOT NULL AND c.state = 'open'
      WHERE c.id = $1 ORDER BY s.generation DESC`,
    [campaign],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  if (keyring.scopeCiphers !== undefined) throw fail('ERR_KEY_NOT_HANDED_OUT');
  const identity = identityOf(name, campaign, first);
  const generations: HandedGeneration[] = [];
  for (const { generation, wrapped, tag } of rows) {
    if (generation === null || wrapped === null || tag === null) continue;
    const secret = await keyring.unwrapSecret(wrapped);
    try {
      const [referenceKey, dialKey] = [await keyring.scopeKey('ref', identity, secret), await keyring.scopeKey('dial', identity, secret)];
      generations.push({ generation, tag, referenceKey, dialKey });
    } finally {
      secret.fill(0);
    }
  }
  return { number: first.number, vendor: first.vendor, purpose: first.purpose, generations };
}

/** Makes scopes of what was handed over, and wipes it. */
export function receiveCampaign(
  { name, referenceLength }: Pick<BankContext, 'name' | 'referenceLength'>,
  campaign: string,
  handed: HandedCampaign,
): CampaignKeys {
  const identity = identityOf(name, campaign, handed);
  const generations = handed.generations.map(({ generation, tag, referenceKey, dialKey }) => {
    const scope = new Scope({ identity, tag, referenceKey, dialKey, referenceLength });
    referenceKey.fill(0);
    dialKey.fill(0);
    return { generation, scope };
  });
  return { number: handed.number, id: campaign, vendor: handed.vendor, purpose: handed.purpose, generations };
}

function identityOf(
  bank: Name,
  campaign: string,
  { vendor, purpose }: { readonly vendor: string; readonly purpose: string },
): ScopeIdentity {
  // Names of the store were parsed when they were written.
  return { bank, vendor: vendor as Name, purpose: purpose as Name, campaign: campaign as Name };
}
