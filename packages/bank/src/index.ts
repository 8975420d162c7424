// Create or open a bank
export { type Bank, createBank, openBank } from './bank.js';
// Errors
export { type BankErrorCode, errors } from './errors.js';
export type { CreateBankOptions, OpenBankOptions } from './open.js';
// The store
export type { Database, Queryable, Row, Session, SqlValue, Transactional } from './store/database.js';
export { openPGlite, type PGliteOptions } from './store/pglite.js';
export { openPostgres, type PostgresOptions } from './store/postgres.js';
