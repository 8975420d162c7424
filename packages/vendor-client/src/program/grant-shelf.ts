/**
 * Grants in hand, one a campaign, and of so many campaigns at most: whoever asks for ever new ones costs no memory.
 * @module
 */
import type { HeldGrant, Session } from '../session.js';

/** A desk works in a few campaigns at a time; a grant is about 1 KB. */
export const GRANTS_KEPT = 256;

export interface GrantShelf {
  /** @throws as `Session.grant` */
  grant(campaign: string): Promise<HeldGrant>;
  drop(campaign: string, grant: HeldGrant): void;
  /** Campaigns at the moment. */
  readonly size: number;
}

export function createGrantShelf(session: Session, most: number = GRANTS_KEPT): GrantShelf {
  // In the order of use: what was used longest ago comes first.
  const shelf = new Map<string, HeldGrant | undefined>();
  return {
    get size() {
      return shelf.size;
    },
    async grant(campaign) {
      const before = shelf.get(campaign);
      shelf.delete(campaign);
      shelf.set(campaign, before);
      for (const [oldest, held] of shelf) {
        if (shelf.size <= most) break;
        shelf.delete(oldest);
        session.drop(oldest, held);
      }
      try {
        const grant = await session.grant(campaign);
        if (shelf.has(campaign)) shelf.set(campaign, grant);
        else session.drop(campaign, grant); // put away while it was being asked for
        return grant;
      } catch (error) {
        if (shelf.get(campaign) === before) shelf.delete(campaign);
        throw error;
      }
    },
    drop(campaign, grant) {
      session.drop(campaign, grant);
      if (shelf.get(campaign) === grant) shelf.delete(campaign);
    },
  };
}
