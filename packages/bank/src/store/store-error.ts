/**
 * The database's errors, in our words. A driver's message, detail and parameters carry values; none of them passes.
 * @module
 */
import { NumbraError } from '@numbra/core';
import { errors, fail } from '../errors.js';
import { RESULT_CHANGED } from './statement-names.js';

/** A statement the database refused. `sqlstate` is PostgreSQL's five-character code; constraint and table say which rule. */
export class StoreError extends NumbraError<'ERR_STORE_QUERY'> {
  readonly sqlstate: string;
  readonly constraint: string | undefined;

  constructor(sqlstate: string, constraint: string | undefined, detail: string) {
    super('ERR_STORE_QUERY', errors.ERR_STORE_QUERY, {}, { detail });
    this.sqlstate = sqlstate;
    this.constraint = constraint;
  }
}

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Class 42, a wrong statement: its message names columns and tables, not values. */
const WRONG_STATEMENT = /^42/;

/** Turns what a driver threw into an error of ours. Errors of ours pass unchanged. */
export function storeError(error: unknown): Error {
  if (error instanceof NumbraError) return error;
  const { code, message, constraint, table } = (typeof error === 'object' && error !== null ? error : {}) as DriverError;
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return fail('ERR_STORE_UNREACHABLE');
  const rule = typeof constraint === 'string' ? constraint : undefined;
  const detail = [
    `SQLSTATE ${code}`,
    rule && `constraint ${rule}`,
    typeof table === 'string' && `table ${table}`,
    WRONG_STATEMENT.test(code) && String(message),
  ];
  return new StoreError(code, rule, detail.filter(Boolean).join(', '));
}

/** The SQLSTATE of an error of the store, or `undefined` when it is another error. */
export function sqlstateOf(error: unknown): string | undefined {
  return error instanceof StoreError ? error.sqlstate : undefined;
}

/** Serialization failure, deadlock, and a kept statement that a migration changed. */
const RETRYABLE: ReadonlySet<string | undefined> = new Set(['40001', '40P01', RESULT_CHANGED]);

/** Whether an error says that the same transaction may succeed when it is run again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(sqlstateOf(error));
}

/** Whether a unique key was taken, and if named, that one. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  return error instanceof StoreError && error.sqlstate === '23505' && (constraint === undefined || error.constraint === constraint);
}
