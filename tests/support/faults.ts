/**
 * Databases that fail where a test says: around the transactions of sessions, which is where batches of calls run.
 * @module
 */
import type { Database, Queryable, Session } from '../../packages/bank/src/store/database.js';

export interface FaultyTransaction {
  /** Runs the transaction as it is. */
  run<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Statements that it has sent so far, in order. */
  readonly statements: string[];
}

/** Called in place of every transaction on a session. */
export type Fault = <T>(transaction: FaultyTransaction, work: (tx: Queryable) => Promise<T>) => Promise<T>;

export const noFault: Fault = (transaction, work) => transaction.run(work);

/** The same database, whose sessions' transactions go through `faults.current`. */
export function faulty(database: Database): { readonly database: Database; readonly faults: { current: Fault } } {
  const faults = { current: noFault };
  return {
    faults,
    database: {
      ...database,
      async connect(): Promise<Session> {
        const session = await database.connect();
        return {
          ...session,
          transaction(work) {
            const statements: string[] = [];
            const transaction: FaultyTransaction = {
              statements,
              run: (inner) => session.transaction((tx) => inner(recording(tx, statements))),
            };
            return faults.current(transaction, work);
          },
        };
      },
    },
  };
}

function recording(tx: Queryable, statements: string[]): Queryable {
  return {
    query(sql, values) {
      statements.push(sql);
      return tx.query(sql, values);
    },
  };
}

/** Whether a transaction holds requests: not one of settlements alone. */
export const hasRequests = ({ statements }: FaultyTransaction): boolean => statements.some((sql) => sql.includes('calls_read'));
