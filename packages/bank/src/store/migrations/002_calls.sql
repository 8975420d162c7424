-- The statements of a batch of calls (src/calls/README.md). plpgsql, VOLATILE: each statement in a function takes a new snapshot
-- under READ COMMITTED, so that facts read after the locks are current. Locks are always taken in this order, each kind sorted:
--   calls that are being settled → idempotency → agents → customers → budgets
-- The planner settings spare a batch from plans made for empty tables; a function keeps its plans for the session.

-- Refusals beyond a hundred a minute of one grant, until one ledger entry is written for all of a minute.
CREATE TABLE refusal_held (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  campaign integer NOT NULL,
  vendor   text NOT NULL,
  grant_id text NOT NULL,
  code     text NOT NULL,
  policy   text NOT NULL,
  subject  bytea
);

-- Settles calls. A call that somebody settled before is left alone; what it was told is returned instead.
-- asked: [{ id, state: placed | failed | unknown, told, cause }]
CREATE FUNCTION calls_settle(asked json, clock timestamptz)
RETURNS TABLE (id uuid, settled boolean, campaign integer, state text, told text, moment timestamptz)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
DECLARE
  now timestamptz;
BEGIN
  PERFORM 1 FROM call c WHERE c.id IN (SELECT a.id FROM json_to_recordset(asked) AS a (id uuid)) ORDER BY c.id FOR NO KEY UPDATE;
  now := coalesce(clock, clock_timestamp());
  RETURN QUERY
    WITH done AS (
      UPDATE call c
         SET state = a.state, told = coalesce(c.told, a.told), cause = a.cause, settled_at = now
        FROM json_to_recordset(asked) AS a (id uuid, state text, told text, cause text)
       WHERE c.id = a.id AND (c.state = 'authorized' OR (c.state = 'unknown' AND a.state <> 'unknown'))
      RETURNING c.id, c.campaign, c.state, c.told)
    SELECT d.id, true, d.campaign, d.state, d.told, now FROM done d
    UNION ALL
    SELECT c.id, false, c.campaign, c.state, c.told, now FROM json_to_recordset(asked) AS a (id uuid) JOIN call c ON c.id = a.id
     WHERE NOT EXISTS (SELECT FROM done d WHERE d.id = a.id);
END $$;

-- One request of a batch. agent, r5 and consent may be null: no agent named, the token did not open, the purpose needs no consent.
CREATE TYPE calls_asked AS (
  key uuid, digest uuid, call uuid, campaign integer, vendor text, grant_id text, issued bigint, agent uuid, pseudonym text,
  r5 bigint, dial_hash text, phone_index text, consent text, days integer
);

-- Takes the locks of a batch and reads what is known about each request. Keys and calls are inserted here, so a request whose
-- key is known costs no lock: its row says what it was answered.
-- asked: [calls_asked], in the order of the requests
-- locked: campaigns whose budget row is locked now instead of by its update
CREATE FUNCTION calls_read(asked json, locked integer[], clock timestamptz)
RETURNS TABLE (
  "position" integer, fresh boolean, moment timestamptz,
  digest uuid, status smallint, answer text, call uuid, told text, lapsed boolean, call_masked_phone text,
  revoked boolean, agent_calls integer,
  row_number integer, customer bigint, generation smallint, masked_phone text, removed boolean,
  customer_id text, uses bigint, customer_key bytea, erased boolean, phone_changed boolean, consent text, do_not_call boolean,
  sticky_until timestamptz, history text
)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
  -- Parsed once: every statement below reads it.
  rows calls_asked[] := (SELECT array_agg(a) FROM json_populate_recordset(NULL::calls_asked, asked) a);
  made uuid[];
  agents uuid[];
  customers bigint[];
  now timestamptz;
