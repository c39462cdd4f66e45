# SPDX-License-Identifier: MIT
"""JSON Web Tokens, minted by a public library: the package jose of npm."""

import base64
import functools
import hashlib
import hmac
import json
import subprocess
import time

from harness.check import Failed
from harness.npm import HERE, folder
from harness.process import clean_environment
from harness.site import source

SECRET = "a secret of the tests, of more than 32 bytes"
LEEWAY = 10  # seconds after exp that a token is good, as clocks differ


def ask(*question):
    done = subprocess.run(
        ["node", source(*HERE, "mint.js")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        env={**clean_environment(), "NODE_PATH": folder()},
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"mint.js: {done.stderr}")
    return json.loads(done.stdout)


@functools.cache
def keys(alg, number=0):
    """A pair of keys: private, public, jwk. Another `number`: another pair."""
    del number
    return ask("keys", [alg])[0]


def mercure(subscribe=(), publish=(), **claims):
    """The claims that Mercure documents, without those that are None."""
    claims = {"exp": int(time.time()) + 600, **claims}
    rights = {"subscribe": list(subscribe), "publish": list(publish)}
    return {
        "mercure": rights,
        **{name: value for name, value in claims.items() if value is not None},
    }


def mint(claims, alg="HS256", key=SECRET, kid=None):
    return mint_all([{"claims": claims, "alg": alg, "key": key, "kid": kid}])[
        0
    ]


def mint_all(wanted):
    return ask("tokens", wanted)


def reads(*channels, **claims):
    """A token to subscribe."""
    return mint(mercure(channels, **claims))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# --- what no library makes --------------------------------------------------


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forge(header, claims, key):
    """With an HMAC of `key`, whatever the header says."""
    text = ".".join(encode(json.dumps(v).encode()) for v in (header, claims))
    mac = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{encode(mac)}"
