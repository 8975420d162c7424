/**
 * What crosses the wire, as JSON Schema 2020-12 with the TypeScript types that follow from it. The same objects validate
 * requests and stand in the OpenAPI document.
 * @module
 */
import { type Static, type TObject, type TProperties, Type } from 'typebox';

/** An object with a name that others refer to it by; unknown members are refused. */
function named<P extends TProperties>($id: string, properties: P): TObject<P> & { readonly $id: string } {
  // typebox keeps `$id` in the value and not in the type.
  return Type.Object(properties, { $id, additionalProperties: false }) as TObject<P> & { readonly $id: string };
}

/** RFC 9457. */
export const ProblemSchema = named('Problem', {
  type: Type.String({
    description: 'What happened; the last part of the path is the code.',
    examples: ['https://numbra.dev/problems/token-invalid'],
  }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
});

/** RFC 6749 § 5.2. */
export const OAuthErrorSchema = named('OAuthError', { error: Type.String(), error_description: Type.Optional(Type.String()) });

/** Longer than any token of ours, so that a wrong token takes the way of every wrong token. */
const LONGEST_TOKEN = 512;

export const CallRequestSchema = named('CallRequest', {
  dial_token: Type.String({ minLength: 1, maxLength: LONGEST_TOKEN, description: 'nd1_… as it stands in the list.' }),
  reference: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: LONGEST_TOKEN,
      description: 'nr1_… of the same row; the bank then checks that both belong together.',
    }),
  ),
  agent: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: "The vendor's pseudonym for the person who asks." }),
  ),
});
export type CallRequestBody = Static<typeof CallRequestSchema>;

const MaskedPhone = Type.String({ description: 'As in the list: nine *, then the digits shown.' });

/** The answer to an order. */
export const CallSchema = named('Call', {
  call_id: Type.String(),
  masked_phone: MaskedPhone,
  state: Type.Union([Type.Literal('placed'), Type.Literal('failed'), Type.Literal('unknown')], {
    description: 'unknown: it may ring; asking again with the same key dials nothing.',
  }),
});

/** A call as its vendor may look it up: times to the minute, talk time to ten seconds. */
export const CallViewSchema = named('CallView', {
  call_id: Type.String(),
  campaign: Type.String(),
  masked_phone: MaskedPhone,
  state: Type.Union(['authorized', 'placed', 'failed', 'unknown', 'ended'].map((state) => Type.Literal(state))),
  at: Type.String({ description: 'UTC, to the minute.' }),
  result: Type.Optional(Type.Union(['answered', 'busy', 'not-reached', 'ended'].map((result) => Type.Literal(result)))),
  ended_at: Type.Optional(Type.String({ description: 'UTC, to the minute.' })),
  talk_seconds: Type.Optional(Type.Integer({ description: 'To ten seconds.' })),
});

export const GrantAnswerSchema = named('GrantAnswer', {
  access_token: Type.String(),
  token_type: Type.Literal('DPoP'),
  expires_in: Type.Integer({ description: 'Seconds.' }),
  authorization_details: Type.Array(Type.Object({}, { additionalProperties: true }), { description: 'As granted (RFC 9396).' }),
});

const Urls = Type.Array(Type.String());

/** RFC 8414, with the member `numbra_resolver`. */
export const ServerMetadataSchema = named('ServerMetadata', {
  issuer: Type.String(),
  token_endpoint: Type.String(),
  jwks_uri: Type.String(),
  response_types_supported: Urls,
  grant_types_supported: Urls,
  token_endpoint_auth_methods_supported: Urls,
  token_endpoint_auth_signing_alg_values_supported: Urls,
  dpop_signing_alg_values_supported: Urls,
  authorization_details_types_supported: Urls,
  protected_resources: Urls,
  numbra_resolver: Type.String({ description: 'Where calls are placed; also the audience of grants.' }),
});

/** RFC 9728. */
export const ResourceMetadataSchema = named('ResourceMetadata', {
  resource: Type.String(),
  authorization_servers: Urls,
  bearer_methods_supported: Urls,
  dpop_bound_access_tokens_required: Type.Literal(true),
  dpop_signing_alg_values_supported: Urls,
  authorization_details_types_supported: Urls,
});

export const JwksSchema = named('Jwks', { keys: Type.Array(Type.Object({}, { additionalProperties: true })) });

export const StatusSchema = named('Status', { status: Type.Literal('ok') });

export const sharedSchemas = [
  ProblemSchema,
  OAuthErrorSchema,
  CallRequestSchema,
  CallSchema,
  CallViewSchema,
  StatusSchema,
  GrantAnswerSchema,
  ServerMetadataSchema,
  ResourceMetadataSchema,
  JwksSchema,
] as const;

/** Refers to a shared schema. */
export const ref = (schema: { readonly $id: string }) => ({ $ref: `${schema.$id}#` });

/** No query: an address has one spelling, which is the one that proofs are made for. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false });
