/**
 * The times and sizes of a call's life. What a policy or campaign limits stands there, not here.
 * @module
 */

/** From the authorization on, this long: who has not settled by then has lost the call to reconciliation. */
export const LEASE_MS = 15_000;

/** With less lease left the carrier is not asked: its answer might come after the end. */
export const LEAST_LEASE_MS = 10_000;

/** How long the carrier may take to say whether it took the call. */
export const PLACE_TIMEOUT_MS = 5_000;

/** A call whose end nobody reported stops being under way after this. */
export const LONGEST_CALL_MS = 2 * 3_600_000;

/** While a customer is on a call, and this long after, vendors other than the caller's get `customer-unavailable`. */
export const QUIET_MS = 15 * 60_000;

/** Requests in one transaction: enough to spread its cost, few enough that its locks are short. */
export const BATCH_REQUESTS = 64;

/** Settlements that ride along: a batch's own, and what a failed one left. */
export const BATCH_RIDERS = 256;

/** A batch that waits longer for a lock gives up and lets its requests go singly, beside the next batches. */
export const LOCK_TIMEOUT_MS = 250;

/** What a request that goes singly may wait for a lock while others wait behind it. */
export const SINGLE_LOCK_TIMEOUT_MS = 50;

/** What a request that even so found a lock held may wait before the caller is told to come again. */
export const PATIENT_LOCK_TIMEOUT_MS = 2_000;

/** Requests that wait so, at once. */
export const PATIENT_LANES = 4;

/** A database that does not answer for this long is treated as lost. */
export const TRIP_TIMEOUT_MS = 10_000;

/** Repeats of a transaction after a deadlock or serialization failure. */
export const MOST_RETRIES = 3;

export const DAY_MS = 86_400_000;
