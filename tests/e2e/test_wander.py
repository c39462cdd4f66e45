# SPDX-License-Identifier: MIT
"""One cursor for all techniques: a subscriber that changes its technique at
every message."""

import random

import pytest

from harness import apache, lighttpd, techniques
from harness.check import WAIT, in_order, note
from harness.techniques import Reading
from test_resume import publish_slowly

MESSAGES = 1000
BY_CURSOR = [t for t in techniques.ALL if t.name != "http"]


def next_message(site, technique, cursor):
    """The first message after the cursor; None when the technique returned
    none."""
    reading = Reading(site, technique, "news", cursor, limit=1, wait=int(WAIT))
    if technique.holds == "stream":
        reading.wait_data(1)
    else:
        reading.wait_end(WAIT * 2)
    messages = reading.messages
    reading.close()
    site.clients.remove(reading.stream)
    return messages[0] if messages else None


def wander(stage, server, settings=None):
    site = stage.site(
        {"history.length": 2 * MESSAGES, "hold.beat": 1, **(settings or {})},
        server=server,
        websocket=True,
    )
    seed = random.randrange(10**9)
    rng, ids = random.Random(seed), []
    texts = [f"message {n}" for n in range(MESSAGES)]
    cursor = site.longpoll("news")["cursor"]
    thread = publish_slowly(site, "news", texts, ids)
    got, changes = [], {t.name: 0 for t in BY_CURSOR}
    technique = BY_CURSOR[0]
    while len(got) < MESSAGES:
        technique = rng.choice([t for t in BY_CURSOR if t is not technique])
        message = next_message(site, technique, cursor)
        if message is None:
            assert (
                technique.name == "poll"
            ), f"{technique.name} brought nothing (seed {seed})"
            continue
        changes[technique.name] += 1
        got.append(message)
        cursor = message["id"]
    thread.join(60)
    what = f"(seed {seed})"
    in_order([m["data"] for m in got], texts)
    in_order([m["id"] for m in got], ids)
    assert (
        site.get("poll", "news", since=cursor).json()["messages"] == []
    ), f"messages after the last {what}"
    note(f"{server.__name__}: seed {seed}, {MESSAGES} messages, {changes}")


def test_changing_technique_at_every_message_loses_and_repeats_nothing(stage):
    wander(stage, lighttpd.Lighttpd)


@pytest.mark.apache
def test_changing_technique_behind_apache_loses_and_repeats_nothing(stage):
    wander(stage, apache.ApacheProxy)
