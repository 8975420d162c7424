/**
 * The JSON Schema (2020-12) of a policy file: what editors complete from and what `checkPolicy` checks first. Published as
 * `@numbra/policy/schema.json`. It says what a file may hold; what the parts mean together is judged in meaning.ts.
 * @see https://json-schema.org/draft/2020-12
 * @module
 */
import schema from './schema.json' with { type: 'json' };

export const policySchema: Readonly<Record<string, unknown>> = schema;
