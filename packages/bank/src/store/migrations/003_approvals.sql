-- Acts that take two people: who asks for exactly what, and who approves of it. People appear by the pseudonymous ids of the
-- bank's staff.

CREATE TABLE approval_request (
  id           text PRIMARY KEY,
  kind         text NOT NULL,                      -- the act
  subject      bytea NOT NULL,                     -- SHA-256 of exactly what is asked
  requested_by text NOT NULL,
  reason       text NOT NULL,                      -- for the people who approve; in no ledger entry
  requested_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz                         -- set once, in the transaction of the act
);
CREATE INDEX approval_request_subject ON approval_request (kind, subject) WHERE used_at IS NULL;

CREATE TABLE approval (
  request     text NOT NULL REFERENCES approval_request,
  approved_by text NOT NULL,
  approved_at timestamptz NOT NULL,
  PRIMARY KEY (request, approved_by)
);
