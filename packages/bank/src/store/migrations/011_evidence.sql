-- Evidence that outsiders can check: who cosigns checkpoints, restores that people accepted, what vendors stated.

CREATE TABLE ledger_witness (
  name        text PRIMARY KEY,
  public_key  text NOT NULL,                       -- C2SP verifier key, type 0x04
  url         text NOT NULL,
  added_at    timestamptz NOT NULL,
  size        bigint NOT NULL DEFAULT 0,           -- the largest checkpoint that it cosigned
  cosigned_at timestamptz,
  refusal     text,                                -- how it answered last, if it did not cosign
  refused_at  timestamptz
);

CREATE TABLE ledger_cosignature (
  size    bigint NOT NULL,
  witness text NOT NULL,
  line    text NOT NULL,                           -- a signature line of the note, with its newline
  at      timestamptz NOT NULL,
  PRIMARY KEY (size, witness)
);

-- An older copy with which the bank went on: a note signed by the log key, so that nobody who has only the database can accept one.
CREATE TABLE ledger_restored (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  note   text NOT NULL,
  at     timestamptz NOT NULL
);

CREATE TABLE deletion_statement (
  digest    text PRIMARY KEY,                      -- sha256:… of the statement's bytes
  campaign  integer NOT NULL REFERENCES campaign (number),
  statement text NOT NULL,                         -- exactly what the vendor signed
  signature text NOT NULL,                         -- detached JWS
  at        timestamptz NOT NULL
);
