/**
 * The JSON Schema (2020-12) of a file of cases. Facts and terms are those of `decide`, spelt with underscores.
 * @module
 */
import { decisionCodes } from '../decide/codes.js';
import { ACTIONS } from '../decide/request.js';
import { policySchema } from '../language/schema.js';

const object = (properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const text = { type: 'string', maxLength: 200 };
const count = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };
const instant = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$',
  description: 'an instant with its offset, such as 2026-11-23T09:30:00+08:00',
};

const request = object(
  {
    action: { enum: ACTIONS },
    purpose: text,
    recipient: { ...text, description: 'the vendor, or for lookup and open the desk' },
    fields: { type: 'array', items: text },
    question: text,
    handover_to: text,
    agent: text,
    agent_grant: flag,
  },
  ['action', 'purpose', 'recipient'],
);

const campaign = object({
  time_zone: text,
  window: { $ref: 'https://numbra.dev/schemas/policy-1.json#/$defs/window' },
  opens_at: instant,
  closes_at: instant,
  budget_calls: count,
  per_customer: count,
  per_agent_per_hour: count,
});

const customer = object({
  consent: { enum: ['given', 'none', 'withdrawn'] },
  do_not_call: flag,
  erased: flag,
  removed: flag,
  phone_changed: flag,
  busy: flag,
  cap_counts: {
    type: 'array',
    items: count,
    description: 'calls in each cap, in the order in which the policy states them from the top of the tree',
  },
  refused_today: flag,
  time_zone: text,
  regions: { type: 'array', items: text },
});

const facts = object({
  campaign_state: { enum: ['open', 'closed', 'shredded'] },
  budget_remaining: count,
  agent_calls_last_hour: count,
  concurrent_calls: count,
  refusals_today: count,
  authorized_today: count,
  acknowledged: flag,
  token: { enum: ['opened', 'token-malformed', 'token-foreign', 'token-forged', 'token-unlisted', 'reference-mismatch'] },
  calls_this_campaign: count,
  customer,
  rows: count,
  approvals: count,
  lookups_today: count,
});

export const casesSchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://numbra.dev/schemas/policy-cases-1.json',
  ...object(
    {
      numbra_cases: { const: 1, description: 'version of this format: 1' },
      at: instant,
      cases: {
        type: 'array',
        minItems: 1,
        items: object(
          {
            name: text,
            at: instant,
            request,
            campaign,
            facts,
            expect: { enum: ['allowed', ...Object.keys(decisionCodes)], description: '`allowed`, or the code of a refusal' },
          },
          ['name', 'request', 'expect'],
        ),
      },
    },
    ['numbra_cases', 'cases'],
  ),
};

/** Schemas that {@link casesSchema} refers to. */
export const casesSchemaNeeds: readonly Readonly<Record<string, unknown>>[] = [policySchema];
