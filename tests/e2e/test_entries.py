# SPDX-License-Identifier: MIT
"""What each process counts is in Redis, for the status page."""

import json
import os
import signal
import time

import pytest

from harness import fastcgi, web
from harness.apache import ApacheCgi, ApacheFcgid
from harness.check import until

EACH_SECOND = {"status.interval": 1, "hold.beat": 1, "bus.audit": 1}
LIVES = 3  # s, with that interval
LONG = {"status.interval": 600}  # an entry lives for half an hour


def entries(redis):
    """By program; of several of one program, the last."""
    ids = [id_ for id_ in redis("ZRANGE", "push:entries", 0, -1)]
    texts = [redis("GET", f"push:entry:{id_}") for id_ in ids]
    found = [json.loads(text) for text in texts if text]
    return {entry["program"]: entry for entry in found}


def entry(redis, program, wanted=lambda entry: True):
    def look():
        found = entries(redis).get(program)
        return found if found is not None and wanted(found) else None

    return until(look, f"an entry of {program}")


def test_each_process_says_what_it_counts(stage):
    site = stage.site(EACH_SECOND)
    subscribers = [site.sse("news").ready(), site.sse(["news", "more"]).ready()]
    site.publish("news", "one")
    for subscriber in subscribers:
        subscriber.wait_messages(1)
    now = time.time()
    sse = entry(
        site.redis,
        "sse",
        lambda e: e["counters"]["messages_out"] == 2
        and e["redis"]["proved"]
        and sum(e["loop_lag"]["counts"]) > 0,
    )
    assert sse["held"]["total"] == sse["held"]["ways"]["fastcgi"] == 2
    assert sse["held"]["takes"]["descriptors"] == 2
    assert sse["channels"] == {
        "count": 2,
        "top": [["news", 2], ["more", 1]],
    }
    assert sum(sse["delivery"]["counts"]) == 2
    assert 0 <= sse["delivery"]["sum_ms"] < 60000
    assert abs(sse["at"] / 1000 - now) < 60
    assert abs(sse["redis"]["proved"] / 1000 - now) < 60
    assert sse["redis"]["up"] and sse["redis"]["subscription"]
    assert sse["pid"] in site.responders("sse")
    assert sse["memory"]["rss"] > sse["memory"]["private"] > 0
    assert sse["limits"]["hold.budget_lighttpd"][0] == 2
    publish = entry(
        site.redis, "publish", lambda e: e["counters"]["published"] == 1
    )
    assert publish["redis"]["up"]


def test_a_process_that_ends_removes_its_entry(stage):
    redis = stage.redis()
    ended = stage.responder("sse", LONG, redis=redis)
    entry(redis, "sse")
    os.kill(ended.pid, signal.SIGTERM)
    until(lambda: not ended.process.alive(), "the end of sse")
    stage.things.remove(ended)
    # it does not wait for the answer of Redis
    until(lambda: not entries(redis), "no entry")


def test_the_entry_of_a_killed_process_expires(stage):
    redis = stage.redis()
    killed = stage.responder("poll", EACH_SECOND, redis=redis)
    entry(redis, "poll")
    killed.process.signal(signal.SIGKILL)
    stage.things.remove(killed)
    until(lambda: not entries(redis), "no entry", LIVES + 30)


def test_an_entry_comes_back_with_redis(stage):
    spool = stage.sub("spool")
    redis = stage.redis()
    settings = {**EACH_SECOND, "publish.spool": spool}
    stage.responder("stream", settings, redis=redis)
    stage.responder("publish", settings, redis=redis)
    entry(redis, "stream")
    entry(redis, "publish")
    redis.stop(keep=False)
    redis.start()
    assert entry(redis, "stream")["redis"]["up"]
    entry(redis, "publish")


def test_a_user_that_may_not_write_entries_is_served(stage):
    redis = stage.redis()
    redis("ACL", "SETUSER", "default", "-zadd")
    responder = stage.responder("sse", EACH_SECOND, redis=redis)
    log = until(
        lambda: responder.log() if "event=entry" in responder.log() else None,
        "a warning",
    )
    assert "Redis does not take the entry" in log
    connection = fastcgi.Connection(responder.address)
    connection.send(
        fastcgi.request(
            fastcgi.environment(web.query("news"), program="sse")
        )
    )
    connection.read_until(b"event: cursor")
    connection.read_until(b"\n:")
    connection.close()
    assert responder.log().count("event=entry") == 1


@pytest.mark.apache
@pytest.mark.shipped
@pytest.mark.parametrize("server", [ApacheFcgid, ApacheCgi])
def test_a_program_with_one_request_has_an_entry_unless_it_is_cgi(
    stage, server
):
    site = stage.site(EACH_SECOND, server=server)
    subscriber = site.sse("news").ready()
    for _ in range(3):  # beats, a second each
        subscriber.wait_heartbeat()
    if server is ApacheCgi:
        assert entries(site.redis) == {}
        return
    entry(site.redis, "sse", lambda e: e["held"]["takes"]["worker"] == 1)
