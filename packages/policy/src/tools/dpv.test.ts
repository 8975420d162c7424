import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../language/load.js';
import { policyTemplate } from '../language/templates.js';
import { toDpv } from './dpv.js';

const policy = loadPolicy(policyTemplate('production', { bank: 'demo-bank', vendors: ['vendor-a'] }));
const document = toDpv(policy, { base: 'https://bank.example/policy#' });
const graph = document['@graph'] as readonly Record<string, unknown>[];
const node = (id: string) => graph.find((each) => each['@id'] === `https://bank.example/policy#${id}`);

describe('a policy in DPV', () => {
  it('has a process and a purpose for each purpose, with basis, recipients, data and retention', () => {
    expect(node('process/marketing.insurance.term-life')).toMatchObject({
      '@type': 'dpv:Process',
      'dpv:hasPurpose': { '@id': 'https://bank.example/policy#purpose/marketing.insurance.term-life' },
      'dpv:hasLegalBasis': { '@id': 'dpv:Consent' },
      'dpv:hasRecipient': [{ '@id': 'https://bank.example/policy#recipient/vendor-a' }],
      'dpv:hasStorageCondition': { 'dpv:hasDuration': { '@value': 'P90D' } },
    });
    expect(node('purpose/marketing.insurance')).toMatchObject({
      '@type': ['dpv:Purpose', 'dpv:DirectMarketing'],
      'skos:broader': { '@id': 'https://bank.example/policy#purpose/marketing' },
    });
    expect(node('process/service.desk')).toMatchObject({ 'dpv:hasLegalBasis': { '@id': 'dpv:Contract' } });
  });

  it('points only at nodes that it holds', () => {
    const ids = new Set(graph.map((each) => each['@id']));
    const dangling: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const id = (value as Record<string, unknown>)['@id'];
      if (typeof id === 'string' && id.startsWith('https://bank.example/') && id !== document['@id'] && !ids.has(id)) dangling.push(id);
      for (const member of Object.values(value)) walk(member);
    };
    walk(document);
    expect(dangling).toEqual([]);
    expect(ids.size).toBe(graph.length);
  });

  it('names the policy by its digest, and uses no prefix that it does not declare', () => {
    expect(document['dct:identifier']).toBe(policy.digest);
    const prefixes = new Set([...JSON.stringify(graph).matchAll(/"([a-z]+):[A-Za-z]+"/g)].map(([, prefix]) => prefix));
    expect([...prefixes].sort()).toEqual(
      Object.keys(document['@context'] as object)
        .filter((prefix) => prefixes.has(prefix))
        .sort(),
    );
  });
});
