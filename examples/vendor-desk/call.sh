#!/bin/sh
# One call by curl: order it, look at it, say what came of it. No grant, no signature: numbra-vendor makes both.
#
#   export NUMBRA_DESK=http://127.0.0.1:8427 NUMBRA_SECRET_FILE=vendor.key.secret NUMBRA_CAMPAIGN=c-1
#   sh call.sh nd1_… order-1
set -eu
dial_token=$1
order=$2 # yours, one for each call, kept with it: repeating with it never dials twice

desk() { # method, path, Idempotency-Key, body. The secret comes in by stdin, since every user of a machine may read command lines.
  printf 'Authorization: Bearer %s\n' "$(cat "$NUMBRA_SECRET_FILE")" |
    curl --silent --show-error --fail-with-body --retry 3 --retry-max-time 60 --header @- --header "Numbra-Campaign: $NUMBRA_CAMPAIGN" \
      --request "$1" "$NUMBRA_DESK$2" ${3:+--header "Idempotency-Key: $3"} ${4:+--header 'Content-Type: application/json' --data "$4"}
}

placed=$(desk POST /v1/calls "$order" "{\"dial_token\":\"$dial_token\",\"agent\":\"agent-7\"}")
echo "$placed"
call_id=$(printf '%s' "$placed" | sed 's/.*"call_id":"\([^"]*\)".*/\1/')
desk GET "/v1/calls/$call_id"
echo
desk POST "/v1/calls/$call_id/outcome" "$order-outcome" '{"outcome":"interested"}'
echo
