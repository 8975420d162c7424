import { describe, expect, it } from 'vitest';
import type { HeldGrant, Session } from '../session.js';
import { createGrantShelf } from './grant-shelf.js';

/** A session that counts what it holds. */
function countingSession() {
  const held = new Map<string, HeldGrant>();
  let asked = 0;
  const session: Pick<Session, 'grant' | 'drop'> = {
    async grant(campaign) {
      const before = held.get(campaign);
      if (before) return before;
      asked += 1;
      await Promise.resolve();
      if (campaign.startsWith('refused')) throw new Error('refused');
      const grant = { accessToken: `${campaign} ${asked}`, digest: '', expiresAt: 0 };
      held.set(campaign, grant);
      return grant;
    },
    drop(campaign, grant) {
      if (held.get(campaign) === grant) held.delete(campaign);
    },
  };
  return { held, session: session as Session, asked: () => asked };
}

describe('grants in hand', () => {
  it('are of so many campaigns at most: what was used longest ago goes first', async () => {
    const { held, session, asked } = countingSession();
    const shelf = createGrantShelf(session, 2);
    await shelf.grant('a');
    await shelf.grant('b');
    await shelf.grant('a');
    await shelf.grant('c');
    expect([...held.keys()]).toEqual(['a', 'c']);
    expect([shelf.size, asked()]).toEqual([2, 3]);
    await shelf.grant('b');
    expect(asked()).toBe(4);
  });

  it('do not grow with campaigns that come all at once, nor with those that are refused', async () => {
    const { held, session } = countingSession();
    const shelf = createGrantShelf(session, 8);
    const names = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? `refused-${i}` : `c-${i}`));
    await Promise.allSettled(names.map((name) => shelf.grant(name)));
    expect(shelf.size).toBeLessThanOrEqual(8);
    expect(held.size).toBeLessThanOrEqual(8);
  });

  it('are forgotten when the resolver refuses them', async () => {
    const { held, session } = countingSession();
    const shelf = createGrantShelf(session, 8);
    shelf.drop('a', await shelf.grant('a'));
    expect([held.size, shelf.size]).toEqual([0, 0]);
  });
});
