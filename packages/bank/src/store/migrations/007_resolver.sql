-- The rest of the resolver: what a vendor says came of a call, and what the bank tells a vendor by webhook.

-- What the vendor said came of a call; the newest counts. A note is sealed (bank key `store`).
CREATE TABLE call_outcome (
  call     uuid NOT NULL,
  position smallint NOT NULL,                      -- 1 …
  outcome  text NOT NULL,
  note     bytea,
  agent    text,                                   -- the vendor's pseudonym, where the grant names one
  at       timestamptz NOT NULL,
  PRIMARY KEY (call, position)
);

-- Where a vendor is told; registered by the bank.
CREATE TABLE webhook_endpoint (
  id         text PRIMARY KEY,
  vendor     text NOT NULL REFERENCES vendor,
  url        text NOT NULL,
  secret     bytea NOT NULL,                       -- sealed; the vendor has the same
  created_at timestamptz NOT NULL,
  removed_at timestamptz
);
CREATE INDEX webhook_endpoint_vendor ON webhook_endpoint (vendor);

-- What is to be told, written in the transaction of the act that it tells. Who delivers takes rows by stepping `attempts` and `next_at`.
CREATE TABLE webhook_delivery (
  id         text PRIMARY KEY,                     -- webhook-id: the same in every attempt
  endpoint   text NOT NULL REFERENCES webhook_endpoint,
  body       text NOT NULL,                        -- exactly the bytes that are signed and sent
  created_at timestamptz NOT NULL,
  attempts   smallint NOT NULL DEFAULT 0,
  next_at    timestamptz NOT NULL,
  state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  answered   smallint,                             -- status of the last answer; null: none came
  settled_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (settled_at) WHERE state = 'dead';
