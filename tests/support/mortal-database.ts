/**
 * A database whose process is killed at a chosen moment: from then on nothing more of what it was doing happens, and a
 * transaction under way is rolled back, as the server does when a connection ends.
 * @module
 */
import type { Database, Queryable, Row, SqlValue, Transactional } from '@numbra/bank';

/** When the kill comes, counted from now: before the statement of this number (1-based), or after the commit of the transaction of this number. */
export type Moment = { readonly beforeStatement: number } | { readonly afterCommit: number };

export class Killed extends Error {
  constructor() {
    super('killed');
  }
}

export interface MortalDatabase extends Database {
  /** Sets the moment. */
  dieAt(moment: Moment): void;
  /** Whether it came. */
  readonly isDead: boolean;
}

export function mortalDatabase(database: Database): MortalDatabase {
  let moment: Moment | undefined;
  let statements = 0;
  let commits = 0;
  let dead = false;
  const live = () => {
    if (dead) throw new Killed();
  };
  const counted = <R extends object>(queryable: Queryable, sql: string, values?: readonly SqlValue[]): Promise<R[]> => {
    statements += 1;
    dead ||= moment !== undefined && 'beforeStatement' in moment && statements >= moment.beforeStatement;
    live();
    return queryable.query<R>(sql, values);
  };
  const over = <T extends Transactional>(inner: T) => ({
    async query<R extends object = Row>(sql: string, values?: readonly SqlValue[]): Promise<R[]> {
      return counted<R>(inner, sql, values);
    },
    async transaction<R>(work: (tx: Queryable) => Promise<R>): Promise<R> {
      live();
      const result = await inner.transaction(async (tx) => {
        const worked = await work({ query: async (sql, values) => counted(tx, sql, values) });
        live();
        return worked;
      });
      commits += 1;
      dead ||= moment !== undefined && 'afterCommit' in moment && commits >= moment.afterCommit;
      live();
      return result;
    },
  });
  return {
    kind: database.kind,
    ...over(database),
    async connect() {
      live();
      const session = await database.connect();
      return { ...over(session), close: () => session.close() };
    },
    // Whoever is killed hears nothing more, and nobody closes its connection.
    listen: async () => async () => {},
    close: async () => {},
    dieAt(next) {
      moment = next;
      statements = 0;
      commits = 0;
    },
    get isDead() {
      return dead;
    },
  };
}