BEGIN
  WITH inserted AS (
    INSERT INTO idempotency AS i (key, digest, call, created_at)
    SELECT a.key, a.digest, a.call, coalesce(clock, clock_timestamp())
      FROM unnest(rows) a ORDER BY a.key
    ON CONFLICT (key) DO NOTHING
    RETURNING i.key)
  SELECT coalesce(array_agg(n.key), '{}') INTO made FROM inserted n;

  IF made <> '{}' THEN
    SELECT array_agg(DISTINCT a.agent) INTO agents
      FROM unnest(rows) a WHERE a.agent IS NOT NULL AND a.key = ANY (made);
    IF agents IS NOT NULL THEN
      INSERT INTO agent AS g (id, vendor, pseudonym)
      SELECT DISTINCT ON (a.agent) a.agent, a.vendor, a.pseudonym
        FROM unnest(rows) a
       WHERE a.agent = ANY (agents) AND NOT EXISTS (SELECT FROM agent known WHERE known.id = a.agent)
       ORDER BY a.agent
      ON CONFLICT (id) DO NOTHING;
      PERFORM 1 FROM agent g WHERE g.id = ANY (agents) ORDER BY g.id FOR NO KEY UPDATE;
    END IF;

    -- Members never change customer, so the rows to lock may be looked up before the lock.
    SELECT array_agg(DISTINCT m.customer) INTO customers
      FROM unnest(rows) a JOIN member m ON m.campaign = a.campaign AND m.r5 = a.r5 AND m.dial_hash = decode(a.dial_hash, 'hex')
     WHERE a.key = ANY (made);
    PERFORM 1 FROM customer c WHERE c.id = ANY (customers) ORDER BY c.id FOR NO KEY UPDATE;
    PERFORM 1 FROM campaign_budget b WHERE b.campaign = ANY (locked) ORDER BY b.campaign FOR NO KEY UPDATE;
  END IF;

  now := coalesce(clock, clock_timestamp());
  RETURN QUERY
    SELECT a.position::integer, a.key = ANY (made), now,
           i.digest, i.status, i.answer, i.call, p.told, p.lease_until <= now, p.masked_phone,
           g.revoked_at IS NOT NULL OR v.revoked_at IS NOT NULL OR v.id IS NULL OR to_timestamp(a.issued / 1000.0) < k.minimum_issued_at,
           h.calls::integer,
           m.row_number, m.customer, m.generation, m.masked_phone, m.removed_at IS NOT NULL,
           c.customer_id, c.uses, c.customer_key, c.erased_at IS NOT NULL, c.phone_index IS DISTINCT FROM decode(a.phone_index, 'hex'),
           CASE WHEN o.customer IS NULL THEN 'none' WHEN o.withdrawn_at IS NULL THEN 'given' ELSE 'withdrawn' END,
           EXISTS (SELECT FROM do_not_call d WHERE d.phone_index IN (c.phone_index, decode(a.phone_index, 'hex')) AND d.since <= now AND d.until > now),
           s.until, e.history
      FROM unnest(rows) WITH ORDINALITY AS a (key, digest, call, campaign, vendor, grant_id, issued, agent, pseudonym,
                                              r5, dial_hash, phone_index, consent, days, position)
      CROSS JOIN bank k
      JOIN campaign t ON t.number = a.campaign
      LEFT JOIN vendor v ON v.id = a.vendor
      LEFT JOIN issued_grant g ON g.identifier = a.grant_id
      LEFT JOIN idempotency i ON i.key = a.key AND NOT a.key = ANY (made)
      LEFT JOIN call p ON p.id = i.call
      LEFT JOIN LATERAL (
        -- Saturates at the campaign's own limit, which no policy or grant can widen.
        SELECT count(*) AS calls FROM (
          SELECT FROM call x WHERE x.agent = a.agent AND x.at > now - interval '1 hour' AND x.state <> 'failed' LIMIT t.per_agent_per_hour) y
      ) h ON a.agent IS NOT NULL
      LEFT JOIN LATERAL (
        -- A list that was withdrawn has no members, whatever keys a process still holds.
        SELECT y.* FROM member y JOIN campaign_secret w ON w.campaign = y.campaign AND w.generation = y.generation AND w.withdrawn_at IS NULL
         WHERE y.campaign = a.campaign AND y.r5 = a.r5 AND y.dial_hash = decode(a.dial_hash, 'hex')
         ORDER BY y.generation DESC LIMIT 1
      ) m ON a.key = ANY (made)
      LEFT JOIN customer c ON c.id = m.customer
      LEFT JOIN consent o ON o.customer = m.customer AND o.purpose = a.consent
      LEFT JOIN sticky_refusal s ON s.campaign = a.campaign AND s.customer = m.customer
      LEFT JOIN LATERAL (
        -- One line a call; names hold no blank. Few calls a customer, so all that may count are handed over and counted outside.
        SELECT string_agg(concat_ws(' ', x.campaign, x.vendor, x.purpose, x.state,
                                    (extract(epoch FROM x.at) * 1000)::bigint, (extract(epoch FROM x.lease_until) * 1000)::bigint,
                                    (extract(epoch FROM x.ended_at) * 1000)::bigint), E'\n') AS history
          FROM call x
         WHERE x.customer = m.customer AND x.state <> 'failed' AND (x.campaign = a.campaign OR x.at > now - make_interval(days => a.days))
      ) e ON m.customer IS NOT NULL
     ORDER BY a.position;
