-- Handovers whose code's time is over are looked for each second, those settled long ago once in a while.

CREATE INDEX handover_code ON handover (code_until) WHERE state = 'confirming';
CREATE INDEX handover_settled ON handover (settled_at) WHERE settled_at IS NOT NULL;

-- What a question asks about, so that another threshold on the same attribute is not answered beside it: two bracket the value.
ALTER TABLE answer ADD COLUMN field uuid;            -- truncated SHA-256 of the field's name
