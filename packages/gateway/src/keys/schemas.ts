/**
 * What a gateway may send to a key service, operation by operation: JSON Schema 2020-12, strict. The gateway faces the internet; who took
 * it over speaks here.
 * @module
 */
import { callOutcomes, LARGEST_PAGE, LONGEST_NOTE } from '@numbra/bank';
import { grantActions, weekdays } from '@numbra/grants';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type TProperties, type TSchema, Type } from 'typebox';

const exactly = (properties: TProperties) => Type.Object(properties, { additionalProperties: false });
const oneOf = (names: readonly string[]) => Type.Unsafe<string>({ type: 'string', enum: [...names] });
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const Thumbprint = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const Origin = text(2_048);
const Instant = Type.Integer({ minimum: 0 });
const Count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
const Clock = Type.String({ pattern: '^[0-9]{2}:[0-9]{2}$' });

const Window = exactly({
  tz: text(64),
  days: Type.Array(oneOf(weekdays), { maxItems: 7 }),
  from: Clock,
  to: Clock,
  until: Type.Optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })),
});
const Actions = Type.Array(oneOf(grantActions), { maxItems: grantActions.length });
const Budget = { calls: Count, per_customer: Count, per_agent_per_hour: Count };
const Granted = exactly({
  identifier: Type.String({ pattern: '^grant_[A-Za-z0-9_-]{8,64}$' }),
  actions: Actions,
  purpose: Name,
  campaign: Name,
  window: Window,
  budget: exactly(Budget),
});
const Asked = exactly({
  campaign: Name,
  purpose: Type.Optional(Name),
  actions: Type.Optional(Actions),
  window: Type.Optional(Window),
  budget: Type.Optional(exactly(Object.fromEntries(Object.entries(Budget).map(([name, schema]) => [name, Type.Optional(schema)])))),
});
const Binding = oneOf(['dpop', 'mtls']);
const grantFacts = { clientId: Name, issuedAt: Instant, actor: Type.Optional(text(64)), campaign: Granted };
/** Who is the issuer of what is signed, and the request's id. */
const asking = { issuer: Origin, requestId: text(128) };
/** The gateway asked an external decision point. Who took the gateway over leaves this out; the policy decides here. */
const askedElsewhere = { denied: Type.Optional(Type.Boolean()) };
const Parent = exactly({
  ...grantFacts,
  issuer: Origin,
  audience: Origin,
  subject: Name,
  jti: text(256),
  binding: Binding,
  thumbprint: Thumbprint,
  expiresAt: Instant,
  status: Type.Optional(exactly({ idx: Count, uri: Origin })),
});

/** Parameters by operation; nothing else can be asked. */
const schemas = {
  'bank-key': exactly({ name: text(64) }),
  'campaign-keys': exactly({ campaign: Name }),
  'open-numeric': exactly({ campaign: Name, token: text(64) }),
  'read-list': exactly({
    campaign: Name,
    vendor: Name,
    after: Type.Optional(Count),
    rows: Type.Optional(Type.Integer({ minimum: 1, maximum: LARGEST_PAGE })),
  }),
  'record-outcome': exactly({
    grant: exactly(grantFacts),
    idempotencyKey: text(255),
    callId: text(64),
    outcome: oneOf(callOutcomes),
    note: text(LONGEST_NOTE),
  }),
  ask: exactly({
    grant: exactly(grantFacts),
    idempotencyKey: text(255),
    reference: text(512),
    question: text(128),
    ...asking,
    ...askedElsewhere,
  }),
  'begin-handover': exactly({
    request: exactly({
      grant: exactly(grantFacts),
      idempotencyKey: text(255),
      reference: text(512),
      recipient: text(128),
      ...asking,
      ...askedElsewhere,
    }),
    canSend: Type.Boolean(),
  }),
  'confirm-handover': exactly({
    grant: exactly(grantFacts),
    idempotencyKey: text(255),
    handoverId: text(128),
    code: text(16),
    ...asking,
  }),
  issue: exactly({
    vendor: Name,
    thumbprint: Thumbprint,
    binding: Type.Optional(Binding),
    issuer: Origin,
    audience: Origin,
    granted: Granted,
    ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 300 })),
  }),
  exchange: exactly({ parent: Parent, agent: text(64), thumbprint: Thumbprint, asked: Type.Optional(Asked) }),
  'status-list': exactly({ issuer: Origin, list: Count }),
  'sign-introspection': exactly({
    answer: Type.Object({ active: Type.Boolean() }),
    to: exactly({ issuer: Origin, audience: text(256) }),
  }),
  'take-deliveries': exactly({ most: Type.Integer({ minimum: 1, maximum: 256 }) }),
  sequence: Type.Null(),
  'assert-current': Type.Null(),
  counts: Type.Null(),
} as const satisfies Readonly<Record<string, TSchema>>;

export type KeyOperation = keyof typeof schemas;

const ajv = new Ajv2020({ strict: true, allErrors: false, coerceTypes: false, removeAdditional: false, useDefaults: false });

/** A validator for each operation. */
export const keyRequests = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]),
) as unknown as Readonly<Record<KeyOperation, ValidateFunction>>;
