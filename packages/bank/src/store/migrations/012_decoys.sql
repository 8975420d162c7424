-- Decoys: customers whose phones are the bank's own lines. Which customer a line belongs to is sealed under the bank key `store`, in a
-- cell of one length, bound to its line: a dump tells how many there are and not who.
CREATE TABLE decoy (
  line     integer PRIMARY KEY,                    -- position in the code, from 0; never given again
  customer bytea NOT NULL                          -- sealed row id of the customer
);
