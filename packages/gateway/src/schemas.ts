/**
 * What crosses the wire, as JSON Schema 2020-12 with the TypeScript types that follow from it. The same objects validate
 * requests and stand in the OpenAPI document.
 * @module
 */
import { callOutcomes, handoverStates, LARGEST_PAGE, LONGEST_NOTE, type CallOutcome as OutcomeName } from '@numbra/bank';
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

/** A call by its id. */
export const CallIdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false });

const idempotencyKey = (longest: number, description: string) => Type.String({ pattern: `^[\\x21-\\x7e]{1,${longest}}$`, description });

/** What every write has. */
export const WriteHeaders = Type.Object(
  { 'idempotency-key': idempotencyKey(255, 'One for each write; repeats get the first answer.') },
  { additionalProperties: true },
);

const BatchedCallSchema = Type.Object(
  {
    ...CallRequestSchema.properties,
    idempotency_key: Type.Optional(idempotencyKey(255, 'Of this call; derived from the batch’s and the index if absent.')),
  },
  { additionalProperties: false },
);
export type BatchedCall = Static<typeof BatchedCallSchema>;

export const MOST_BATCHED = 500;
export const BatchSchema = named('CallBatch', { calls: Type.Array(BatchedCallSchema, { minItems: 1, maxItems: MOST_BATCHED }) });
export type BatchBody = Static<typeof BatchSchema>;

/** Shorter, so that a derived key fits. */
export const BatchHeaders = Type.Object(
  { 'idempotency-key': idempotencyKey(240, 'One for each batch; repeats get the first answers.') },
  { additionalProperties: true },
);

export const BatchAnswerSchema = named('CallBatchAnswer', {
  answers: Type.Array(
    Type.Object(
      {
        index: Type.Integer(),
        status: Type.Integer({ description: 'As if the call had been ordered alone.' }),
        call: Type.Optional(Type.Object({ ...CallSchema.properties }, { additionalProperties: false })),
        problem: Type.Optional(Type.Object({ ...ProblemSchema.properties }, { additionalProperties: false })),
      },
      { additionalProperties: false },
    ),
  ),
});

export const HangUpSchema = named('HangUp', {
  call_id: Type.String(),
  hang_up: Type.Union(['done', 'not-under-way', 'unknown'].map((word) => Type.Literal(word))),
});

export const CallOutcomeSchema = named('CallOutcome', {
  outcome: Type.Union(callOutcomes.map((outcome) => Type.Literal(outcome))),
  note: Type.Optional(Type.String({ maxLength: LONGEST_NOTE, description: 'For the bank; refused when it reads as if it held a number.' })),
});
export interface CallOutcomeBody {
  readonly outcome: OutcomeName;
  readonly note?: string;
}
export const OutcomeRecordedSchema = named('OutcomeRecorded', { call_id: Type.String(), outcome: Type.String() });

export const ListParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false });
export const ListQuerySchema = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_646, description: 'The `next` of the page before.' })),
    rows: Type.Optional(Type.Integer({ minimum: 1, maximum: LARGEST_PAGE, description: 'A page may hold fewer.' })),
    since: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
        description: 'Only rows that were delivered first on this day or later, by the calendar of the campaign.',
      }),
    ),
  },
  { additionalProperties: false },
);
export const ListPageSchema = named('ListPage', {
  campaign: Type.String(),
  columns: Type.Array(Type.String()),
  rows: Type.Array(Type.Array(Type.String()), { description: 'Cells in the order of the columns, as in the file.' }),
  next: Type.Optional(Type.Integer({ description: 'Where the next page begins; absent on the last.' })),
});

export const ExportIdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false });
export const CountersignatureSchema = named('Countersignature', {
  signature: Type.String({ minLength: 1, maxLength: 512, description: 'Detached JWS, header..signature.' }),
});
export const CountersignedSchema = named('Countersigned', {
  export: Type.String(),
  campaign: Type.String(),
  acknowledged: Type.Literal(true),
});

const ReferenceText = Type.String({ minLength: 1, maxLength: LONGEST_TOKEN, description: 'nr1_… as it stands in the list.' });

