import { describe, expect, it } from 'vitest';
import { bankKey, grantToken, now, requirements, terms } from '../bank.fixture.js';
import { issueGrant } from '../grant/issue.js';
import { verifyGrant } from '../grant/verify.js';
import { generateGrantKey } from './grant-key.js';
import { publishedKeys, rotateKey, verifyingKeys } from './rotation.js';

describe('rotating the key of grants', () => {
  it('lets grants of the old key verify until the last one has ended, and no longer', async () => {
    const next = await generateGrantKey();
    const schedule = rotateKey({ current: bankKey, retired: [] }, next, now);
    const lastMoment = now + 299_999;
    expect(await verifyGrant(grantToken, { ...requirements, keys: verifyingKeys(schedule, lastMoment), now: lastMoment })).toMatchObject({
      jti: 'jti-0001',
    });
    expect(
      await verifyGrant(await issueGrant(terms, schedule.current), { ...requirements, keys: verifyingKeys(schedule, now) }),
    ).toMatchObject({ jti: 'jti-0001' });
    expect(publishedKeys(schedule, now).keys.map(({ kid }) => kid)).toEqual([next.kid, bankKey.kid]);
    expect(publishedKeys(schedule, now + 360_000).keys.map(({ kid }) => kid)).toEqual([next.kid]);
  });

  it('twice in a minute keeps all three, and forgets what has ended', async () => {
    const [second, third] = [await generateGrantKey(), await generateGrantKey('EdDSA')];
    const twice = rotateKey(rotateKey({ current: bankKey, retired: [] }, second, now), third, now + 60_000);
    expect(publishedKeys(twice, now + 61_000).keys.map(({ kid }) => kid)).toEqual([third.kid, second.kid, bankKey.kid]);
    const later = rotateKey(twice, await generateGrantKey(), now + 3_600_000);
    expect(later.retired.map(({ publicJwk }) => publicJwk.kid)).toEqual([third.kid]);
  });

  it('publishes nothing private', () => {
    expect(JSON.stringify(publishedKeys({ current: bankKey, retired: [] }, now))).not.toContain('"d"');
  });

  it('does not take a key that is there already', async () => {
    const schedule = rotateKey({ current: bankKey, retired: [] }, await generateGrantKey(), now);
    await expect(() => rotateKey(schedule, bankKey, now)).toFailWith('ERR_KEY_ROTATION');
    await expect(() => rotateKey(schedule, schedule.current, now)).toFailWith('ERR_KEY_ROTATION');
  });
});
