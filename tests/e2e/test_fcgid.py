# SPDX-License-Identifier: MIT
"""mod_fcgid: one process for each subscriber."""

import concurrent.futures
import os
import signal
import time

import pytest

from harness import process, web
from harness.apache import ApacheFcgid
from harness.check import note, until
from harness.site import plainly_built
from test_leave import settled
from test_live import LongpollThread

pytestmark = [pytest.mark.apache, pytest.mark.shipped]

ONE = "FcgidMaxProcessesPerClass 1\n"
SUBSCRIBERS = 50
PRIVATE_KB = 250


def apache(servers, **options):
    """`servers`: shared, or a stage."""
    return servers.site({"hold.beat": 1}, server=ApacheFcgid, **options)


def test_apache_serves_pages_beside_50_held_subscribers(stage):
    site = apache(stage)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(SUBSCRIBERS) as pool:
        subscribers = list(
            pool.map(lambda _: site.sse("news").ready(), range(SUBSCRIBERS))
        )
    took = time.monotonic() - start
    held = site.responders("sse")
    assert (
        len(held) >= SUBSCRIBERS
    ), f"{len(held)} processes, want {SUBSCRIBERS}"
    times = []
    for _ in range(20):
        start = time.monotonic()
        response = site.request("GET", "/index.html")
        times.append(time.monotonic() - start)
        assert response.status == 200
    assert max(times) < 10, f"a plain page took {max(times):.2f} s"
    site.publish("news", "for all")
    for subscriber in subscribers:
        assert subscriber.wait_messages(1) == ["for all"]
    kb = sorted(process.private_kb(pid) for pid in held)
    note(
        f"mod_fcgid: {SUBSCRIBERS} subscribers held after {took:.1f} s; "
        f"a plain page took {sorted(times)[10] * 1000:.1f} ms (median), "
        f"{max(times) * 1000:.1f} ms at most; private memory of a held "
        f"process {kb[len(kb) // 2]} KB (median), {kb[-1]} KB at most"
    )
    if plainly_built():
        assert kb[-1] < PRIVATE_KB, f"{kb[-1]} KB are a process's own"


def test_a_process_serves_again_after_its_client_disconnects(shared, channel):
    """Apache closes the connection and then treats the process as idle."""
    site = apache(shared, after=ONE)
    first = site.sse(channel).ready()
    pid = site.responder("sse")
    first.close()
    start = time.monotonic()
    second = site.sse(channel).ready()
    took = time.monotonic() - start
    assert took < 20, f"the next subscriber waited {took:.1f} s"
    assert site.responder("sse") == pid
    site.publish(channel, "hello")
    assert second.wait_messages(1) == ["hello"]


def test_heartbeats_detect_a_disconnected_subscriber(stage):
    site = apache(stage)
    subscriber = site.sse("news").ready()
    pid = site.responder("sse")
    settled(pid)
    held = process.sockets(pid)
    subscriber.close()
    until(
        lambda: process.sockets(pid) == held - 1,
        "a closed connection to Apache",
    )
    assert process.running(pid), "the process ended"


def test_a_disconnected_longpoll_does_not_block_the_next(shared, channel):
    site = apache(shared, after=ONE)
    cursor = site.longpoll(channel)["cursor"]
    pid = site.responder("longpoll")
    for _ in range(3):
        gone = site.stream("longpoll", channel, since=cursor, wait=3)
        until(lambda: site.redis.subscribers(channel), "a subscription")
        gone.close()
    start = time.monotonic()
    site.longpoll(channel, since=cursor, wait=0)
    took = time.monotonic() - start
    assert took < 35, f"the next longpoll waited {took:.1f} s"
    assert site.responder("longpoll") == pid


def test_sigterm_ends_a_process_with_a_subscriber(stage):
    site = apache(stage)
    subscriber = site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGTERM)
    until(lambda: not process.running(pid), "the end of the process")
    assert subscriber.wait_end(), "the stream continues"
    assert b"\nretry: " in subscriber.lines.raw
    back = site.sse("news", {"Last-Event-ID": subscriber.cursor}).opened()
    site.publish("news", "hello")
    assert back.wait_messages(1) == ["hello"]


def test_sigterm_answers_a_held_longpoll(stage):
    site = apache(stage, after=ONE)
    last = site.publish("news", "old")
    site.longpoll("news")
    held = LongpollThread(
        site.client(), web.query("news", since=last, wait=55)
    )
    site.holds("longpoll", "news", 2)
    os.kill(site.responder("longpoll"), signal.SIGTERM)
    response = held.wait()
    assert (response.status, response.json()["cursor"]) == (200, last)


def test_a_graceful_reload_ends_streams_and_leaves_no_process(stage):
    site = apache(stage)
    subscribers = [site.sse("news").ready() for _ in range(3)]
    pids = site.responders("sse")
    site.reload()
    for subscriber in subscribers:
        assert subscriber.wait_end(), "a stream continues"
    until(
        lambda: not any(process.running(pid) for pid in pids),
        "the end of the processes",
    )
    again = site.sse("news", {"Last-Event-ID": subscribers[0].cursor}).opened()
    site.publish("news", "hello")
    assert again.wait_messages(1) == ["hello"]


def test_a_message_of_the_largest_size_is_accepted(shared, channel):
    """FcgidMaxRequestLen has room for it in the longest form."""
    site = apache(shared)
    text = "\u20ac" * 21845  # 65535 bytes, nine characters each in a form
    site.publish(channel, text)
    assert site.get("http", channel).body.decode() == text
