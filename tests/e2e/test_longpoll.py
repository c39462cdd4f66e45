# SPDX-License-Identifier: MIT
"""XHR long-polling: batches, cursors, waiting."""
import time

from harness import web
from harness.tap import contains, equal, fact, true, until
from test_live import LongpollThread


@fact()
def without_a_cursor_it_answers_an_empty_batch_with_one_at_once(stage):
    site = stage.site()
    last = site.publish("news", "before")
    start = time.monotonic()
    batch = site.longpoll("news", wait=50)
    true(time.monotonic() - start < 20, "it waited")
    equal(batch, {"messages": [], "cursor": last}, "batch")


@fact()
def the_first_cursor_of_an_empty_channel_misses_nothing(stage):
    site = stage.site()
    cursor = site.longpoll("news")["cursor"]
    site.publish("news", "first")
    batch = site.longpoll("news", since=cursor, wait=30)
    equal([m["data"] for m in batch["messages"]], ["first"], "data")


@fact()
def with_a_cursor_it_waits_for_the_next_message(stage):
    site = stage.site()
    site.publish("news", "old")
    cursor = site.longpoll("news")["cursor"]
    held = LongpollThread(site.client(),
                          web.query("news", since=cursor, wait=50))
    time.sleep(0.7)
    true(held.answer is None, "it did not wait")
    site.publish("news", "new")
    batch = held.wait().json()
    equal([m["data"] for m in batch["messages"]], ["new"], "data")


@fact()
def when_nothing_comes_it_answers_an_empty_batch_and_the_same_cursor(stage):
    site = stage.site()
    last = site.publish("news", "old")
    start = time.monotonic()
    batch = site.longpoll("news", since=last, wait=1)
    true(time.monotonic() - start > 0.5, "it did not wait")
    equal(batch, {"messages": [], "cursor": last}, "batch")


@fact()
def wait_zero_does_not_wait(stage):
    site = stage.site()
    last = site.publish("news", "old")
    equal(site.longpoll("news", since=last, wait=0),
          {"messages": [], "cursor": last}, "batch")


@fact()
def waiting_is_bounded_by_the_setting(stage):
    site = stage.site({"hold.wait": 1})
    last = site.publish("news", "old")
    start = time.monotonic()
    batch = site.longpoll("news", since=last, wait=99999999999)
    true(time.monotonic() - start < 15, "it waited longer than hold.wait")
    equal(batch["messages"], [], "messages")


@fact()
def limit_bounds_a_batch_whose_cursor_goes_on(stage):
    site = stage.site()
    for n in range(7):
        site.publish("news", f"m{n}")
    cursor, seen, sizes = "0", [], []
    for _ in range(3):
        batch = site.longpoll("news", since=cursor, limit=3, wait=0)
        seen += [m["data"] for m in batch["messages"]]
        sizes.append(len(batch["messages"]))
        cursor = batch["cursor"]
    equal(sizes, [3, 3, 1], "sizes of the batches")
    equal(seen, [f"m{n}" for n in range(7)], "data")


@fact()
def a_limit_or_wait_that_is_no_number_is_refused(stage):
    site = stage.site()
    for parameters in ({"limit": "many"}, {"wait": "long"}, {"wait": "-1"},
                       {"limit": "1.5"}):
        answer = site.get("longpoll", "news", since="0", **parameters)
        equal(answer.status, 400, f"status of {parameters}")
        contains(answer.json()["detail"], next(iter(parameters)),
                 "the reason")


@fact()
def a_channel_of_a_longpoll_stays_apart_from_the_others(stage):
    site = stage.site()
    site.publish("a", "for a")
    site.publish("b", "for b")
    batch = site.longpoll("a", since="0", wait=0)
    equal([m["data"] for m in batch["messages"]], ["for a"], "data")


@fact()
def a_hundred_longpolls_wait_for_one_message(stage):
    site = stage.site()
    cursor = site.longpoll("news")["cursor"]
    query = web.query("news", since=cursor, wait=50)
    held = [LongpollThread(site.client(60), query) for _ in range(100)]
    until(lambda: site.redis.subscribers("news"), "a subscription")
    time.sleep(1)
    site.publish("news", "for all")
    for one in held:
        data = [m["data"] for m in one.wait(60).json()["messages"]]
        equal(data, ["for all"], "data")
