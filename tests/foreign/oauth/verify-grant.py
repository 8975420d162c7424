"""Verifies a grant and a status list with python3-jwcrypto: argv 1 is the issuer, stdin the token and a claim to check, as JSON."""
import json
import sys
import urllib.request

from jwcrypto import jwk, jwt

issuer = sys.argv[1]
asked = json.load(sys.stdin)
with urllib.request.urlopen(issuer + "/.well-known/jwks.json") as answer:
    keys = jwk.JWKSet.from_json(answer.read())
verified = jwt.JWT(
    jwt=asked["token"],
    key=keys,
    algs=["ES256", "EdDSA"],
    check_claims={"iss": issuer, "aud": issuer, "exp": None, "iat": None, "jti": None},
)
claims = json.loads(verified.claims)
header = json.loads(verified.header)
with urllib.request.urlopen(claims["status"]["status_list"]["uri"]) as answer:
    listed = json.loads(jwt.JWT(jwt=answer.read().decode(), key=keys, algs=["ES256", "EdDSA"]).claims)
json.dump({"header": header, "claims": claims, "list": listed["sub"], "bits": listed["status_list"]["bits"]}, sys.stdout)
