/**
 * Runs a transaction again after a deadlock or serialization failure; nothing of it was written.
 * @module
 */
import { MOST_RETRIES } from '../calls/limits.js';
import { isRetryable } from '../store/store-error.js';

/** @throws what `work` threw last */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || retries >= MOST_RETRIES) throw error;
    }
  }
}
