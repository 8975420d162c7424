-- Look-ups and openings by the bank's own people, and what stood out.

-- Shown or refused: each try of a person is here, also one about nobody. Deleted after 400 days.
CREATE TABLE lookup (
  id       text PRIMARY KEY,                       -- as in the ledger
  at       timestamptz NOT NULL,
  day      text NOT NULL,                          -- local day of the bank, YYYY-MM-DD
  hour     smallint NOT NULL,                      -- local hour, 0 to 23
  person   text NOT NULL,
  desk     text NOT NULL,
  purpose  text NOT NULL,
  reason   text NOT NULL,                          -- a code
  customer bigint REFERENCES customer,             -- null: no customer has the id or token that was asked for
  code     text                                    -- why it was refused; null: it was not
);
CREATE INDEX lookup_person ON lookup (person, day);
CREATE INDEX lookup_day ON lookup (day);
CREATE INDEX lookup_customer ON lookup (customer, at);

-- The row is the lock under which a person's look-ups of one day are counted.
CREATE TABLE lookup_budget (
  person  text NOT NULL,
  purpose text NOT NULL,
  day     text NOT NULL,
  shown   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (person, purpose, day)
);

CREATE TABLE alert (
  id      text PRIMARY KEY,                        -- as in the ledger
  at      timestamptz NOT NULL,
  code    text NOT NULL,
  about   text NOT NULL,                           -- the person or vendor
  day     text NOT NULL,
  figures text NOT NULL,                           -- JSON
  UNIQUE (code, about, day)
);
CREATE INDEX alert_at ON alert (at);

-- Of the text that was agreed to; for the customer's consent receipt.
ALTER TABLE consent ADD COLUMN text_version text;

-- The approval that an export used up; null: it needed none.
ALTER TABLE export ADD COLUMN approval text;
