-- The bank's store. Raw identifiers and attributes are sealed (AES-256-SIV under the bank key `store`); equality
-- search goes through HMACs under `index`. Times are timestamptz; ids of acts are text with a prefix that says what they are.

-- This bank: exactly one row.
CREATE TABLE bank (
  singleton         boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  name              text NOT NULL,
  log_origin        text NOT NULL,
  reference_length  smallint NOT NULL,             -- bytes of a reference's plaintext: 14, 29, 44 …; fixed for ever
  decimal_ids       boolean NOT NULL,              -- the bank's ids are decimal: 13 to 24 digits fit one block
  minimum_issued_at timestamptz NOT NULL DEFAULT '-infinity',   -- grants issued earlier are refused (raised after a restore)
  created_at        timestamptz NOT NULL
);

-- Signing keys, sealed. `grant` signs grants and manifests, `log` signs checkpoints.
CREATE TABLE signing_key (
  kid         text PRIMARY KEY,
  use         text NOT NULL CHECK (use IN ('grant', 'log')),
  algorithm   text NOT NULL,
  public_key  text NOT NULL,                       -- grant: JWK; log: C2SP verifier key
  sealed      bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  retired_at  timestamptz
);

CREATE TABLE policy (
  digest      text PRIMARY KEY,
  document    text NOT NULL,
  adopted_at  timestamptz NOT NULL,
  sequence    bigint GENERATED ALWAYS AS IDENTITY UNIQUE   -- the newest is in force
);

CREATE TABLE vendor (
  id          text PRIMARY KEY,
  jwks        text NOT NULL,
  added_at    timestamptz NOT NULL,
  revoked_at  timestamptz
);

-- fillfactor: `uses` is stepped at every use. An export steps it for whole pages at once, so a page needs room for a second version
-- of every row; with less, each step also writes all indexes, and the table grows to twice the size.
CREATE TABLE customer (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id   text COLLATE "C" NOT NULL UNIQUE,  -- the bank's own id, NFC; or a random one
  source_index  bytea UNIQUE,                      -- HMAC of the id in the bank's file, where that id is a raw identifier and a random one stands for it
  name          bytea,
  phone         bytea,                             -- null: unreachable, or erased
  account       bytea,
  resident_id   bytea,
  attributes    bytea,                             -- sealed JSON: what the bank selects by; never leaves
  phone_index   bytea,
  customer_key  bytea,                             -- sealed under `subject`; null: erased, nothing links any more
  uses          bigint NOT NULL DEFAULT 0,         -- n of the newest ledger entry about this customer
  imported_at   timestamptz NOT NULL,
  erased_at     timestamptz
) WITH (fillfactor = 50);
CREATE INDEX customer_phone ON customer (phone_index);

CREATE TABLE consent (
  customer     bigint NOT NULL REFERENCES customer,
  purpose      text NOT NULL,                      -- the policy's consent key
  given_at     timestamptz NOT NULL,
  evidence     text NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (customer, purpose)
);

-- By phone, so that a list can be loaded before its people are customers.
CREATE TABLE do_not_call (
  phone_index bytea PRIMARY KEY,
  since       timestamptz NOT NULL,
  until       timestamptz NOT NULL DEFAULT 'infinity',
  source      text NOT NULL
);

CREATE TABLE campaign (
  number             integer GENERATED ALWAYS AS IDENTITY UNIQUE,   -- short key of the large tables
  id                 text PRIMARY KEY,
  vendor             text NOT NULL REFERENCES vendor,
  purpose            text NOT NULL,
  time_zone          text NOT NULL,
  call_window        text,                         -- JSON; narrower than the policy's; null: the policy's
  opens_at           timestamptz NOT NULL,
  closes_at          timestamptz NOT NULL DEFAULT 'infinity',
  budget_calls       integer NOT NULL,
  per_customer       integer NOT NULL,
  per_agent_per_hour integer NOT NULL,
  selection          text NOT NULL,                -- JSON; stays in the bank
  mask_width         smallint,                     -- one width a list, fixed by the first export
  removals_day       text,                         -- local day of the last batch of removals, YYYY-MM-DD
  list_columns       text,                         -- JSON; the columns of the list, fixed by the first export
  state              text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'shredded')),
  created_at         timestamptz NOT NULL
);