export const QuestionSchema = named('Question', {
  reference: ReferenceText,
  question: Type.String({ minLength: 1, maxLength: 64, description: 'As the bank named it.' }),
});
export const AnswerSchema = named('Answer', {
  question: Type.String(),
  answer: Type.Boolean(),
  token: Type.String({ description: 'A JWT (typ numbra-answer+jwt) of the bank for this vendor; it holds for 24 hours.' }),
});

export const HandoverRequestSchema = named('HandoverRequest', {
  reference: ReferenceText,
  recipient: Type.String({ minLength: 1, maxLength: 64, description: 'As the bank named it.' }),
});
export const HandoverSchema = named('Handover', {
  handover_id: Type.String(),
  state: Type.Union(
    handoverStates.map((state) => Type.Literal(state)),
    {
      description:
        'confirming: the customer has a code, or is getting one; lapsed: no code will do any more; confirmed: on its way to the recipient.',
    },
  ),
});
export const HandoverIdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false });
export const ConfirmationSchema = named('Confirmation', {
  code: Type.String({ pattern: '^[0-9]{6}$', description: 'As the customer read it out.' }),
});

export const GrantAnswerSchema = named('GrantAnswer', {
  access_token: Type.String(),
  token_type: Type.Union([Type.Literal('DPoP'), Type.Literal('Bearer')], { description: 'Bearer: bound to the client certificate.' }),
  issued_token_type: Type.Optional(Type.String({ description: 'After an exchange (RFC 8693).' })),
  expires_in: Type.Integer({ description: 'Seconds.' }),
  authorization_details: Type.Array(Type.Object({}, { additionalProperties: true }), { description: 'As granted (RFC 9396).' }),
});

/** RFC 7662: of a grant that holds, its claims; of every other token, `active: false` alone. */
export const IntrospectionSchema = named('Introspection', {
  active: Type.Boolean(),
  token_type: Type.Optional(Type.Union([Type.Literal('DPoP'), Type.Literal('Bearer')])),
  iss: Type.Optional(Type.String()),
  sub: Type.Optional(Type.String()),
  client_id: Type.Optional(Type.String()),
  aud: Type.Optional(Type.String()),
  iat: Type.Optional(Type.Integer()),
  exp: Type.Optional(Type.Integer()),
  jti: Type.Optional(Type.String()),
  cnf: Type.Optional(Type.Object({}, { additionalProperties: true })),
  act: Type.Optional(Type.Object({}, { additionalProperties: true })),
  status: Type.Optional(Type.Object({}, { additionalProperties: true })),
  authorization_details: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))),
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
  introspection_endpoint: Type.String(),
  introspection_endpoint_auth_methods_supported: Urls,
  introspection_endpoint_auth_signing_alg_values_supported: Urls,
  introspection_signing_alg_values_supported: Urls,
  revocation_endpoint: Type.String(),
  revocation_endpoint_auth_methods_supported: Urls,
  revocation_endpoint_auth_signing_alg_values_supported: Urls,
  tls_client_certificate_bound_access_tokens: Type.Optional(Type.Literal(true)),
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
  dpop_bound_access_tokens_required: Type.Boolean(),
  tls_client_certificate_bound_access_tokens: Type.Optional(Type.Literal(true)),
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
  BatchSchema,
  BatchAnswerSchema,
  HangUpSchema,
  CallOutcomeSchema,
  OutcomeRecordedSchema,
  ListPageSchema,
  CountersignatureSchema,
  CountersignedSchema,
  QuestionSchema,
  AnswerSchema,
  HandoverRequestSchema,
  HandoverSchema,
  ConfirmationSchema,
  StatusSchema,
  GrantAnswerSchema,
  IntrospectionSchema,
  ServerMetadataSchema,
  ResourceMetadataSchema,
  JwksSchema,
] as const;

/** Refers to a shared schema. */
export const ref = (schema: { readonly $id: string }) => ({ $ref: `${schema.$id}#` });

/** No query: an address has one spelling, which is the one that proofs are made for. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false });
