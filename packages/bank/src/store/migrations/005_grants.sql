-- Grants of agents, status lists, and vendors that are known by more than keys registered inline.

-- A vendor's keys lie in `jwks`, or at an address of its own; its TLS client certificate is recognised by `certificate` (JSON).
ALTER TABLE vendor ADD COLUMN jwks_uri text, ADD COLUMN certificate text;

-- Where each grant stands in the status lists: 65,536 to a list, counted on and never reused; a number that was taken by an act
-- that failed stays unused.
CREATE SEQUENCE status_number MINVALUE 0 START 0;
ALTER TABLE issued_grant ADD COLUMN status bigint UNIQUE;
CREATE INDEX issued_grant_revoked ON issued_grant (status) WHERE revoked_at IS NOT NULL;
CREATE INDEX issued_grant_revoked_live ON issued_grant (expires_at) WHERE revoked_at IS NOT NULL;

-- Agents' grants carry their parent's identifier, so the parent's row ends them all under the locks of a call; each can also be
-- ended by itself. Deleted a day after it expired.
CREATE TABLE agent_grant (
  jti        text PRIMARY KEY,
  identifier text NOT NULL,
  agent      text NOT NULL,                        -- the vendor's pseudonym
  status     bigint NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX agent_grant_parent ON agent_grant (identifier);
CREATE INDEX agent_grant_expiry ON agent_grant (expires_at);
CREATE INDEX agent_grant_revoked ON agent_grant (status) WHERE revoked_at IS NOT NULL;