-- The secret and tag of a campaign; a rotation adds a generation, a withdrawal or a shred deletes the secret.
CREATE TABLE campaign_secret (
  campaign     integer NOT NULL REFERENCES campaign (number),
  generation   smallint NOT NULL,
  wrapped      bytea,                              -- AES-256-KW under the shred key, 40 bytes; null: gone for good
  tag          bytea NOT NULL UNIQUE,              -- 6 public bytes
  created_at   timestamptz NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (campaign, generation)
);

-- Hot, narrow, locked last.
CREATE TABLE campaign_budget (
  campaign  integer PRIMARY KEY REFERENCES campaign (number),
  remaining integer NOT NULL CHECK (remaining >= 0)
) WITH (fillfactor = 50);

-- The members of a list, fixed by the campaign's first export; a rotation adds them again, same rows, new tokens.
CREATE TABLE member (
  campaign       integer NOT NULL,
  generation     smallint NOT NULL,
  row_number     integer NOT NULL,                 -- 1 … in order of the first list's reference bytes; never reused
  customer       bigint NOT NULL,
  r5             bigint NOT NULL,                  -- first 5 bytes of the reference's SIV; not unique
  reference_hash bytea NOT NULL,                   -- SHA-256 of the reference as delivered
  dial_hash      bytea NOT NULL,                   -- SHA-256 of the dial token as delivered
  masked_phone   text NOT NULL,                    -- exactly the list's string; every answer repeats it
  bands          text,                             -- the list's band cells, U+001F between; null: the list has none
  removed_at     timestamptz,
  PRIMARY KEY (campaign, generation, row_number)
);
CREATE INDEX member_r5 ON member (campaign, r5);
CREATE INDEX member_customer ON member (customer);

CREATE TABLE export (
  number          integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  id              text PRIMARY KEY,
  campaign        integer NOT NULL REFERENCES campaign (number),
  generation      smallint NOT NULL,
  state           text NOT NULL CHECK (state IN ('reserving', 'made', 'delivered', 'not-delivered', 'abandoned')),
  file            text NOT NULL,
  rows            integer NOT NULL,
  policy          text NOT NULL,
  root            bytea,
  sha256          bytea,
  manifest        text,                            -- canonical JSON, exactly what is signed
  signature       text,                            -- detached JWS over it
  measures        text,                            -- JSON: k, mask width, linkability per other recipient
  started_at      timestamptz NOT NULL,
  made_at         timestamptz,
  acknowledged_at timestamptz,                     -- the vendor countersigned the manifest
  countersignature text
);
CREATE INDEX export_campaign ON export (campaign);

-- The rows of an export, as many as one short transaction reserved: what proves later that a leaked row was in it, and which n of
-- each customer it took. A row a row would be ten times as large and as slow.
CREATE TABLE export_chunk (
  export     integer NOT NULL,
  chunk      integer NOT NULL,                     -- 0-based, in the order in which the n were taken
  customers  bigint[] NOT NULL,
  n          bigint[] NOT NULL,
  positions  integer[] NOT NULL,                   -- 0-based positions in the list
  subjects   bytea NOT NULL,                       -- 16 bytes a row
  row_hashes bytea NOT NULL,                       -- SHA-256 of the row as delivered, 32 bytes a row
  PRIMARY KEY (export, chunk)
);

