// Answers instead of attributes

export type { Alerts } from './alerts/alerts.js';
// What the bank's own people see, and what stood out
export type { Alert, AlertCode } from './alerts/look.js';
export type { Answers } from './answers/answers.js';
export type { AnswerAnswer, AnswerBody, AnswerRefusal, AnswerRequest } from './answers/ask.js';
export type { AnswerKeyRecord, MadeAnswerKey } from './answers/keys.js';
// Acts that take two people
export type { Approvals } from './approvals/approvals.js';
export type { Approved } from './approvals/approve.js';
export type { ApprovalView } from './approvals/list.js';
export type { ApprovalOrder, RequestedApproval } from './approvals/request.js';
// Create or open a bank
export { type Bank, createBank, openBank } from './bank.js';
// Calls, and what a carrier must do
export type { CallAnswer, CallMade, CallRefused, CallState, NotWritten } from './calls/answer.js';
export type { Carrier, CarrierAnswer, CarrierOrder } from './calls/carrier.js';
export type { DecisionPoint } from './calls/decision-point.js';
export type { CallEnd } from './calls/ended.js';
export type { HangUpAnswer, HangUpRequest } from './calls/hang-up.js';
export type { Calls, OpenCallsOptions } from './calls/index.js';
export {
  type CallOutcome,
  callOutcomes,
  LONGEST_NOTE,
  type OutcomeAnswer,
  type OutcomeRequest,
  type RecordedOutcome,
} from './calls/outcome.js';
export type { CallRecord, CallView, RefusalQuery, RefusalRecord, UnknownCall } from './calls/read.js';
export type { ReconcileReport } from './calls/reconcile.js';
export type { ReplayKey } from './calls/replay.js';
export type { CallRequest } from './calls/request.js';
export type { CallEvent, Watched } from './calls/watch.js';
export type { WriteRequest } from './calls/writes.js';
// Campaigns and their lists
export type { Campaign } from './campaigns/campaign.js';
export type { Campaigns } from './campaigns/campaigns.js';
export type { CountersignAnswer, CountersignRequest } from './campaigns/countersign.js';
export type { CreatedCampaign, NewCampaign } from './campaigns/create.js';
export type { Exported, ExportOptions, ExportResult } from './campaigns/export.js';
export type { ExportRequested } from './campaigns/export-approval.js';
export type { ExportRefused } from './campaigns/export-refusal.js';
export { LARGEST_PAGE, type ListPage, type ListQuery } from './campaigns/list-pages.js';
export type { Manifest, SignedManifest } from './campaigns/manifest.js';
export type { Measures, Presence, RecipientLinkability } from './campaigns/measure.js';
export type { PageOptions, Preview } from './campaigns/page/page.js';
export { type PageLanguage, pageLanguages } from './campaigns/page/words.js';
export type { KeyActOptions, RotatedCampaign } from './campaigns/rotate.js';
export type { Condition, Selection } from './campaigns/selection.js';
export type { ShreddedCampaign } from './campaigns/shred.js';
export type { WithdrawnList } from './campaigns/withdraw.js';
// Customers
export type { ConsentEvidence } from './customers/consent.js';
export type { ConsentEvent, ConsentedPurpose, ConsentReceipt } from './customers/consent-receipt.js';
export type { DoNotCall } from './customers/do-not-call.js';
export type { DoNotCallCsvOptions, DoNotCallReport } from './customers/do-not-call-csv.js';
export type { ImportOptions, ImportReport } from './customers/import.js';
export type { CustomerColumns, ImportCsvOptions } from './customers/import-csv.js';
export type { Customers } from './customers/index.js';
export type { CustomerRow } from './customers/row.js';
// Decoys
export type { DecoyBehaviour, LineAct } from './decoys/behaviour.js';
export { lineAct } from './decoys/behaviour.js';
export type { Decoys } from './decoys/decoys.js';
export type { DecoysOnList } from './decoys/on-list.js';
export type { Planted } from './decoys/plant.js';
export type { DecoyFindings, Sighting } from './decoys/sightings.js';
// Errors
export { type BankErrorCode, errors } from './errors.js';
// Other systems' questions (AuthZEN)
export type { EvaluationAnswer, EvaluationAsker } from './evaluations/evaluate.js';
export type { Evaluations } from './evaluations/evaluations.js';
export type { EvidenceBundle, ProvenRow } from './evidence/bundle.js';
// Evidence
export type { DeletionAnswer, DeletionOrder } from './evidence/deletion.js';
export type { Evidence, Listing } from './evidence/evidence.js';
export type { FingerprintMatch } from './evidence/fingerprint.js';
export type { OverdueDeletion, Report, ReportedDeletion, ReportedExport, ReportPeriod } from './evidence/report.js';
export { type ReportLanguage, reportCsv, reportPage } from './evidence/report-page.js';
export type { AcceptRestoreOptions, RestoreAccepted, RestoreStatus } from './evidence/restore.js';
export type { TracedExport, TracedRow, TraceReport } from './evidence/trace.js';
export type { TracePiece } from './evidence/trace-windows.js';
// Grants
export type { Grants, OfferQuery } from './grants/grants.js';
export type { ExchangeOrder, GrantOrder, IssuedGrant } from './grants/issue.js';
export type { RotatedKey } from './grants/keys.js';
export type { RevocationOrder } from './grants/revoke.js';
export { STATUS_TTL_SECONDS } from './grants/status.js';
// Handovers, and what a message carrier must do
export type { BegunHandover, CodeOrder, HandoverAnswer, HandoverRefusal, HandoverRequest } from './handovers/begin.js';
export type { ConfirmationAnswer, ConfirmationRefusal, ConfirmationRequest } from './handovers/confirm.js';
export type { DueHandover, HandoverAttempted, SettledState } from './handovers/deliveries.js';
export type { Handovers } from './handovers/handovers.js';
export type { MessageAnswer, MessageCarrier, MessageOrder, MessageText } from './handovers/message-carrier.js';
export { type HandoverBody, type HandoverQuery, type HandoverRecord, type HandoverState, handoverStates } from './handovers/read.js';
export type { NewRecipient, Recipient } from './handovers/recipients.js';
// What a gateway without a keyring is given
export { type OpenGatewayBankOptions, openGatewayBank } from './key-service/gateway-bank.js';
export {
  type GatewayKeyName,
  gatewayKeyNames,
  type HandedCampaign,
  type HandedGeneration,
  type KeyService,
  type KeyServiceCounts,
  type OpenedNumeric,
} from './key-service/key-service.js';
// The ledger
export type { EntryProof, Ledger } from './ledger/ledger.js';
export type { RotatedLogKey } from './ledger/log-key.js';
export type { AcceptedRestore } from './ledger/restored.js';
export type { Verification } from './ledger/verify.js';
export type { NewWitness, OrderOptions, Witnesses, WitnessOrder, WitnessView } from './ledger/witnesses.js';
export type { LookupAnswer, LookupOrder } from './lookups/look-up.js';
export type { Lookups } from './lookups/lookups.js';
export type { OpenAnswer, OpenOrder } from './lookups/open-token.js';
export type { DeskWork } from './lookups/record.js';
// Blind matching
export type { HoldOrder, HoldRequest } from './matching/hold.js';
export type { LearnOrder, Matched } from './matching/learn.js';
export type { Matching } from './matching/matching.js';
export type { MatchRun } from './matching/record.js';
export type { CreateBankOptions, OpenBankOptions } from './open.js';
// Policies and vendors
export type { Policies } from './policies/policies.js';
// A first look at a file
export { proposePolicy } from './scan/proposal.js';
export { type ScannedColumn, type ScanOptions, type ScanReport, scanFile } from './scan/scan.js';
// The store
export { type BackupReport, readBackup } from './store/backup.js';
export type { Database, Queryable, Row, Session, SqlValue, Transactional } from './store/database.js';
export { openPGlite, type PGliteOptions } from './store/pglite.js';
export { openPostgres, type PostgresOptions } from './store/postgres.js';
export type { ClientCertificate, NewVendor, Vendor, Vendors } from './vendors/vendors.js';
// Webhooks
export type { Attempted, DeadDelivery, DueDelivery } from './webhooks/deliveries.js';
export type { RegisteredEndpoint, WebhookEndpoint } from './webhooks/endpoints.js';
export type { Webhooks } from './webhooks/webhooks.js';
