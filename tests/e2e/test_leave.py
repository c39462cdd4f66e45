# SPDX-License-Identifier: MIT
"""Subscribers that disconnect, and responders that end."""

import os
import re
import signal
import subprocess
import time

import pytest

from harness import fastcgi, process, web
from harness.check import until
from harness.sse import Stream
from test_live import LongpollThread

# A responder of the test's own behind lighttpd, without tcp-fin-propagate.
PLAIN = """
$HTTP["url"] =~ "^/plain/" {
  server.stream-response-body = 2
  fastcgi.server = ( "/plain/sse" => ((
    "socket" => "%s", "check-local" => "disable" )) )
}
"""


def test_a_disconnected_subscriber_is_released_at_the_next_heartbeat(stage):
    redis = stage.redis()
    sse = stage.responder("sse", {"hold.beat": 1}, redis=redis)
    site = stage.site(redis=redis, after=PLAIN % sse.address)
    settled(sse.pid)
    before = process.sockets(sse.pid)
    subscribers = [plain(site) for _ in range(20)]
    assert (
        process.sockets(sse.pid) >= before + 20
    ), "fewer than 20 subscribers are held"
    for subscriber in subscribers:
        subscriber.close()
    until(
        lambda: process.sockets(sse.pid) == before,
        f"{before} sockets again after the subscribers left",
    )


def plain(site):
    return Stream(site.port, "/plain/sse?" + web.query("news")).ready()


def settled(pid):
    """Waits until it is connected to Redis and has closed the sockets of the
    name lookup: the number of sockets is stable for half a second."""
    seen = []

    def stays():
        seen.append(process.sockets(pid))
        time.sleep(0.05)
        return len(seen) > 10 and min(seen[-10:]) == max(seen[-10:]) >= 3

    until(stays, "connections to Redis, and nothing else")


def test_a_disconnected_subscriber_is_released_at_once(stage):
    """By tcp-fin-propagate of the shipped file."""
    site = stage.site({"hold.beat": 3600})
    subscriber = site.sse("other").ready()
    pid = site.responder("sse")
    settled(pid)
    before = process.sockets(pid)
    subscribers = [site.sse("news").ready() for _ in range(20)]
    assert process.sockets(pid) == before + 20
    for one in subscribers:
        one.close()
    until(
        lambda: process.sockets(pid) == before,
        f"{before} sockets again after the subscribers left",
    )
    site.publish("other", "still here")
    assert subscriber.wait_messages(1) == ["still here"]


def test_a_disconnected_longpoll_is_released_at_once(stage):
    """When the web server closes the connection: lighttpd 1.4.69 does not
    before it has part of the response; see the next test."""
    poll = stage.responder("longpoll")
    settled(poll.pid)
    before = process.sockets(poll.pid)
    query = web.query("news", since="0-0", wait=55)
    held = [fastcgi.Connection(poll.address) for _ in range(10)]
    for one in held:
        one.send(fastcgi.request(fastcgi.environment(query)))
    until(
        lambda: poll.log().count("subscriber_start") == 10, "10 longpolls held"
    )
    assert process.sockets(poll.pid) == before + 10
    for one in held:
        one.close()
    until(
        lambda: process.sockets(poll.pid) == before,
        f"{before} sockets again after the longpolls left",
    )


def test_a_longpoll_disconnected_from_lighttpd_is_released_after_its_wait(
    stage,
):
    site = stage.site()
    last = site.publish("news", "old")
    pid = site.responder("longpoll")
    settled(pid)
    before = process.sockets(pid)
    target = "/push/longpoll?" + web.query("news", since=last, wait=6)
    held = [Stream(site.port, target) for _ in range(10)]
    until(lambda: process.sockets(pid) >= before + 10, "10 longpolls held")
    for one in held:
        one.close()
    until(
        lambda: process.sockets(pid) == before,
        f"{before} sockets again after the longpolls left",
    )


def test_a_channel_without_subscribers_is_unsubscribed(site, channel):
    subscriber = site.sse(channel).ready()
    assert site.redis.subscribers(channel) == 1
    subscriber.close()
    until(
        lambda: site.redis.subscribers(channel) == 0,
        "no subscription without subscribers",
        30,
    )
    again = site.sse(channel).ready()
    site.publish(channel, "hello")
    assert again.wait_messages(1) == ["hello"]


