/**
 * What the process that makes the load asks of the one that is measured.
 */

export interface Ask {
  readonly act: 'start' | 'open' | 'grants' | 'memory' | 'cpu' | 'sequence' | 'export' | 'profile' | 'profiled' | 'stop';
  readonly engine?: 'postgres' | 'pglite';
  readonly url?: string;
  readonly customers?: number;
  readonly thumbprints?: readonly string[];
}

export interface Started {
  readonly dialPort: number;
  readonly neverPort: number;
  readonly basePort: number;
  readonly tokens: readonly string[];
  readonly grants: readonly string[];
}

/** What grants and proofs name; nothing listens there. */
export const ORIGIN = 'http://127.0.0.1:1';
