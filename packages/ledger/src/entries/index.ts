/**
 * The closed list of entry types. A new type is a new file and a line here; a type that was ever used stays.
 * @module
 */
import { alert } from './alert.js';
import { answerGiven } from './answer-given.js';
import { answerKeyAdded } from './answer-key-added.js';
import { answerKeyEnded } from './answer-key-ended.js';
import { approval } from './approval.js';
import { callAuthorized } from './call-authorized.js';
import { callEnded } from './call-ended.js';
import { callFailed } from './call-failed.js';
import { callOutcome } from './call-outcome.js';
import { callPlaced } from './call-placed.js';
import { callRefused } from './call-refused.js';
import { campaignClosed } from './campaign-closed.js';
import { campaignCreated } from './campaign-created.js';
import { campaignRotated } from './campaign-rotated.js';
import { campaignShredded } from './campaign-shredded.js';
import { consentGiven } from './consent-given.js';
import { consentWithdrawn } from './consent-withdrawn.js';
import { customerErased } from './customer-erased.js';
import { customersImported } from './customers-imported.js';
import { deletionStated } from './deletion-stated.js';
import { doNotCallAdded } from './do-not-call-added.js';
import { exportAbandoned } from './export-abandoned.js';
import { exportMade } from './export-made.js';
import { exportUndelivered } from './export-undelivered.js';
import { grantIssued } from './grant-issued.js';
import { grantRevoked } from './grant-revoked.js';
import { handover } from './handover.js';
import { keyRotated } from './key-rotated.js';
import { listWithdrawn } from './list-withdrawn.js';
import { lookup } from './lookup.js';
import { manifestCountersigned } from './manifest-countersigned.js';
import { matchRun } from './match-run.js';
import { policyAdopted } from './policy-adopted.js';
import { recipientAdded } from './recipient-added.js';
import { referenceOpened } from './reference-opened.js';
import { refusals } from './refusals.js';
import { restored } from './restored.js';
import { vendorAdded } from './vendor-added.js';
import { vendorRevoked } from './vendor-revoked.js';

/** Every type that may be recorded, by its name. */
export const entryDefinitions = {
  'policy.adopted': policyAdopted,
  'vendor.added': vendorAdded,
  'vendor.revoked': vendorRevoked,
  'campaign.created': campaignCreated,
  'campaign.closed': campaignClosed,
  'campaign.rotated': campaignRotated,
  'campaign.shredded': campaignShredded,
  'list.withdrawn': listWithdrawn,
  'customers.imported': customersImported,
  'export.made': exportMade,
  'export.abandoned': exportAbandoned,
  'export.undelivered': exportUndelivered,
  'manifest.countersigned': manifestCountersigned,
  'deletion.stated': deletionStated,
  'grant.issued': grantIssued,
  'grant.revoked': grantRevoked,
  'call.authorized': callAuthorized,
  'call.placed': callPlaced,
  'call.failed': callFailed,
  'call.ended': callEnded,
  'call.outcome': callOutcome,
  'call.refused': callRefused,
  refusals: refusals,
  'consent.given': consentGiven,
  'consent.withdrawn': consentWithdrawn,
  'do-not-call.added': doNotCallAdded,
  'customer.erased': customerErased,
  'reference.opened': referenceOpened,
  'answer.given': answerGiven,
  'answer-key.added': answerKeyAdded,
  'answer-key.ended': answerKeyEnded,
  handover: handover,
  'recipient.added': recipientAdded,
  approval: approval,
  'match.run': matchRun,
  'key.rotated': keyRotated,
  restored: restored,
  alert: alert,
  lookup: lookup,
} as const;
