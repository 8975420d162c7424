/**
 * The policy in force, kept loaded. Several processes may share a store, so a decision under locks asks first whether a newer
 * policy was adopted meanwhile.
 * @module
 */
import { loadPolicy, type Policy } from '@numbra/policy';
import type { PolicyInForce } from '../context.js';
import { fail } from '../errors.js';
import type { Queryable } from '../store/database.js';

/** Loads the newest policy of the store. */
export async function loadPolicyInForce(queryable: Queryable): Promise<PolicyInForce> {
  let policy = await newest(queryable);
  return {
    current: () => policy,
    async refresh(inside) {
      const [row] = await inside.query<{ digest: string }>('SELECT digest FROM policy ORDER BY sequence DESC LIMIT 1');
      if (row?.digest !== policy.digest) policy = await newest(inside);
      return policy;
    },
  };
}

async function newest(queryable: Queryable): Promise<Policy> {
  const [row] = await queryable.query<{ document: string }>('SELECT document FROM policy ORDER BY sequence DESC LIMIT 1');
  if (row === undefined) throw fail('ERR_BANK_MISSING');
  return loadPolicy(row.document);
}