END $$;

-- What is known about the campaigns of a batch. Runs after calls_read, hence after the locks.
-- asked: [{ campaign, concurrent }], concurrent null: nobody counts the calls under way
CREATE FUNCTION calls_campaigns(asked json, longest_call interval, clock timestamptz)
RETURNS TABLE (
  number integer, id text, vendor text, purpose text, time_zone text, call_window text, opens_at timestamptz, closes_at timestamptz,
  budget_calls integer, per_customer integer, per_agent_per_hour integer, state text,
  acknowledged boolean, remaining integer, under_way integer, day text, authorized integer, refused integer, policy text
)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT c.number, c.id, c.vendor, c.purpose, c.time_zone, c.call_window, c.opens_at, c.closes_at,
           c.budget_calls, c.per_customer, c.per_agent_per_hour, c.state,
           EXISTS (SELECT FROM export e WHERE e.campaign = c.number AND e.acknowledged_at IS NOT NULL),
           b.remaining, calls_under_way(c.number, a.concurrent, longest_call, clock),
           d.day, d.authorized, d.refused,
           (SELECT p.digest FROM policy p ORDER BY p.sequence DESC LIMIT 1)
      FROM json_to_recordset(asked) AS a (campaign integer, concurrent integer)
      JOIN campaign c ON c.number = a.campaign
      JOIN campaign_budget b ON b.campaign = c.number
      LEFT JOIN LATERAL (SELECT y.* FROM campaign_day y WHERE y.campaign = c.number ORDER BY y.day DESC LIMIT 1) d ON true;
END $$;

