-- Settles calls, as before (002): the calls are found by their ids as an array, so that the plan that a session keeps looks them up one by
-- one. Joined to a set of unknown size, and planned while the table was empty, it went through all calls of the bank each time.
CREATE OR REPLACE FUNCTION calls_settle(asked json, clock timestamptz)
RETURNS TABLE (id uuid, settled boolean, campaign integer, state text, told text, moment timestamptz)
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
AS $$
DECLARE
  ids uuid[] := (SELECT array_agg(a.id ORDER BY a.id) FROM json_to_recordset(asked) AS a (id uuid));
  now timestamptz;
BEGIN
  PERFORM 1 FROM call c WHERE c.id = ANY (ids) ORDER BY c.id FOR NO KEY UPDATE;
  now := coalesce(clock, clock_timestamp());
  RETURN QUERY
    WITH done AS (
      UPDATE call c
         SET state = a.state, told = coalesce(c.told, a.told), cause = a.cause, settled_at = now
        FROM json_to_recordset(asked) AS a (id uuid, state text, told text, cause text)
       WHERE c.id = ANY (ids) AND c.id = a.id AND (c.state = 'authorized' OR (c.state = 'unknown' AND a.state <> 'unknown'))
      RETURNING c.id, c.campaign, c.state, c.told)
    SELECT d.id, true, d.campaign, d.state, d.told, now FROM done d
    UNION ALL
    SELECT c.id, false, c.campaign, c.state, c.told, now FROM call c
     WHERE c.id = ANY (ids) AND NOT EXISTS (SELECT FROM done d WHERE d.id = c.id);
END $$;
