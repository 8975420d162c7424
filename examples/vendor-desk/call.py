"""One call with Python's standard library: order it, look at it, say what came of it. No grant, no signature: numbra-vendor makes both.

    export NUMBRA_DESK=http://127.0.0.1:8427 NUMBRA_SECRET_FILE=vendor.key.secret NUMBRA_CAMPAIGN=c-1
    python3 call.py nd1_… order-1
"""

import json
import os
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

DESK = os.environ["NUMBRA_DESK"]
CAMPAIGN = os.environ["NUMBRA_CAMPAIGN"]
with open(os.environ["NUMBRA_SECRET_FILE"], encoding="ascii") as file:
    SECRET = file.read().strip()

# Never through a proxy of the surroundings: the program is on this machine.
opener = build_opener(ProxyHandler({}))


class Refused(Exception):
    """The bank's or the program's answer: `code` says why."""

    def __init__(self, problem):
        super().__init__(problem["title"])
        self.code = problem["type"].rsplit("/", 1)[1]


def ask(method, path, key=None, body=None):
    headers = {"Authorization": f"Bearer {SECRET}", "Numbra-Campaign": CAMPAIGN}
    if key is not None:
        headers["Idempotency-Key"] = key
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    for wait in (1, 5, None):
        try:
            with opener.open(Request(DESK + path, data=data, headers=headers, method=method), timeout=150) as answer:
                return json.load(answer)
        except HTTPError as error:
            # 503 and 504: later, with the same key. Everything else is an answer.
            if error.code not in (503, 504) or wait is None:
                raise Refused(json.load(error)) from None
        except URLError:
            if wait is None:
                raise
        time.sleep(wait)


dial_token, order = sys.argv[1:]  # the order's key is yours, one for each call, kept with it: repeating with it never dials twice
try:
    call = ask("POST", "/v1/calls", order, {"dial_token": dial_token, "agent": "agent-7"})
    print(json.dumps(call))
    print(json.dumps(ask("GET", f"/v1/calls/{call['call_id']}")))
    print(json.dumps(ask("POST", f"/v1/calls/{call['call_id']}/outcome", f"{order}-outcome", {"outcome": "interested"})))
except Refused as refusal:
    sys.exit(f"refused: {refusal.code}")
