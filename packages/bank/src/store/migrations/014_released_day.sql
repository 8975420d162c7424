-- When a row was delivered, so that a vendor can read a day's batch of a paced list alone.

-- Local day of the campaign on which these tokens were delivered first; of a rotation, the day of it. Null: from before there were days.
ALTER TABLE member ADD COLUMN released_day text;
