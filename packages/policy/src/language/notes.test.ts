import { describe, expect, it } from 'vitest';
import { diffPolicies } from '../tools/diff.js';
import { loadPolicy } from './load.js';
import { policyTemplate } from './templates.js';

describe('what becomes of a note with a number in it', () => {
  const text = policyTemplate('try-out', { bank: 'demo-bank' });

  it('is refused unless the policy says otherwise, and a change of it is told', () => {
    const [refuse, redact] = [loadPolicy(text), loadPolicy(`${text}\nnotes: redact\n`)];
    expect([refuse.notes, redact.notes]).toEqual(['refuse', 'redact']);
    const { limits } = diffPolicies(refuse, redact, Date.parse('2026-11-25T04:00:00Z'));
    expect(limits).toEqual([{ purpose: '', member: 'notes', before: 'refuse', after: 'redact', direction: 'wider' }]);
  });

  it('is one of two words', async () => {
    await expect(() => loadPolicy(`${text}\nnotes: keep\n`)).toFailWith('ERR_POLICY_SCHEMA');
  });
});
