-- How often the shred key was replaced: exactly one row. A shred locks it while it wraps every surviving secret again; whoever
-- writes or deletes a campaign's secret holds it in share mode until that is committed. So no secret stays behind under a key that goes.
CREATE TABLE shred_key (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch     integer NOT NULL,
  probe     bytea                                  -- 32 random bytes wrapped under the newest shred key: shows a keyring from before; null: none was replaced yet
);
INSERT INTO shred_key (epoch) VALUES (0);
