-- Blind matching: which runs there were. Of whom, nothing is kept: the result is the caller's.

CREATE TABLE match_run (
  id         text PRIMARY KEY,
  vendor     text NOT NULL REFERENCES vendor,
  purpose    text NOT NULL,
  campaign   text NOT NULL,                        -- a name both sides agreed on; there need be no such campaign yet
  learner    text NOT NULL CHECK (learner IN ('bank', 'vendor')),
  asked      integer NOT NULL,                     -- elements of the learner's list
  listed     integer NOT NULL,                     -- elements of the other list
  matches    integer,                              -- that both hold; null: the vendor learned it
  at         timestamptz NOT NULL
);
CREATE INDEX match_run_at ON match_run (at);

-- When a vendor last learned for a campaign: one row, so that the question and its answer are one statement.
CREATE TABLE match_turn (
  vendor     text NOT NULL REFERENCES vendor,
  campaign   integer NOT NULL REFERENCES campaign (number),
  taken_at   timestamptz NOT NULL,
  PRIMARY KEY (vendor, campaign)
);
