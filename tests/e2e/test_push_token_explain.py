# SPDX-License-Identifier: MIT
"""push-token --explain: who may, and why not."""

import os
import subprocess
import time

import pytest

from harness import jwt, signed
from harness.process import clean_environment
from harness.site import build

PUBLISH_SECRET = "the secret of publishers"
CONF = f"""
[access]
subscribe = none
publish = token
secret = {signed.SECRET}
publish_secret = {PUBLISH_SECRET}
jwt_key = {jwt.SECRET}

[channel "open"]
subscribe = any

[channel "orders-*"]
subscribe = user token redirect
publish = none

[channel "news"]
subscribe = token
"""


@pytest.fixture
def explain(stage):
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(CONF)

    def run(shown, channel, *more):
        """By standard input. Returns the status and the lines."""
        done = subprocess.run(
            [
                build("push-token"),
                "--conf",
                path,
                "--explain",
                "-",
                channel,
                *more,
            ],
            input=f"{shown}\n",
            capture_output=True,
            text=True,
            env=clean_environment(),
            timeout=30,
            check=False,
        )
        assert done.stderr == "", f"{done!r}"
        return done.returncode, done.stdout.splitlines()

    return run


def token(**claims):
    return jwt.forge({"alg": "HS256"}, claims, jwt.SECRET)


def reads(*channels, **claims):
    return token(**jwt.mercure(channels, **claims))


def test_it_says_who_may(explain):
    for channel, subscribe, publish in (
        (
            "open",
            "Everybody may subscribe to open (subscribe = any).",
            "To publish to open takes a token or a signed URL "
            "(publish = token).",
        ),
        (
            "orders-42",
            "To subscribe to orders-42 takes a login at this site, or a token "
            "or a signed URL, or a redirect by a script of this site; the login "
            "must be 42 (subscribe = user token redirect).",
            "Nobody may publish to orders-42 (publish = none).",
        ),
        (
            "other",
            "Nobody may subscribe to other (subscribe = none).",
            "To publish to other takes a token or a signed URL "
            "(publish = token).",
        ),
    ):
        status, lines = explain("", channel)
        assert lines[:2] == [subscribe, publish]
        assert status == (0 if channel == "open" else 1)


def test_what_is_shown_may(explain):
    exp = int(time.time()) + 600
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(exp + jwt.LEEWAY))
    good = reads("orders-{id}", exp=exp)
    for shown in (
        good,
        f"Bearer {good}",
        f"Authorization: Bearer {good}",
        f"token={good}",
        f"https://a.example/push/sse?channel=orders-1&token={good}#x",
    ):
        status, lines = explain(shown, "orders-1")
        assert status == 0, f"{lines}"
        assert (
            lines[2]
            == f"What is shown may subscribe to orders-1 until {until}."
        )
        assert explain(shown, "orders-1", "--publish")[0] == 1
    assert explain(PUBLISH_SECRET, "news", "--publish")[0] == 0
    assert explain(PUBLISH_SECRET, "news")[0] == 1


def test_a_signed_url_may_as_it_was_signed(explain):
    both = signed.sign("news", "orders-1")
    assert explain(f"/push/poll?{both}", "news")[0] == 0
    assert explain(both, "orders-1")[0] == 0
    assert explain(both, "news", "--publish")[0] == 1
    writes = signed.sign("news", publish=True)
    assert explain(writes, "news", "--publish")[0] == 0
    assert explain(writes, "news")[0] == 1
    parameters = writes.partition("&")[2]  # the channel is in the body
    assert explain(parameters, "news", "--publish")[0] == 0


def test_it_says_why_not(explain):
    now = int(time.time())
    for shown, channel, reason in (
        ("", "news", "takes a token or a signed URL"),
        ("abc", "news", "token"),
        (reads("news", exp=now - 60), "news", "expired"),
        (reads("other"), "news", "for another channel"),
        (jwt.forge({"alg": "none"}, {}, ""), "news", "alg"),
        (jwt.forge({"alg": "HS256"}, {}, "x"), "news", "signature"),
        (signed.sign("orders-1"), "news", "asks for other channels"),
        (signed.sign("news", secret="x" * 20), "news", "signature"),
        ("channel=news&sig=1&sig=2", "news", "refused: "),
        ("channel=a%20b", "news", "refused: "),
        (33 * "channel=news&", "news", "More than 32 channels"),
        (reads("*"), "other", "Nobody may"),
    ):
        status, lines = explain(shown, channel)
        assert status == 1, f"{shown}: {lines}"
        assert reason in lines[2], f"{shown}: {lines}"
        assert shown == "" or shown not in " ".join(lines)
