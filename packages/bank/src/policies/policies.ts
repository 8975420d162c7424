/**
 * Policies: the one in force, and adopting another. Every decision of record carries the digest of the policy that made it.
 * @module
 */
import { writeEntry } from '@numbra/ledger';
import { composePolicy, type Policy, type PolicySource } from '@numbra/policy';
import { checkPerson, type RequestedApproval, requestApproval } from '../approvals/request.js';
import { requireApproval } from '../approvals/require.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { appendEntries } from '../ledger/append.js';

export interface Policies {
  current(): Policy;
  /**
   * Puts a policy in force, for the very next decision of every process.
   *
   * @param yaml - the document, or several files that are composed
   * @param options - `file` is named in error messages, where one text is given; `by`: who adopts, a pseudonymous staff id, for the ledger
   * @returns its digest; adopting the one in force changes nothing
   * @throws `ERR_POLICY_…` with line and column, `ERR_POLICY_OTHER_BANK`, `ERR_APPROVAL_MISSING`; the old one stays in force
   */
  adopt(yaml: string | readonly PolicySource[], options?: AdoptOptions): Promise<{ digest: string }>;
  /**
   * Asks for approval of exactly this policy, where the one in force wants two people for a change.
   *
   * @param why - for the people who approve; it enters no ledger
   * @throws as `adopt` for the document, and as `approvals.request`
   */
  requestAdoption(
    yaml: string | readonly PolicySource[],
    options: { readonly by: string; readonly why: string },
  ): Promise<RequestedApproval>;
}

export interface AdoptOptions {
  readonly file?: string;
  readonly by?: string;
}

/** The act, as approvals call it. */
const ADOPT_ACT = 'adopt-policy';

export function policiesOf(context: BankContext): Policies {
  return {
    current: () => context.policies.current(),
    async adopt(yaml, options = {}) {
      const { sources, policy } = compose(context, yaml, options.file);
      if (options.by !== undefined) checkPerson(options.by, 'by');
      const at = context.clock();
      await context.database.transaction(async (tx) => {
        const inForce = await context.policies.refresh(tx);
        if (inForce.digest === policy.digest) return;
        // The one in force says who may change it, not the one that comes.
        const { people } = inForce.approvals.policy;
        const subject = subjectOf(policy);
        const approvals = people === 0 ? [] : [(await requireApproval(tx, { kind: ADOPT_ACT, subject, now: at, people })).id];
        // A policy that was in force before comes back as the newest.
        await tx.query('DELETE FROM policy WHERE digest = $1', [policy.digest]);
        await tx.query('INSERT INTO policy (digest, document, adopted_at) VALUES ($1, $2, $3)', [
          policy.digest,
          sources.length === 1 && sources[0] ? sources[0].text : JSON.stringify(policy.document),
          new Date(at),
        ]);
        await appendEntries(tx, [
          writeEntry(
            'policy.adopted',
            { policy: policy.digest, ...(options.by !== undefined && { by: options.by }), ...(approvals.length > 0 && { approvals }) },
            { at, nonce: context.random(16) },
          ),
        ]);
      });
      await context.policies.refresh(context.database);
      return { digest: policy.digest };
    },
    async requestAdoption(yaml, { by, why }) {
      const { policy } = compose(context, yaml);
      return requestApproval(context, { kind: ADOPT_ACT, subject: subjectOf(policy), requestedBy: by, reason: why });
    },
  };
}

/** @throws `ERR_POLICY_…`, `ERR_POLICY_OTHER_BANK` */
function compose({ name }: Pick<BankContext, 'name'>, yaml: string | readonly PolicySource[], file?: string) {
  const where = file === undefined ? {} : { file };
  const sources = typeof yaml === 'string' ? [{ text: yaml, ...where }] : yaml;
  const policy = composePolicy(sources);
  if (policy.bank !== name) throw fail('ERR_POLICY_OTHER_BANK', where);
  return { sources, policy };
}

/** What two people approve of: the digest that the ledger will name. */
function subjectOf({ digest }: Policy): Uint8Array {
  return new Uint8Array(Buffer.from(digest.slice('sha256:'.length), 'hex'));
}
