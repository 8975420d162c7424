/**
 * Policies: the one in force, and adopting another. Every decision of record carries the digest of the policy that made it.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import { composePolicy, type Policy, type PolicySource } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';

export interface Policies {
  current(): Policy;
  /**
   * Puts a policy in force, for the very next decision of every process.
   *
   * @param yaml - the document, or several files that are composed
   * @param options - `file` is named in error messages, where one text is given
   * @returns its digest; adopting the one in force changes nothing
   * @throws `ERR_POLICY_…` with line and column, `ERR_POLICY_OTHER_BANK`; the old one stays in force
   */
  adopt(yaml: string | readonly PolicySource[], options?: { readonly file?: string }): Promise<{ digest: string }>;
}

export function policiesOf(context: BankContext): Policies {
  return {
    current: () => context.policies.current(),
    async adopt(yaml, options = {}) {
      const sources = typeof yaml === 'string' ? [{ text: yaml, ...options }] : yaml;
      const policy = composePolicy(sources);
      if (policy.bank !== context.name) throw fail('ERR_POLICY_OTHER_BANK', options);
      const at = context.clock();
      await context.database.transaction(async (tx) => {
        if ((await context.policies.refresh(tx)).digest === policy.digest) return;
        // A policy that was in force before comes back as the newest.
        await tx.query('DELETE FROM policy WHERE digest = $1', [policy.digest]);
        await tx.query('INSERT INTO policy (digest, document, adopted_at) VALUES ($1, $2, $3)', [
          policy.digest,
          sources.length === 1 && sources[0] ? sources[0].text : JSON.stringify(policy.document),
          new Date(at),
        ]);
        await appendEntries(tx, [writeEntry('policy.adopted', { policy: policy.digest }, { at, nonce: context.random(16) })]);
      });
      await context.policies.refresh(context.database);
      return { digest: policy.digest };
    },
  };
}
