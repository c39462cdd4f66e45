# SPDX-License-Identifier: MIT
"""XHR long-polling: batches, cursors, waiting."""

import time

from harness import web
from test_live import LongpollThread, held_longpolls


def test_without_a_cursor_it_returns_an_empty_batch_with_one_at_once(
    site, channel
):
    last = site.publish(channel, "before")
    start = time.monotonic()
    batch = site.longpoll(channel, wait=50)
    assert time.monotonic() - start < 20, "it waited"
    assert batch == {"messages": [], "cursor": last}


def test_the_first_cursor_of_an_empty_channel_misses_nothing(site, channel):
    cursor = site.longpoll(channel)["cursor"]
    site.publish(channel, "first")
    batch = site.longpoll(channel, since=cursor, wait=30)
    assert [m["data"] for m in batch["messages"]] == ["first"]


def test_with_a_cursor_it_waits_for_the_next_message(site, channel):
    site.publish(channel, "old")
    (other,) = channel.also("other")
    held, before = held_longpolls(site, channel, other)
    site.publish(other, "before")
    before.wait()
    assert held.response is None, "it did not wait"
    site.publish(channel, "new")
    batch = held.wait().json()
    assert [m["data"] for m in batch["messages"]] == ["new"]


def test_without_messages_it_returns_an_empty_batch_and_the_same_cursor(
    site, channel
):
    last = site.publish(channel, "old")
    start = time.monotonic()
    batch = site.longpoll(channel, since=last, wait=1)
    assert time.monotonic() - start > 0.5, "it did not wait"
    assert batch == {"messages": [], "cursor": last}


def test_wait_zero_does_not_wait(site, channel):
    last = site.publish(channel, "old")
    assert site.longpoll(channel, since=last, wait=0) == {
        "messages": [],
        "cursor": last,
    }


def test_the_setting_limits_the_wait(stage):
    site = stage.site({"hold.wait": 1})
    last = site.publish("news", "old")
    start = time.monotonic()
    batch = site.longpoll("news", since=last, wait=99999999999)
    assert time.monotonic() - start < 15, "it waited longer than hold.wait"
    assert batch["messages"] == []


def test_limit_bounds_a_batch_and_its_cursor_continues(site, channel):
    for n in range(7):
        site.publish(channel, f"m{n}")
    cursor, seen, sizes = "0", [], []
    for _ in range(3):
        batch = site.longpoll(channel, since=cursor, limit=3, wait=0)
        seen += [m["data"] for m in batch["messages"]]
        sizes.append(len(batch["messages"]))
        cursor = batch["cursor"]
    assert sizes == [3, 3, 1]
    assert seen == [f"m{n}" for n in range(7)]


def test_a_limit_or_wait_that_is_not_a_number_is_refused(site, channel):
    for parameters in (
        {"limit": "many"},
        {"wait": "long"},
        {"wait": "-1"},
        {"limit": "1.5"},
    ):
        response = site.get("longpoll", channel, since="0", **parameters)
        assert response.status == 400, f"status of {parameters}"
        assert next(iter(parameters)) in response.json()["detail"]


def test_a_longpoll_gets_only_messages_of_its_channel(site, channel):
    a, b = channel.also("a", "b")
    site.publish(a, "for a")
    site.publish(b, "for b")
    batch = site.longpoll(a, since="0", wait=0)
    assert [m["data"] for m in batch["messages"]] == ["for a"]


def test_one_message_answers_100_longpolls(site, channel):
    cursor = site.longpoll(channel)["cursor"]
    query = web.query(channel, since=cursor, wait=50)
    held = [LongpollThread(site.client(60), query) for _ in range(100)]
    site.holds("longpoll", channel, 101)
    site.publish(channel, "for all")
    for one in held:
        data = [m["data"] for m in one.wait(60).json()["messages"]]
        assert data == ["for all"]
