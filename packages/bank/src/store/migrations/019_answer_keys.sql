-- Keys of answers that are over.

ALTER TABLE answer_key ADD COLUMN ended_at timestamptz;   -- from then on it makes no answer; an older key does not come back for it
