/**
 * What crosses the wire, as JSON Schema 2020-12 with the TypeScript types that follow from it. The same objects validate
 * requests and stand in the OpenAPI document.
 * @module
 */
import { type Static, Type } from 'typebox';

/** RFC 9457. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'What happened; the last part of the path is the code.', examples: ['https://numbra.dev/problems/token-invalid'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
  },
  { $id: 'Problem', additionalProperties: false },
);

/** RFC 6749 § 5.2. */
export const OAuthErrorSchema = Type.Object(
  { error: Type.String(), error_description: Type.Optional(Type.String()) },
  { $id: 'OAuthError', additionalProperties: false },
);

/** Longer than any token of ours, so that a wrong token takes the way of every wrong token. */
const LONGEST_TOKEN = 512;

export const CallRequestSchema = Type.Object(
  {
    dial_token: Type.String({ minLength: 1, maxLength: LONGEST_TOKEN, description: 'nd1_… as it stands in the list.' }),
    reference: Type.Optional(
      Type.String({ minLength: 1, maxLength: LONGEST_TOKEN, description: 'nr1_… of the same row; the bank then checks that both belong together.' }),
    ),
    agent: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: "The vendor's pseudonym for the person who asks." }),
    ),
  },
  { $id: 'CallRequest', additionalProperties: false },
);
export type CallRequestBody = Static<typeof CallRequestSchema>;

export const CallSchema = Type.Object(
  {
    call_id: Type.String(),
    masked_phone: Type.String({ description: 'As in the list: nine *, then the digits shown.' }),
    state: Type.String({ description: 'placed, failed or unknown when it was ordered; later answered, busy, not-reached or ended.' }),
  },
  { $id: 'Call', additionalProperties: false },
);

export const GrantAnswerSchema = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('DPoP'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    authorization_details: Type.Array(Type.Object({}, { additionalProperties: true }), { description: 'As granted (RFC 9396).' }),
  },
  { $id: 'GrantAnswer', additionalProperties: false },
);

const Urls = Type.Array(Type.String());

/** RFC 8414, with the member `numbra_resolver`. */
export const ServerMetadataSchema = Type.Object(
  {
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
  },
  { $id: 'ServerMetadata', additionalProperties: false },
);

/** RFC 9728. */
export const ResourceMetadataSchema = Type.Object(
  {
    resource: Type.String(),
    authorization_servers: Urls,
    bearer_methods_supported: Urls,
    dpop_bound_access_tokens_required: Type.Literal(true),
    dpop_signing_alg_values_supported: Urls,
    authorization_details_types_supported: Urls,
  },
  { $id: 'ResourceMetadata', additionalProperties: false },
);

export const JwksSchema = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true })) },
  { $id: 'Jwks', additionalProperties: false },
);

export const sharedSchemas = [
  ProblemSchema,
  OAuthErrorSchema,
  CallRequestSchema,
  CallSchema,
  GrantAnswerSchema,
  ServerMetadataSchema,
  ResourceMetadataSchema,
  JwksSchema,
] as const;

/** Refers to a shared schema. */
export const ref = (schema: { readonly $id: string }) => ({ $ref: `${schema.$id}#` });

/** No query: an address has one spelling, which is the one that proofs are made for. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false });
