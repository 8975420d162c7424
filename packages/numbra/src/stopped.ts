/**
 * When this process is told to stop.
 * @module
 */

/** Resolves with SIGINT or SIGTERM. */
export const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
