/**
 * A policy in the words of the W3C Data Privacy Vocabulary, as JSON-LD: for records of processing and for tools that compare them. It carries
 * purposes, legal bases, recipients, data and retention; windows, caps and decisions have no words there and stay behind.
 * @see https://w3id.org/dpv
 * @module
 */
import type { LegalBasis, Policy, Purpose } from '../language/policy.js';

const DPV = 'https://w3id.org/dpv#';

const LEGAL_BASES: Readonly<Record<LegalBasis, string>> = {
  consent: 'dpv:Consent',
  contract: 'dpv:Contract',
  'legal-obligation': 'dpv:LegalObligation',
  'vital-interest': 'dpv:VitalInterest',
  'public-interest': 'dpv:PublicInterest',
  'legitimate-interest': 'dpv:LegitimateInterest',
};

export interface DpvOptions {
  /** Where the identifiers of this document live, ending in `#` or `/`. */
  readonly base: string;
}

/** The policy as a JSON-LD document: one `dpv:Process` a purpose. */
export function toDpv(policy: Policy, { base }: DpvOptions): Readonly<Record<string, unknown>> {
  const id = (kind: string, name: string) => ({ '@id': `${base}${kind}/${encodeURIComponent(name)}` });
  const processes = Object.values(policy.purposes).map((purpose) => ({
    ...id('process', purpose.name),
    '@type': 'dpv:Process',
    'dct:title': purpose.title ?? purpose.name,
    'dpv:hasPurpose': id('purpose', purpose.name),
    'dpv:hasLegalBasis': { '@id': LEGAL_BASES[purpose.legalBasis] },
    'dpv:hasDataController': id('controller', policy.bank),
    'dpv:hasRecipient': recipientsOf(purpose).map((name) => id('recipient', name)),
    'dpv:hasPersonalData': dataOf(purpose, policy).map((name) => id('data', name)),
    ...(purpose.parent !== undefined && { 'dct:isPartOf': id('process', purpose.parent) }),
    ...(purpose.retentionDays !== undefined && {
      'dpv:hasStorageCondition': {
        '@type': 'dpv:StorageDuration',
        'dpv:hasDuration': { '@type': 'xsd:duration', '@value': `P${purpose.retentionDays}D` },
      },
    }),
  }));
  const purposes = Object.values(policy.purposes).map((purpose) => ({
    ...id('purpose', purpose.name),
    '@type': ['dpv:Purpose', ...(purpose.dpv === undefined ? [] : [`dpv:${purpose.dpv}`])],
    'skos:prefLabel': purpose.title ?? purpose.name,
    ...(purpose.parent !== undefined && { 'skos:broader': id('purpose', purpose.parent) }),
  }));
  const recipients = [...new Set(Object.values(policy.purposes).flatMap(recipientsOf))].map((name) => ({
    ...id('recipient', name),
    '@type': 'dpv:Recipient',
    'dct:title': name,
  }));
  const data = [
    ...Object.keys(policy.fields).map((name) => ({
      ...id('data', name),
      '@type': 'dpv:PersonalData',
      'dct:title': policy.fields[name]!.title ?? name,
    })),
    // A reference and a dial token stand for a person: pseudonymised, and personal data all the same.
    ...PSEUDONYMS.map((name) => ({ ...id('data', name), '@type': 'dpv:PseudonymisedData', 'dct:title': name })),
  ];
  return {
    '@context': {
      dpv: DPV,
      dct: 'http://purl.org/dc/terms/',
      skos: 'http://www.w3.org/2004/02/skos/core#',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    '@id': base,
    'dct:identifier': policy.digest,
    '@graph': [
      { ...id('controller', policy.bank), '@type': 'dpv:DataController', 'dct:title': policy.bank },
      ...processes,
      ...purposes,
      ...recipients,
      ...data,
    ],
  };
}

const PSEUDONYMS = ['reference', 'dial_token', 'masked_phone'] as const;

function recipientsOf({ recipients, release }: Purpose): string[] {
  return [...new Set([...Object.keys(recipients), ...(release.handover?.to ?? [])])];
}

function dataOf({ release }: Purpose, policy: Policy): string[] {
  const fields = [
    ...release.bands.map((name) => policy.bands[name]!.field),
    ...release.answers.map((name) => policy.questions[name]!.field),
    ...(release.handover?.fields ?? []),
    ...(release.lookup?.fields ?? []),
    ...(release.lookup?.endings ?? []),
  ];
  const { reference, dial, numeric, message, mask } = release;
  return [
    ...new Set([
      ...(reference ? ['reference'] : []),
      ...(dial || numeric || message ? ['dial_token'] : []),
      ...(mask ? ['masked_phone'] : []),
      ...fields,
    ]),
  ];
}
