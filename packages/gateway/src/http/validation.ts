/**
 * The one schema compiler of the gateway: JSON Schema 2020-12, strict, nothing coerced, nothing removed. Fastify's own is
 * draft-07 with coercion, and would turn an unknown member into silence. Query strings have a sibling with coercion,
 * because there everything is text.
 * @see https://ajv.js.org/strict-mode.html
 * @module
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance, FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';

type Part = 'body' | 'querystring' | 'params' | 'headers';

export interface Schemas {
  /** Registers the schemas that routes refer to by `$id`. */
  readonly shared: readonly (TSchema & { readonly $id: string })[];
}

/** Gives an application its compilers. Answers are written by `JSON.stringify`: they are built member by member, and tested against their schemas. */
export function useStrictSchemas(app: FastifyInstance, { shared }: Schemas): void {
  const strict = new Ajv2020({ strict: true, allErrors: false, coerceTypes: false, removeAdditional: false, useDefaults: false });
  const coercing = new Ajv2020({ strict: true, allErrors: false, coerceTypes: true, removeAdditional: false, useDefaults: false });
  for (const schema of shared) {
    app.addSchema(schema);
    strict.addSchema(schema);
    coercing.addSchema(schema);
  }
  app.setValidatorCompiler<FastifySchema>(({ schema, httpPart }) =>
    (httpPart as Part) === 'querystring' ? coercing.compile(schema) : strict.compile(schema),
  );
  app.setSerializerCompiler(() => JSON.stringify);
}
