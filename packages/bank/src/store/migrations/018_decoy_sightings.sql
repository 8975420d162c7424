-- Sightings of decoys: which of the bank's own lines turned up in one leak. A line alone names no customer (012).
CREATE TABLE decoy_sighting (
  incident text NOT NULL,                          -- the bank's own name of the leak
  line     integer NOT NULL REFERENCES decoy,
  at       timestamptz NOT NULL,
  PRIMARY KEY (incident, line)
);
