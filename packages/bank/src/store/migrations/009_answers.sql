-- Answers instead of attributes: the first answer to a question about a customer of a campaign is the answer for 90 days.

CREATE TABLE answer (
  campaign    integer NOT NULL,
  customer    bigint NOT NULL,
  question    uuid NOT NULL,                       -- truncated SHA-256 of the question's name, field and threshold
  answer      bytea NOT NULL,                      -- one byte, sealed (bank key `store`)
  answered_at timestamptz NOT NULL,
  PRIMARY KEY (campaign, customer, question)
);
CREATE INDEX answer_customer ON answer (customer);
CREATE INDEX answer_age ON answer (answered_at);

-- What bank and vendor share where the policy says `answers: mac`. The newest makes answers.
CREATE TABLE answer_key (
  kid        text PRIMARY KEY,
  vendor     text NOT NULL REFERENCES vendor,
  secret     bytea NOT NULL,                       -- sealed; the vendor has the same
  created_at timestamptz NOT NULL
);
CREATE INDEX answer_key_vendor ON answer_key (vendor, created_at);
