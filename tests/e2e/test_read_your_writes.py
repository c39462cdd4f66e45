# SPDX-License-Identifier: MIT
"""An answer that is not held has everything that was acknowledged before its
request, although another process answers it."""

import pytest

ROUNDS = 50


@pytest.fixture
def lossy(stage):
    """A site whose subscriptions hear nothing."""
    redis = stage.redis()
    proxy = stage.proxy(redis)
    site = stage.site({"bus.url": proxy.url(), "bus.timeout": 60}, redis=redis)
    # each process follows the channel before it becomes deaf
    for program in ("poll", "http"):
        site.get(program, "news")
    proxy.deafen()
    return site


def data(response):
    return [m["data"] for m in response.json()["messages"]]


def follow(site, channel, program, **parameters):
    """Publishes and asks at once, again and again."""
    start = site.get(program, channel, **parameters).json()
    cursor = start["cursor"]
    for n in range(ROUNDS):
        site.publish(channel, f"m{n}")
        response = site.get(program, channel, since=cursor, **parameters)
        assert data(response) == [f"m{n}"]
        cursor = response.json()["cursor"]


def test_a_poll_has_what_was_published_before_it(site, channel):
    follow(site, channel, "poll")


def test_a_longpoll_that_does_not_wait_has_it(site, channel):
    follow(site, channel, "longpoll", wait=0)


def test_a_document_is_what_was_published_before_it(site, channel):
    for n in range(ROUNDS):
        site.publish(channel, f"m{n}")
        assert site.get("http", channel).body == f"m{n}".encode()


def test_a_poll_through_a_deaf_process_has_it(lossy):
    follow(lossy, "news", "poll")


def test_a_document_of_a_deaf_process_has_it(lossy):
    for n in range(ROUNDS):
        lossy.publish("news", f"m{n}")
        assert lossy.get("http", "news").body == f"m{n}".encode()


def test_a_stream_above_hold_max_has_it(shared, channel):
    site = shared.site({"hold.max": 0})
    cursor = site.get("poll", channel).json()["cursor"]
    for n in range(ROUNDS):
        site.publish(channel, f"m{n}")
        stream = site.sse(channel, since=cursor)
        stream.until(lambda: stream.ended is not None, "the end")
        assert stream.data == [f"m{n}"]
        cursor = stream.cursor
