# SPDX-License-Identifier: MIT
"""The settings in README.md and doc/, and what they say about them."""

import json
import os
import re
import subprocess

import pytest

from harness import jwt, process
from harness.samples import sample
from harness.site import build

ACCESS = "doc/access.md"
HANDOFF = "doc/handoff.md"
REDIS = "doc/redis.md"
CLOSED = sample(ACCESS, "ini", '[channel "news"]')
CLAIMS = sample(ACCESS, "json", "mercure")
SETTINGS = {  # sample: what a program then says that it has
    sample("README.md", "ini", "budget"): ("budget = 2000",),
    sample(ACCESS, "ini", "redirect_from"): (
        "subscribe = redirect",
        "redirect_from = /cgi-bin/orders.pl",
    ),
    sample(ACCESS, "ini", "\nsecret_file"): (
        "subscribe = token",
        "secret_file = /etc/pushcgi/secret",
    ),
    sample(ACCESS, "ini", "jwt_key_file"): (
        "jwt_key_file = /etc/pushcgi/jwt.key",
    ),
    sample(ACCESS, "ini", "user_header"): ("user_header = X-Push-User",),
    sample(ACCESS, "ini", "publish_secret_file"): (
        "publish = token",
        "publish_secret_file = /etc/pushcgi/publish",
    ),
    sample(HANDOFF, "ini", "secret_file"): (
        "secret_file = /etc/pushcgi/handoff-secret.conf",
    ),
    sample(HANDOFF, "ini", "proxies"): ("proxies = 127.0.0.1",),
    sample(REDIS, "ini", "url = redis://push:secret@127"): (
        "url = redis://push:***@127.0.0.1:6379/0",
    ),
    sample(REDIS, "ini", "rediss"): ("tls_ca = /etc/pushcgi/redis-ca.pem",),
    sample(REDIS, "ini", "sentinel"): (
        "sentinel = 10.0.0.1:26379,10.0.0.2:26379,10.0.0.3:26379",
        "master = mymaster",
    ),
}
DURABLE = sample("doc/guarantees.md", "redis.conf", "min-replicas")


def written(stage, text):
    path = os.path.join(stage.sub("conf"), "push.conf")
    os.chmod(os.path.dirname(path), 0o755)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


@pytest.mark.parametrize("text", SETTINGS, ids=range(len(SETTINGS)))
def test_a_program_has_the_settings(stage, text):
    done = subprocess.run(
        [build("fcgi", "sse.fcgi"), "--print-conf"],
        env=process.clean_environment({"conf": written(stage, text)}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for line in SETTINGS[text]:
        assert re.search(rf"(?m)^{re.escape(line)}$", done.stdout), line


def test_one_line_closes_all_channels_that_no_section_opens(stage):
    site = stage.site({"conf": written(stage, CLOSED)})
    assert site.get("poll", "news").status == 200
    assert site.get("poll", "orders-42").status == 401


def test_the_token_has_the_form_that_the_programs_read(stage):
    key = "a key of the tests that has 32 characters"
    site = stage.site({"access.subscribe": "token", "access.jwt_key": key})
    token = jwt.forge({"alg": "HS256"}, json.loads(CLAIMS), key)
    for channel, status in (
        ("orders-42", 200),
        ("news-en", 200),
        ("orders-43", 403),
    ):
        answer = site.get("poll", channel, jwt.bearer(token))
        assert answer.status == status, f"{channel}: {answer!r}"


def test_redis_takes_the_lines_for_replicas(stage):
    redis = stage.redis(*f"\n{DURABLE}".replace("\n", "\n--").split())
    client = redis.client()
    for name, value in map(str.split, DURABLE.splitlines()):
        assert client("CONFIG", "GET", name) == [name, value]
    client.close()
