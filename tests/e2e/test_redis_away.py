# SPDX-License-Identifier: MIT
"""Redis stops and starts while readers are held."""
import os
import time

from harness import web
from harness.proxy import Proxy
from harness.tap import contains, equal, fact, true, until
from test_live import LongpollThread

QUICK = {"hold.beat": 1, "bus.timeout": 3, "bus.audit": 1}


def published_soon(site, channel, text):
    """Publishes as soon as Redis is found again; the id."""
    def attempt():
        answer = site.post(channel, text)
        if answer.status == 201:
            return answer.json()["id"]
        equal(answer.status, 503, "status while Redis is away")
        return None
    return until(attempt, "a publish that is stored", 30, 0.2)


@fact()
def a_reader_stays_held_while_redis_restarts(stage):
    site = stage.site(QUICK)
    reader = site.sse("news").ready()
    site.publish("news", "before")
    reader.wait_messages(1)
    site.redis.stop(keep=True)
    reader.wait_beat()
    reader.wait_beat()
    equal(reader.ended, None, "the end of the stream")
    site.redis.start()
    published_soon(site, "news", "after")
    equal(reader.wait_messages(2, 30), ["before", "after"], "data")
    equal(reader.gaps, [], "gaps")
    equal(reader.ended, None, "the end of the stream")


@fact()
def what_was_published_before_the_reader_is_back_is_not_lost(stage):
    """The responder's way to Redis stays broken longer than the publisher's.
    """
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({**QUICK, "bus.url": proxy.url()}, redis=redis)
    reader = site.sse("news").ready()
    command = stage.command(redis)
    command.publish("news", "before")
    reader.wait_messages(1)
    proxy.close()
    command.lines("news", [f"missed {n}" for n in range(50)])
    reader.wait_beat()
    equal(reader.data, ["before"], "data while the way is broken")
    os.unlink(proxy.path)
    stage.things.remove(proxy)
    stage.add(Proxy(os.path.dirname(proxy.path), redis.path))
    equal(reader.wait_messages(51, 30)[1:],
          [f"missed {n}" for n in range(50)], "data after it is mended")
    equal(reader.gaps, [], "gaps")


@fact()
def a_redis_that_comes_back_empty_is_told_as_a_gap(stage):
    site = stage.site(QUICK)
    reader = site.sse("news").ready()
    old = site.publish("news", "before")
    reader.wait_messages(1)
    site.redis.stop(keep=False)
    reader.wait_beat()
    site.redis.start()
    reader.wait_gap(30)
    published_soon(site, "news", "after")
    reader.wait_messages(2, 30)
    equal(reader.data, ["before", "after"], "data")
    equal(len(reader.gaps), 1, "number of gaps")
    equal(reader.gaps[0]["after"], old, "where the gap begins")
    kinds = [e.type for e in reader.events if e.type != "cursor"]
    equal(kinds, ["message", "gap", "message"], "order")


@fact()
def the_first_message_of_a_redis_that_comes_back_empty_is_not_lost(stage):
    site = stage.site(QUICK)
    reader = site.sse("news").ready()
    site.publish("news", "before")
    reader.wait_messages(1)
    site.redis.stop(keep=False)
    reader.wait_beat()
    site.redis.start()
    published_soon(site, "news", "after")
    reader.wait_messages(2, 30)
    equal(reader.data, ["before", "after"], "data")


@fact()
def publishing_without_redis_is_503_and_not_stored(stage):
    site = stage.site(QUICK)
    site.publish("news", "before")
    site.redis.stop()

    def refused():
        answer = site.post("news", "lost")
        true(answer.status in (503, 504), f"a false answer: {answer!r}")
        return answer.status == 503 and answer
    answer = until(refused, "status 503", 15, 0.1)
    equal(answer.json()["stored"], False, "stored")
    contains(answer.headers["Content-Type"], "application/problem+json",
             "type")


