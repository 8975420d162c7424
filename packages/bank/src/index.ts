// Create or open a bank
export { type Bank, createBank, openBank } from './bank.js';
// Calls, and what a carrier must do
export type { CallAnswer, CallMade, CallRefused, CallState } from './calls/answer.js';
export type { Carrier, CarrierAnswer, CarrierOrder } from './calls/carrier.js';
export type { CallEnd } from './calls/ended.js';
export type { Calls, OpenCallsOptions } from './calls/index.js';
export type { CallView, RefusalQuery, RefusalRecord, UnknownCall } from './calls/read.js';
export type { ReconcileReport } from './calls/reconcile.js';
export type { ReplayKey } from './calls/replay.js';
export type { CallRequest } from './calls/request.js';
// Campaigns and their lists
export type { Campaign } from './campaigns/campaign.js';
export type { Campaigns } from './campaigns/campaigns.js';
export type { CreatedCampaign, NewCampaign } from './campaigns/create.js';
export type { Exported, ExportOptions, ExportRefused, ExportResult } from './campaigns/export.js';
export type { Manifest, SignedManifest } from './campaigns/manifest.js';
export type { Measures, RecipientLinkability } from './campaigns/measure.js';
export type { Condition, Selection } from './campaigns/selection.js';
// Customers
export type { ConsentEvidence } from './customers/consent.js';
export type { DoNotCall } from './customers/do-not-call.js';
export type { ImportOptions, ImportReport } from './customers/import.js';
export type { CustomerColumns, ImportCsvOptions } from './customers/import-csv.js';
export type { Customers } from './customers/index.js';
export type { CustomerRow } from './customers/row.js';
// Errors
export { type BankErrorCode, errors } from './errors.js';
// Evidence
export type { Evidence, Listing } from './evidence/evidence.js';
export type { TracedRow, TraceReport } from './evidence/trace.js';
// Grants
export type { GrantOrder, Grants, IssuedGrant, OfferQuery } from './grants/grants.js';
// The ledger
export type { EntryProof, Ledger } from './ledger/ledger.js';
export type { Verification } from './ledger/verify.js';
export type { CreateBankOptions, OpenBankOptions } from './open.js';
// Policies and vendors
export type { Policies } from './policies/policies.js';
// The store
export type { Database, Queryable, Row, Session, SqlValue, Transactional } from './store/database.js';
export { openPGlite, type PGliteOptions } from './store/pglite.js';
export { openPostgres, type PostgresOptions } from './store/postgres.js';
export type { Vendor, Vendors } from './vendors/vendors.js';
