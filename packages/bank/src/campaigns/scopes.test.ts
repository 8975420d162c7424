import { type Name, openDialToken, Scope } from '@numbra/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../store/database.js';
import { type CampaignKeys, openScopes } from './scopes.js';

beforeEach(() => {
  // The cache holds on to the `performance` that it was loaded with.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now());
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const name = (text: string): Name => text as Name;

/** Scopes over keys that are counted, and a database that only listens. */
async function openWorld() {
  let tell: (payload: string | undefined) => void = () => {};
  const database = {
    async listen(_channel: string, handler: (payload: string | undefined) => void) {
      tell = handler;
      return async () => {};
    },
  } as unknown as Database;
  const loaded: CampaignKeys[] = [];
  const scopes = await openScopes(database, async (campaign) => {
    const identity = { bank: name('b'), vendor: name('v'), purpose: name('p'), campaign: name(campaign) };
    const scope = new Scope({ identity, tag: new Uint8Array(6), referenceKey: new Uint8Array(64), dialKey: new Uint8Array(64) });
    const keys = { number: 1, id: campaign, vendor: 'v', purpose: 'p', generations: [{ generation: 1, scope }] };
    loaded.push(keys);
    return keys;
  });
  return { scopes, loaded, tell: (payload?: string) => tell(payload) };
}

const isWiped = (keys: CampaignKeys | undefined): boolean => {
  try {
    openDialToken(keys?.generations[0]?.scope as Scope, `nd1_${'A'.repeat(48)}`);
    return false;
  } catch {
    return true;
  }
};

it('keeps keys for 60 seconds and no longer, asked for or not', async () => {
  const { scopes, loaded } = await openWorld();
  const first = await scopes.of('c');
  await vi.advanceTimersByTimeAsync(59_000);
  expect(await scopes.of('c')).toBe(first);
  expect(isWiped(first)).toBe(false);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(isWiped(first)).toBe(true);
  expect(await scopes.of('c')).not.toBe(first);
  expect(loaded).toHaveLength(2);
});

it('drops the keys of a campaign when it is told, and all when it may have missed something', async () => {
  const { scopes, loaded, tell } = await openWorld();
  const [a, b] = [await scopes.of('a'), await scopes.of('b')];
  tell('a');
  expect([isWiped(a), isWiped(b)]).toEqual([true, false]);
  tell(undefined);
  expect(isWiped(b)).toBe(true);
  await scopes.of('a');
  expect(loaded).toHaveLength(3);
  await scopes.close();
  expect(loaded.every(isWiped)).toBe(true);
});

it('keeps nothing that it was told of while it was loading', async () => {
  const { scopes, loaded, tell } = await openWorld();
  const asked = scopes.of('a');
  tell('a');
  await asked;
  await scopes.of('a');
  expect(loaded).toHaveLength(2);
});