def test_a_killed_responder_restarts_and_loses_no_message(stage):
    site = stage.site()
    subscriber = site.sse("news").ready()
    got, sent = [], []
    for round_ in range(3):
        text = f"before {round_}"
        sent.append(text)
        site.publish("news", text)
        subscriber.wait_messages(1)
        pid = site.responder("sse")
        os.kill(pid, signal.SIGKILL)
        assert subscriber.wait_end() == "cut"
        got += subscriber.data
        sent.append(f"while it was away {round_}")
        site.publish("news", sent[-1])
        subscriber = comes_back(site, subscriber.cursor)
        subscriber.wait_messages(1)
        got += subscriber.data
        cursor = subscriber.cursor
        subscriber.close()
        subscriber = site.sse("news", {"Last-Event-ID": cursor}).opened()
    assert got == sent


def comes_back(site, cursor, seconds=60):
    """Reconnects while it is refused with 50x, as EventSource does."""
    end = time.monotonic() + seconds
    while True:
        subscriber = site.sse("news", {"Last-Event-ID": cursor})
        subscriber.until(lambda: subscriber.status is not None, "head")
        if subscriber.status == 200:
            return subscriber
        assert time.monotonic() < end, f"refused: {subscriber.story()}"
        subscriber.close()
        time.sleep(0.3)


def begins_anew(site, name, pid):
    """lighttpd does not notice."""
    until(
        lambda: site.log().count(f"program={name} event=start ") == 2,
        f"another start of {name}",
    )
    assert site.responder(name) == pid


def test_sigterm_cuts_streams_without_a_clean_end(stage):
    site = stage.site({"hold.drain": 5, "sse.retry": 100})
    subscriber = site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGTERM)
    assert subscriber.wait_end() == "cut"
    assert (
        len(re.findall(rb"(?m)^retry: \d+$", subscriber.lines.raw)) > 1
    ), f"no second retry: {subscriber.lines.raw[-200:]!r}"
    begins_anew(site, "sse", pid)


@pytest.mark.needs("curl")
def test_curl_reports_a_stream_cut_by_sigterm(stage):
    site = stage.site()
    url = f"http://127.0.0.1:{site.port}/push/sse?channel=news"
    with subprocess.Popen(
        ["curl", "-sN", url], stdout=subprocess.PIPE
    ) as curl:
        curl.stdout.readline()
        os.kill(site.responder("sse"), signal.SIGTERM)
        curl.stdout.read()
        assert curl.wait(20) == 18


def test_sigterm_answers_a_held_longpoll(stage):
    site = stage.site()
    last = site.publish("news", "old")
    site.longpoll("news")
    held = LongpollThread(
        site.client(), web.query("news", since=last, wait=55)
    )
    site.holds("longpoll", "news", 2)
    pid = site.responder("longpoll")
    os.kill(pid, signal.SIGTERM)
    response = held.wait()
    assert response.status == 200
    assert response.json() == {"messages": [], "cursor": last, "retry": 2000}
    begins_anew(site, "longpoll", pid)


def test_sigterm_ends_the_program_within_hold_drain(stage):
    """Even if a subscriber does not read."""
    sse = stage.responder("sse", {"hold.drain": 1})
    stuck = fastcgi.Connection(sse.address)
    stuck.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    stuck.read_until(b"event: cursor")
    reads = fastcgi.Connection(sse.address)
    reads.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    reads.read_until(b"event: cursor")
    command = stage.command(sse)
    command.lines("news", [*["x" * 60000] * 12, "the last"])
    reads.read_until(b"data: the last")
    sse.process.signal(signal.SIGTERM)
    assert sse.process.wait(20) == 0
    stuck.close()
    reads.close()


def test_sighup_is_ignored(site, channel):
    subscriber = site.sse(channel).ready()
    os.kill(site.responder("sse"), signal.SIGHUP)
    site.publish(channel, "still here")
    assert subscriber.wait_messages(1) == ["still here"]


def test_streams_older_than_the_limit_end_without_a_clean_end(stage):
    site = stage.site({"hold.max_age": 2, "hold.beat": 1})
    subscriber = site.sse("news").opened()
    assert subscriber.wait_end() == "cut"