@fact()
def a_redis_that_does_not_answer_makes_stored_unknown(stage):
    site = stage.site(QUICK)
    site.publish("news", "before")
    site.redis.freeze()
    answer = site.post("news", "who knows")
    site.redis.thaw()
    equal(answer.status, 504, "status")
    equal(answer.json()["stored"], "unknown", "stored")


@fact()
def a_publish_is_never_said_to_be_stored_when_it_is_not(stage):
    """Redis is killed again and again under a busy publisher."""
    site = stage.site(QUICK)
    said, sent = [], 0
    for round_ in range(4):
        end = time.monotonic() + 0.8
        while time.monotonic() < end:
            answer = site.post("news", f"{round_}-{sent}")
            sent += 1
            if answer.status == 201:
                said.append(answer.json()["id"])
            elif answer.status not in (503, 504):
                true(False, f"answer {answer!r}")
        site.redis.stop(keep=True)
        equal(site.post("news", "away").status in (503, 504), True,
              "refused while Redis is away")
        site.redis.start()
        said.append(published_soon(site, "news", f"back {round_}"))
    kept = {e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")}
    kept_from = min(kept, key=order)
    lost = [i for i in said if i not in kept and order(i) >= order(kept_from)]
    equal(lost, [], "ids that were promised and are not there")


def order(id_):
    return tuple(int(part) for part in id_.split("-"))


@fact()
def polling_without_redis_is_503_with_retry_after(stage):
    site = stage.site(QUICK)
    site.longpoll("news")
    site.redis.stop()

    def refused():
        answer = site.get("longpoll", "news", wait=1)
        return answer.status == 503 and answer
    answer = until(refused, "status 503", 20, 0.2)
    true(int(answer.headers.get("Retry-After", "0")) > 0, "no Retry-After")
    contains(answer.headers["Content-Type"], "application/problem+json",
             "type")


@fact()
def a_stream_that_begins_without_redis_is_held(stage):
    site = stage.site(QUICK)
    site.sse("news").ready().close()
    site.redis.stop()
    time.sleep(0.5)
    reader = site.sse("news").opened()
    reader.wait_beat()
    site.redis.start()
    reader.until(lambda: reader.cursor, "cursor", 30)
    site.publish("news", "hello")
    equal(reader.wait_messages(1), ["hello"], "data")


@fact()
def a_program_that_starts_before_redis_finds_it_later(stage):
    redis = stage.redis()
    redis.stop()
    site = stage.site(QUICK, redis=redis)
    reader = site.sse("news").opened()
    redis.start()
    reader.until(lambda: reader.cursor, "cursor", 30)
    published_soon(site, "news", "hello")
    equal(reader.wait_messages(1), ["hello"], "data")


@fact()
def a_waiting_longpoll_outlives_a_restart_or_says_503(stage):
    site = stage.site(QUICK)
    last = site.publish("news", "old")
    held = LongpollThread(site.client(60),
                          web.query("news", since=last, wait=50))
    until(lambda: site.redis.subscribers("news"), "a subscription")
    site.redis.stop(keep=True)
    time.sleep(0.5)
    site.redis.start()
    published_soon(site, "news", "new")
    answer = held.wait(40)
    if answer.status == 503:
        def asked_again():
            got = site.get("longpoll", "news", since=last, wait=30)
            equal(got.status in (200, 503), True, f"status of {got!r}")
            return got.status == 200 and got
        answer = until(asked_again, "an answer", 30, 0.2)
    equal([m["data"] for m in answer.json()["messages"]], ["new"], "data")


@fact()
def a_redis_that_refuses_to_store_is_503_and_cuts_nobody(stage):
    site = stage.site(QUICK)
    reader = site.sse("news").ready()
    site.publish("news", "before")
    reader.wait_messages(1)
    site.redis("CONFIG", "SET", "maxmemory", "1")
    answer = site.post("news", "refused by Redis")
    equal(answer.status, 503, f"status of {answer!r}")
    equal(answer.json()["stored"], False, "stored")
    site.redis("CONFIG", "SET", "maxmemory", "0")
    published_soon(site, "news", "after")
    equal(reader.wait_messages(2, 30), ["before", "after"], "data")
