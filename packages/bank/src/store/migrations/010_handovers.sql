-- Handovers: after a customer's yes, named fields go from the bank to a recipient, encrypted, past the vendor that asked.

CREATE TABLE handover_recipient (
  id         text PRIMARY KEY,                     -- as the policy names it
  title      text NOT NULL,                        -- as customers know it
  url        text NOT NULL,
  jwk        text NOT NULL,                        -- its public key, JSON
  added_at   timestamptz NOT NULL
);

-- `confirming`: a code was made, and the customer has it or is getting it. No code and no field stands here in the clear: a code as 16 bytes of
-- keyed hash, fields as a JWE that only the recipient opens, deleted once it is delivered.
CREATE TABLE handover (
  id           text PRIMARY KEY,
  campaign     integer NOT NULL,
  customer     bigint NOT NULL,
  vendor       text NOT NULL,
  purpose      text NOT NULL,
  recipient    text NOT NULL,
  grant_id     text NOT NULL,
  state        text NOT NULL CHECK (state IN ('confirming', 'lapsed', 'confirmed', 'delivered', 'undelivered')),
  code_hash    bytea,                              -- null: consent stood in for a code, or the code is used up
  wrong_codes  smallint NOT NULL DEFAULT 0,
  code_until   timestamptz,
  started_at   timestamptz NOT NULL,
  confirmed_at timestamptz,
  sealed       text,                               -- the JWE while it waits
  url          text,                               -- where it goes: the recipient's address when it was confirmed
  attempts     smallint NOT NULL DEFAULT 0,        -- deliveries tried
  next_at      timestamptz,                        -- of the next one
  answered     smallint,                           -- status of the recipient's last answer; null: none came
  settled_at   timestamptz
) WITH (fillfactor = 70);
CREATE INDEX handover_customer ON handover (customer, started_at);
CREATE INDEX handover_due ON handover (next_at) WHERE state = 'confirmed';
