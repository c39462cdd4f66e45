# SPDX-License-Identifier: MIT
"""Redis stops and starts while subscribers are held."""

import os
import time
import uuid

from harness import web
from harness.check import until
from harness.proxy import Proxy
from test_live import LongpollThread

QUICK = {"hold.beat": 1, "bus.timeout": 3, "bus.audit": 1}


def published_soon(site, channel, text):
    """Publishes once Redis is connected again; returns the id. A program that has
    not noticed the end of its connection says 504: the key makes it one message."""
    key = uuid.uuid4().hex

    def attempt():
        response = site.post(channel, text, key=key)
        if response.status in (200, 201):
            return response.json()["id"]
        assert response.status in (503, 504), f"{response!r}"
        return None

    return until(attempt, "a publish that is stored", 30, 0.2)


def test_a_stream_stays_open_while_redis_restarts(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis.stop(keep=True)
    subscriber.wait_heartbeat()
    subscriber.wait_heartbeat()
    assert subscriber.ended is None
    site.redis.start()
    published_soon(site, "news", "after")
    assert subscriber.wait_messages(2, 30) == ["before", "after"]
    assert subscriber.gaps == []
    assert subscriber.ended is None


def test_messages_published_before_resubscribing_are_delivered(stage):
    """The responder reconnects to Redis later than the publisher."""
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({**QUICK, "bus.url": proxy.url()}, redis=redis)
    subscriber = site.sse("news").ready()
    command = stage.command(redis)
    command.publish("news", "before")
    subscriber.wait_messages(1)
    proxy.close()
    command.lines("news", [f"missed {n}" for n in range(50)])
    subscriber.wait_heartbeat()
    assert subscriber.data == ["before"]
    os.unlink(proxy.path)
    stage.things.remove(proxy)
    stage.add(Proxy(os.path.dirname(proxy.path), redis.path))
    assert subscriber.wait_messages(51, 30)[1:] == [
        f"missed {n}" for n in range(50)
    ]
    assert subscriber.gaps == []


def test_a_redis_that_restarts_empty_is_a_gap(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    old = site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis.stop(keep=False)
    subscriber.wait_heartbeat()
    site.redis.start()
    subscriber.wait_gap(30)
    published_soon(site, "news", "after")
    subscriber.wait_messages(2, 30)
    assert subscriber.data == ["before", "after"]
    assert len(subscriber.gaps) == 1
    assert subscriber.gaps[0]["after"] == old
    kinds = [e.type for e in subscriber.events if e.type != "cursor"]
    assert kinds == ["message", "gap", "message"]


def test_the_first_message_after_an_empty_restart_is_delivered(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis.stop(keep=False)
    subscriber.wait_heartbeat()
    site.redis.start()
    published_soon(site, "news", "after")
    subscriber.wait_messages(2, 30)
    assert subscriber.data == ["before", "after"]


def test_publishing_while_redis_is_down_is_503_and_not_stored(stage):
    site = stage.site(QUICK)
    site.publish("news", "before")
    site.redis.stop()

    def refused():
        response = site.post("news", "lost")
        assert response.status in (503, 504), f"a false response: {response!r}"
        return response.status == 503 and response

    response = until(refused, "status 503", 15, 0.1)
    assert response.json()["stored"] is False
    assert "application/problem+json" in response.headers["Content-Type"]


def test_publishing_to_a_silent_redis_is_504(stage):
    site = stage.site(QUICK)
    site.publish("news", "before")
    site.redis.freeze()
    response = site.post("news", "who knows")
    site.redis.thaw()
    assert response.status == 504
    assert response.json()["stored"] == "unknown"


def test_publish_never_reports_a_lost_message_as_stored(stage):
    """Redis is killed repeatedly during publishing."""
    site = stage.site(QUICK)
    said, sent = [], 0
    for round_ in range(4):
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            response = site.post("news", f"{round_}-{sent}")
            sent += 1
            if response.status == 201:
                said.append(response.json()["id"])
            elif response.status not in (503, 504):
                assert False, f"response {response!r}"
        site.redis.stop(keep=True)
        assert site.post("news", "away").status in (503, 504)
        site.redis.start()
        said.append(published_soon(site, "news", f"back {round_}"))
    kept = {e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")}
    kept_from = min(kept, key=order)
    lost = [i for i in said if i not in kept and order(i) >= order(kept_from)]
    assert lost == []


def order(id_):
    return tuple(int(part) for part in id_.split("-"))


def test_polling_while_redis_is_down_is_503_with_retry_after(stage):
    site = stage.site(QUICK)
    site.longpoll("news")
    site.redis.stop()

    def refused():
        response = site.get("longpoll", "news", wait=1)
        return response.status == 503 and response

    response = until(refused, "status 503", 20, 0.2)
    assert int(response.headers.get("Retry-After", "0")) > 0, "no Retry-After"
    assert "application/problem+json" in response.headers["Content-Type"]


def test_a_stream_started_while_redis_is_down_stays_open(stage):
    site = stage.site(QUICK)
    site.sse("news").ready().close()
    site.redis.stop()
    until(lambda: "event=redis_down" in site.log(), "a line in the log")
    subscriber = site.sse("news").opened()
    subscriber.wait_heartbeat()
    site.redis.start()
    subscriber.until(lambda: subscriber.cursor, "cursor", 30)
    published_soon(site, "news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]


def test_a_program_started_before_redis_connects_later(stage):
    redis = stage.redis()
    redis.stop()
    site = stage.site(QUICK, redis=redis)
    subscriber = site.sse("news").opened()
    redis.start()
    subscriber.until(lambda: subscriber.cursor, "cursor", 30)
    published_soon(site, "news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]


def test_a_held_longpoll_survives_a_redis_restart_or_is_503(stage):
    site = stage.site(QUICK)
    last = site.publish("news", "old")
    held = LongpollThread(
        site.client(60), web.query("news", since=last, wait=50)
    )
    until(lambda: site.redis.subscribers("news"), "a subscription")
    site.redis.stop(keep=True)
    until(lambda: "event=redis_down" in site.log(), "a line in the log")
    site.redis.start()
    published_soon(site, "news", "new")
    response = held.wait(40)
    if response.status == 503:

        def asked_again():
            got = site.get("longpoll", "news", since=last, wait=30)
            assert got.status in (200, 503), f"status of {got!r}"
            return got.status == 200 and got

        response = until(asked_again, "a response", 30, 0.2)
    assert [m["data"] for m in response.json()["messages"]] == ["new"]


def test_a_redis_that_refuses_writes_is_503_and_cuts_no_stream(stage):
    site = stage.site(QUICK)
    subscriber = site.sse("news").ready()
    site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis("CONFIG", "SET", "maxmemory", "1")
    response = site.post("news", "refused by Redis")
    assert response.status == 503, f"status of {response!r}"
    assert response.json()["stored"] is False
    site.redis("CONFIG", "SET", "maxmemory", "0")
    published_soon(site, "news", "after")
    assert subscriber.wait_messages(2, 30) == ["before", "after"]
