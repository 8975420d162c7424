-- Lists released in daily batches, and what each export changed in its list.

-- Members fixed by a campaign's first export whose row has not left the bank: nothing of theirs is sealed before their day, so no token of
-- theirs opens anything and no page holds them. The first export from that day on seals them, moves them to `member` and delivers them.
CREATE TABLE waiting_member (
  campaign     integer NOT NULL REFERENCES campaign (number),
  row_number   integer NOT NULL,                   -- as in `member`
  customer     bigint NOT NULL,
  masked_phone text NOT NULL,                      -- as measured
  bands        text,                               -- as in `member`
  release_day  text NOT NULL,                      -- drawn; local day of the campaign, YYYY-MM-DD
  PRIMARY KEY (campaign, row_number)
);

-- Null: an export from before there were batches.
ALTER TABLE export ADD COLUMN added integer;       -- rows that no earlier export of the campaign delivered
ALTER TABLE export ADD COLUMN removed integer;     -- rows that left the list with it
ALTER TABLE export ADD COLUMN waiting integer;     -- members whose day had not come
