/**
 * Consent receipt: what a customer agreed to, for the customer, with the fields of ISO/IEC TS 27560:2023 (record header, processing,
 * parties, events) as JSON. It is a statement of the bank; the ledger's receipt (evidence/receipt.ts) is the proof.
 * @module
 * @see https://www.iso.org/standard/80392.html
 */
import type { Policy, Purpose } from '@numbra/policy';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { newId } from '../store/ids.js';

export interface ConsentReceipt {
  readonly schema_version: 'ISO/IEC TS 27560:2023';
  /** `consent_…`, of this copy. */
  readonly record_id: string;
  /** The bank's own id of the customer. */
  readonly pii_principal_id: string;
  readonly pii_processing: {
    readonly language: 'en' | 'zh';
    /** Version of the text that was agreed to, for each consent key that has one. */
    readonly privacy_notice: Readonly<Record<string, string>>;
    readonly purposes: readonly ConsentedPurpose[];
  };
  readonly party_identification: readonly { readonly party_id: string; readonly party_role: 'controller' | 'recipient' }[];
  readonly events: readonly ConsentEvent[];
}

export interface ConsentedPurpose {
  /** Its name in the policy. */
  readonly purpose: string;
  readonly purpose_description?: string;
  /** W3C Data Privacy Vocabulary, where the policy names one. */
  readonly purpose_type?: string;
  readonly lawful_basis?: string;
  /** The consent key that it rests on. */
  readonly consent: string;
  readonly pii_information: readonly { readonly pii_type: string }[];
  readonly recipient_third_parties: readonly string[];
  /** ISO 8601 duration. */
  readonly retention_period?: string;
  readonly withdrawal_method: string;
}

export interface ConsentEvent {
  /** The consent key. */
  readonly consent: string;
  /** RFC 3339. */
  readonly event_time: string;
  readonly event_type: 'explicit';
  readonly event_state: 'consent given' | 'consent withdrawn';
  /** Who recorded it: the bank. */
  readonly entity_id: string;
  /** How it was given, as the bank would show a court. */
  readonly evidence?: string;
}

interface ConsentRow {
  readonly purpose: string;
  readonly given_at: Date;
  readonly evidence: string;
  readonly text_version: string | null;
  readonly withdrawn_at: Date | null;
}

const NEVER_GIVEN = 'never given';
const WITHDRAWAL: Readonly<Record<'en' | 'zh', string>> = {
  en: 'Tell the bank at any time, by any channel, or tell whoever calls you: it takes effect with the next decision.',
  zh: '您可随时通过任何渠道告知银行，或直接告知来电人员；自下一次决定起生效。',
};

/**
 * Writes a customer's consent receipt.
 *
 * @param customerId - the bank's own id
 * @param options - `language` of the sentences in it; English by default
 * @throws `ERR_CUSTOMER_UNKNOWN`: there is none, or it was erased
 */
export async function consentReceipt(
  context: BankContext,
  customerId: string,
  { language = 'en' }: { readonly language?: 'en' | 'zh' } = {},
): Promise<ConsentReceipt> {
  const { database, name } = context;
  const [customer] = await database.query<{ id: bigint; customer_id: string }>(
    'SELECT id, customer_id FROM customer WHERE customer_id = $1 AND erased_at IS NULL',
    [customerId.normalize('NFC')],
  );
  if (customer === undefined) throw fail('ERR_CUSTOMER_UNKNOWN');
  const rows = await database.query<ConsentRow>(
    'SELECT purpose, given_at, evidence, text_version, withdrawn_at FROM consent WHERE customer = $1 ORDER BY purpose',
    [customer.id],
  );
  const policy = await context.policies.refresh(database);
  const standing = new Set(rows.filter(({ withdrawn_at: withdrawn }) => withdrawn === null).map(({ purpose }) => purpose));
  const purposes = Object.values(policy.purposes).flatMap((purpose) => purposeOf(policy, purpose, standing, language));
  const recipients = [...new Set(purposes.flatMap(({ recipient_third_parties: parties }) => parties))].sort();
  return {
    schema_version: 'ISO/IEC TS 27560:2023',
    record_id: newId(context, 'consent'),
    pii_principal_id: customer.customer_id,
    pii_processing: {
      language,
      privacy_notice: Object.fromEntries(rows.flatMap((row) => (row.text_version === null ? [] : [[row.purpose, row.text_version]]))),
      purposes,
    },
    party_identification: [
      { party_id: name, party_role: 'controller' },
      ...recipients.map((recipient) => ({ party_id: recipient, party_role: 'recipient' as const })),
    ],
    events: rows.flatMap((row) => eventsOf(row, name)),
  };
}

function purposeOf(policy: Policy, purpose: Purpose, standing: ReadonlySet<string>, language: 'en' | 'zh'): ConsentedPurpose[] {
  const { consent, title, dpv, legalBasis, retentionDays } = purpose;
  if (purpose.abstract || consent === undefined || !standing.has(consent)) return [];
  const releases = Object.values(purpose.recipients);
  const shown = new Set(
    releases.flatMap((release) => [
      ...(release.reference ? ['pseudonymous reference'] : []),
      ...(release.mask === undefined ? [] : ['masked phone']),
      ...release.bands.map((band) => `band of ${policy.bands[band]?.field ?? band}`),
      ...release.answers.map((question) => `answer: ${question}`),
      ...(release.handover?.fields ?? []),
    ]),
  );
  return [
    {
      purpose: purpose.name,
      ...(title !== undefined && { purpose_description: title }),
      ...(dpv !== undefined && { purpose_type: `https://w3id.org/dpv#${dpv}` }),
      ...(legalBasis !== undefined && { lawful_basis: legalBasis }),
      consent,
      pii_information: [...shown].sort().map((type) => ({ pii_type: type })),
      recipient_third_parties: Object.keys(purpose.recipients).sort(),
      ...(retentionDays !== undefined && { retention_period: `P${retentionDays}D` }),
      withdrawal_method: WITHDRAWAL[language],
    },
  ];
}

function eventsOf({ purpose, given_at: given, evidence, withdrawn_at: withdrawn }: ConsentRow, bank: string): ConsentEvent[] {
  const common = { consent: purpose, event_type: 'explicit', entity_id: bank } as const;
  const events: ConsentEvent[] = [];
  if (evidence !== NEVER_GIVEN) events.push({ ...common, event_time: given.toISOString(), event_state: 'consent given', evidence });
  if (withdrawn !== null) events.push({ ...common, event_time: withdrawn.toISOString(), event_state: 'consent withdrawn' });
  return events;
}
