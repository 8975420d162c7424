/**
 * The keys under which a policy keeps consent.
 * @module
 */
import type { Policy } from '@numbra/policy';

/** Every consent key that some purpose asks for. */
export function consentKeysOf(policy: Policy): ReadonlySet<string> {
  return new Set(Object.values(policy.purposes).flatMap(({ consent }) => (consent === undefined ? [] : [consent])));
}
