/**
 * Names under which a session keeps its statements in the server, parsed and planned once: batches send the same few for as long as the
 * process lives.
 * @module
 * @see https://www.postgresql.org/docs/current/sql-prepare.html
 */

/** A session repeats a few; what is beyond does not repeat. */
const MOST_NAMES = 64;

/** SQLSTATE of a kept statement whose result has other columns since a migration. */
export const RESULT_CHANGED = '0A000';

export class StatementNames {
  readonly #names = new Map<string, string>();
  #given = 0;

  /** @returns `undefined`: the statement is sent without a name */
  of(sql: string): string | undefined {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#names.size === MOST_NAMES) return known;
    const name = `numbra_${this.#given++}`;
    this.#names.set(sql, name);
    return name;
  }

  /** Lets a statement be parsed anew, under another name, when it is sent again. */
  forget(sql: string): void {
    this.#names.delete(sql);
  }
}
