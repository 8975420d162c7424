/**
 * The keys under which a policy keeps consent.
 * @module
 */
import type { Policy } from '@numbra/policy';

/** Every consent key that some purpose asks for, for itself or for a handover. */
export function consentKeysOf(policy: Policy): ReadonlySet<string> {
  const asked = Object.values(policy.purposes).flatMap(({ consent, release, recipients }) => [
    consent,
    ...[release, ...Object.values(recipients)].map(({ handover }) => handover?.consent),
  ]);
  return new Set(asked.filter((key) => key !== undefined));
}