-- Calls of a campaign that hold a slot: authorized with a live lease, or placed and not ended. Saturates at `most`; null: not counted.
CREATE FUNCTION calls_under_way(campaign_number integer, most integer, longest_call interval, clock timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  now timestamptz := coalesce(clock, clock_timestamp());
BEGIN
  IF most IS NULL THEN RETURN 0; END IF;
  RETURN (
    SELECT count(*) FROM (
      SELECT FROM call x
       WHERE x.campaign = campaign_number AND x.at > now - longest_call
         AND ((x.state = 'placed' AND x.ended_at IS NULL) OR (x.state = 'authorized' AND x.lease_until > now))
       LIMIT most) y);
END $$;

-- Writes what a batch decided. Raises NB001 when another process took meanwhile what this batch counted on: nothing is written
-- then, and the batch is decided again with the budget row locked beforehand.
-- campaigns: [{ campaign, net, authorized, refused, refused_most, day, concurrent }] in order of campaign
-- uses: [{ customer, uses }], sticky: [{ campaign, customer, until }], answers: [{ key, status, answer }], voided: [key]
CREATE FUNCTION calls_write(
  campaigns json, uses json, calls json, refusals json, held json, sticky json, answers json, voided json,
  lease interval, longest_call interval, moment timestamptz, clock timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT * FROM json_to_recordset(campaigns) AS x (
    campaign integer, net integer, authorized integer, refused integer, refused_most integer, day text, concurrent integer)
  LOOP
    -- Also with net 0: the row is the lock under which the day's refusals and the calls under way are counted.
    UPDATE campaign_budget b SET remaining = b.remaining - c.net WHERE b.campaign = c.campaign AND b.remaining >= c.net;
    IF NOT FOUND THEN RAISE EXCEPTION 'budget' USING ERRCODE = 'NB001'; END IF;
    IF c.concurrent IS NOT NULL AND c.authorized > 0
       AND calls_under_way(c.campaign, c.concurrent, longest_call, clock) + c.authorized > c.concurrent THEN
      RAISE EXCEPTION 'concurrency' USING ERRCODE = 'NB001';
    END IF;
    IF c.authorized > 0 OR c.refused > 0 THEN
      INSERT INTO campaign_day AS d (campaign, day, authorized, refused) VALUES (c.campaign, c.day, c.authorized, c.refused)
      ON CONFLICT (campaign, day) DO UPDATE SET authorized = d.authorized + c.authorized, refused = d.refused + c.refused
        WHERE c.refused = 0 OR d.refused + c.refused <= c.refused_most;
      IF NOT FOUND THEN RAISE EXCEPTION 'refusals' USING ERRCODE = 'NB001'; END IF;
    END IF;
  END LOOP;

  UPDATE customer u SET uses = x.uses FROM json_to_recordset(calls_write.uses) AS x (customer bigint, uses bigint) WHERE u.id = x.customer;

  INSERT INTO call (id, campaign, row_number, customer, vendor, purpose, agent, grant_id, masked_phone, state, n, at, lease_until)
  SELECT x.id, x.campaign, x.row_number, x.customer, x.vendor, x.purpose, x.agent, x.grant_id, x.masked_phone, 'authorized', x.n, moment, moment + lease
    FROM json_to_recordset(calls) AS x (
      id uuid, campaign integer, row_number integer, customer bigint, vendor text, purpose text, agent uuid, grant_id text, masked_phone text, n bigint);

  IF json_array_length(refusals) > 0 THEN
    INSERT INTO refusal (at, campaign, vendor, customer, grant_id, request, code, vendor_code, rule, sentence)
    SELECT moment, x.campaign, x.vendor, x.customer, x.grant_id, x.request, x.code, x.vendor_code, x.rule, x.sentence
      FROM json_to_recordset(refusals) AS x (
        campaign integer, vendor text, customer bigint, grant_id text, request text, code text, vendor_code text, rule text, sentence text);
    INSERT INTO refusal_held (at, campaign, vendor, grant_id, code, policy, subject)
    SELECT moment, x.campaign, x.vendor, x.grant_id, x.code, x.policy, decode(x.subject, 'hex')
      FROM json_to_recordset(held) AS x (campaign integer, vendor text, grant_id text, code text, policy text, subject text);
    INSERT INTO sticky_refusal AS s (campaign, customer, until)
    SELECT x.campaign, x.customer, x.until FROM json_to_recordset(sticky) AS x (campaign integer, customer bigint, until timestamptz)
    ON CONFLICT (campaign, customer) DO UPDATE SET until = greatest(s.until, excluded.until);
    UPDATE idempotency i SET call = NULL, status = x.status, answer = x.answer
      FROM json_to_recordset(answers) AS x (key uuid, status smallint, answer text) WHERE i.key = x.key;
  END IF;

  IF json_array_length(voided) > 0 THEN
    DELETE FROM idempotency i USING json_array_elements_text(voided) AS x (key) WHERE i.key = x.key::uuid;
  END IF;
END $$;