-- Everything "seen before?": proofs and assertions, by truncated SHA-256 of (issuer or key thumbprint, jti).
CREATE TABLE replay (
  key        uuid PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX replay_expiry ON replay (expires_at);

CREATE TABLE issued_grant (
  identifier text PRIMARY KEY,
  vendor     text NOT NULL,
  campaign   integer NOT NULL,
  actor      text,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);

-- One row an Idempotency-Key of a client; kept 7 days.
CREATE TABLE idempotency (
  key        uuid PRIMARY KEY,                    -- truncated SHA-256 of client and key
  digest     uuid NOT NULL,                       -- truncated SHA-256 of what was asked
  call       uuid,                                -- the call that was authorized under it; its row holds the answer
  status     smallint,                            -- null: the call's row answers
  answer     text,
  created_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE agent (
  id        uuid PRIMARY KEY,                      -- truncated SHA-256 of vendor and pseudonym
  vendor    text NOT NULL,
  pseudonym text NOT NULL
);

CREATE TABLE call (
  id            uuid PRIMARY KEY,
  campaign      integer NOT NULL,
  row_number    integer NOT NULL,
  customer      bigint NOT NULL,
  vendor        text NOT NULL,
  purpose       text NOT NULL,
  agent         uuid,
  grant_id      text NOT NULL,
  masked_phone  text NOT NULL,                     -- the list's string
  state         text NOT NULL CHECK (state IN ('authorized', 'placed', 'failed', 'unknown', 'ended')),
  told          text,                              -- the state in the answer to the order; set once, so that a repeat is told the same
  cause         text,                              -- of failed: why the carrier did not take it
  result        text CHECK (result IN ('answered', 'busy', 'not-reached', 'ended')),
  talk_seconds  integer,
  n             bigint NOT NULL,                   -- taken for "authorized"; n + 1 belongs to the settlement
  at            timestamptz NOT NULL,
  lease_until   timestamptz NOT NULL,
  settled_at    timestamptz,
  ended_at      timestamptz
) WITH (fillfactor = 70);
-- No index holds `state`: a settlement must stay a HOT update. Expired leases are found by time.
CREATE INDEX call_customer ON call (customer, at);
CREATE INDEX call_agent ON call (agent, at);
CREATE INDEX call_campaign ON call (campaign, at);

-- What the bank's side knows of each refusal; the vendor was told `vendor_code`.
CREATE TABLE refusal (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,
  campaign    integer NOT NULL,
  vendor      text NOT NULL,
  customer    bigint,
  grant_id    text NOT NULL,
  request     text NOT NULL,                       -- the request id that every answer carries
  code        text NOT NULL,
  vendor_code text NOT NULL,
  rule        text NOT NULL,
  sentence    text NOT NULL
);
CREATE INDEX refusal_campaign ON refusal (campaign, at);
CREATE INDEX refusal_customer ON refusal (customer, at);

-- customer-unavailable stays until the next local midnight, so that its end tells nothing.
CREATE TABLE sticky_refusal (
  campaign integer NOT NULL,
  customer bigint NOT NULL,
  until    timestamptz NOT NULL,
  PRIMARY KEY (campaign, customer)
);

-- Refusals of groups 3 and 4 and authorized calls of a campaign's local day.
CREATE TABLE campaign_day (
  campaign   integer NOT NULL,
  day        text NOT NULL,                        -- YYYY-MM-DD in the campaign's time zone
  authorized integer NOT NULL DEFAULT 0,
  refused    integer NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, day)
) WITH (fillfactor = 50);

-- The ledger: acts insert into ledger_pending and nothing else; one sequencer moves entries into bundles.
CREATE TABLE ledger_pending (
  id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL
);
CREATE TABLE ledger_bundle (
  n    bigint PRIMARY KEY,
  data text NOT NULL                               -- 256 entries, one a line
);
CREATE TABLE ledger_tile (
  level smallint NOT NULL,
  n     bigint NOT NULL,
  data  bytea NOT NULL,
  PRIMARY KEY (level, n)
);
ALTER TABLE ledger_tile ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE ledger_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size      bigint NOT NULL,
  root      bytea NOT NULL,
  tail      bigint[] NOT NULL                      -- ids, in order, of sequenced entries that fill no bundle yet
);
CREATE TABLE ledger_checkpoint (
  size bigint PRIMARY KEY,
  note text NOT NULL,
  at   timestamptz NOT NULL
);
-- Finds a customer's entries; filled by the sequencer. Eight bytes; the full subject is compared in the entry.
CREATE TABLE ledger_subject (
  subject  bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (subject, position)
);
