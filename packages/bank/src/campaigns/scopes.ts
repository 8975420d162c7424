/**
 * The scopes that this process has keys for: loaded from the store by campaign, wiped after 60 seconds, and at once when any process
 * says that a campaign's keys changed (rotated, withdrawn, shredded). Deciding whether a campaign may still be used is the caller's: it
 * reads the state under its locks.
 * @module
 */
import { type Keyring, type Name, openScope, type Scope } from '@numbra/core';
import { LRUCache } from 'lru-cache';
import type { Database, Queryable } from '../store/database.js';
import { unwrapCurrent } from './secret.js';

/** One campaign's keys. Scopes may be closed at any later time: use them before the next `await`, or ask again. */
export interface CampaignKeys {
  readonly number: number;
  readonly id: string;
  readonly vendor: string;
  readonly purpose: string;
  /** Newest first; one, or two between a rotation and the withdrawal of the older list; none once shredded. */
  readonly generations: readonly CampaignGeneration[];
}

export interface CampaignGeneration {
  readonly generation: number;
  readonly scope: Scope;
}

export interface Scopes {
  /** The keys of a campaign, or `undefined` when there is no such campaign. */
  of(campaign: string): Promise<CampaignKeys | undefined>;
  /** Wipes what is kept of one campaign, or of all. */
  forget(campaign?: string): void;
  /** Stops listening and wipes everything. */
  close(): Promise<void>;
}

/** Says that a campaign's keys changed; heard when the caller's transaction is committed. */
export async function announceKeys(tx: Queryable, campaign: string): Promise<void> {
  await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, campaign]);
}

const CHANNEL = 'numbra_campaign_keys';
const KEPT_MS = 60_000;
const KEPT_CAMPAIGNS = 256;

interface SecretRow {
  readonly number: number;
  readonly vendor: string;
  readonly purpose: string;
  readonly generation: number;
  readonly wrapped: Uint8Array | null;
  readonly tag: Uint8Array | null;
}

export interface ScopeSource {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly name: Name;
  readonly referenceLength: number;
}

/** Loads one campaign's keys; `undefined`: there is no such campaign. */
export type LoadKeys = (campaign: string) => Promise<CampaignKeys | undefined>;

/** Opens the scopes of a process, and listens for changes of keys. */
export async function openScopes(database: Database, loadKeys: LoadKeys): Promise<Scopes> {
  const kept = new LRUCache<string, CampaignKeys>({
    max: KEPT_CAMPAIGNS,
    ttl: KEPT_MS,
    // Without it a key that nobody asks for would stay in memory for as long as nothing takes its place.
    ttlAutopurge: true,
    dispose: (keys) => {
      for (const { scope } of keys.generations) scope.close();
    },
  });
  const loading = new Map<string, Promise<CampaignKeys | undefined>>();
  const forget = (campaign?: string): void => {
    if (campaign === undefined) {
      loading.clear();
      kept.clear();
    } else {
      loading.delete(campaign);
      kept.delete(campaign);
    }
  };
  const stop = await database.listen(CHANNEL, forget);
  return {
    of(campaign) {
      const found = kept.get(campaign);
      if (found !== undefined) return Promise.resolve(found);
      const running = loading.get(campaign);
      if (running !== undefined) return running;
      const load = loadKeys(campaign)
        .then((keys) => {
          // Forgotten while it was being loaded: give it to those who wait, keep it for nobody.
          if (keys !== undefined && loading.get(campaign) === load) kept.set(campaign, keys);
          return keys;
        })
        .finally(() => {
          if (loading.get(campaign) === load) loading.delete(campaign);
        });
      loading.set(campaign, load);
      return load;
    },
    forget,
    async close() {
      await stop();
      forget();
    },
  };
}

/** Derives a campaign's keys in this process, from its keyring. */
export async function loadFromKeyring(source: ScopeSource, campaign: string): Promise<CampaignKeys | undefined> {
  const rows = await source.database.query<SecretRow>(
    `SELECT c.number, c.vendor, c.purpose, s.generation, s.wrapped, s.tag
       FROM campaign c LEFT JOIN campaign_secret s ON s.campaign = c.number AND s.wrapped IS NOT NULL
      WHERE c.id = $1 ORDER BY s.generation DESC`,
    [campaign],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  const identity = { bank: source.name, vendor: first.vendor as Name, purpose: first.purpose as Name, campaign: campaign as Name };
  const generations: CampaignGeneration[] = [];
  for (const { generation, wrapped, tag } of rows) {
    if (wrapped === null || tag === null) continue;
    const campaignSecret = await unwrapCurrent(source.keyring, wrapped);
    const scope = await openScope(source.keyring, { identity, tag, campaignSecret, referenceLength: source.referenceLength });
    campaignSecret.fill(0);
    generations.push({ generation, scope });
  }
  return { number: first.number, id: campaign, vendor: first.vendor, purpose: first.purpose, generations };
}
