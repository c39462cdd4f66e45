# SPDX-License-Identifier: MIT
"""Slow subscribers, many subscribers, and too few descriptors."""

import os
import selectors
import signal
import time

import pytest

from harness import fastcgi, web
from harness.check import in_order, until
from harness.crowd import all_get_messages, for_all
from harness.process import cpu_seconds
from harness.sse import Stream
from test_live import LongpollThread

pytestmark = pytest.mark.shipped


@pytest.mark.alone
def test_a_slow_subscriber_catches_up_1000_large_messages_uncut(stage):
    site = stage.site({"history.length": 2000, "hold.max_backlog": 262144})
    command = stage.command(site)
    ids = command.lines(
        "news", (f"{n:04} " + "x" * 65500 for n in range(1000))
    )
    assert len(ids) == 1000
    subscriber = site.sse("news", since="0", receive=65536)
    while len(subscriber.messages) < 300 and subscriber.ended is None:
        subscriber.read(20)
        time.sleep(0.002)
    time.sleep(1)  # takes nothing at all for a while
    subscriber.wait_messages(1000, 90)
    in_order(
        [text[:4] for text in subscriber.data],
        [f"{n:04}" for n in range(1000)],
    )
    in_order([e.id for e in subscriber.messages], ids)
    assert {len(text) for text in subscriber.data} == {65505}
    assert subscriber.ended is None


def test_a_slow_subscriber_does_not_grow_memory(stage):
    """Its queue has references only, of one page at most."""
    sse = stage.responder("sse", {"history.length": 2000})
    command = stage.command(sse)
    command.lines("news", (f"{n:04} " + "x" * 65000 for n in range(500)))
    before = resident(sse.pid)
    stuck = []
    for _ in range(20):
        one = fastcgi.Connection(sse.address)
        one.send(
            fastcgi.request(fastcgi.environment(web.query("news", since="0")))
        )
        one.read_until(b"data: 0000")
        stuck.append(one)
    time.sleep(1)
    grown = resident(sse.pid) - before
    assert grown < 250_000, f"20 subscribers that wait took {grown} KB"
    for one in stuck:
        one.close()


def resident(pid):
    """Memory in KB, including a sanitizer's."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def test_a_subscriber_that_falls_behind_is_cut_and_resumes(stage):
    site = stage.site({"hold.max_backlog": 4194304, "history.length": 2000})
    command = stage.command(site)
    slow = site.sse("news", receive=4096).ready()
    quick = site.sse("news").ready()
    texts = [f"{n:04} " + "x" * 60000 for n in range(400)]
    for at in range(0, 400, 20):
        command.lines("news", texts[at : at + 20])
        quick.wait_messages(at + 20, 30)
    while slow.ended is None:
        assert slow.read(20), f"neither data nor an end: {slow.story()}"
    assert slow.ended == "cut"
    assert len(slow.messages) < 400, "the slow subscriber got all messages"
    again = site.sse("news", {"Last-Event-ID": slow.cursor})
    again.wait_messages(400 - len(slow.messages), 40)
    in_order([t[:4] for t in slow.data + again.data], [t[:4] for t in texts])
    assert quick.ended is None


@pytest.mark.alone
def test_2000_subscribers_of_one_process_all_get_a_message(stage):
    site = stage.site({"hold.beat": 3600})
    all_get_messages(site, "sse", Stream, 2000)


@pytest.mark.alone
def test_a_busy_program_refuses_no_connection_of_a_burst(stage):
    """A 500 would close an EventSource for good. They wait in the socket's
    backlog while the program is busy, here stopped."""
    site = stage.site({"hold.beat": 3600})
    selector, subscribers = selectors.DefaultSelector(), []
    pid = site.responder("sse")
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(1500):
            subscriber = Stream(site.port, "/push/sse?channel=news")
            selector.register(subscriber, selectors.EVENT_READ, subscriber)
            subscribers.append(subscriber)
        until(lambda: site.connections("sse") >= 1500, "as many connections")
    finally:
        os.kill(pid, signal.SIGCONT)
    for_all(selector, subscribers, lambda r: r.cursor, "a cursor", 60)
    for subscriber in subscribers:
        subscriber.close()


def test_without_descriptors_it_pauses_accepting_and_recovers(stage):
    """Which connections without a request have taken."""
    sse = stage.responder(
        "sse", {"request.timeout": 600, "log.level": "info"}, nofile=64
    )
    ask = fastcgi.request(fastcgi.environment(web.query("news")))
    conns = [fastcgi.Connection(sse.address)]
    conns[0].send(ask)
    conns[0].read_until(b"event: cursor")
    conns += [fastcgi.Connection(sse.address) for _ in range(119)]
    conns[-1].send(ask)

    def said():
        return [
            line
            for line in sse.log().splitlines()
            if "descriptor" in line.lower()
            or "emfile" in line.lower()
            or "too many open files" in line.lower()
        ]

    until(said, "a line about it in the log")
    before = cpu_seconds(sse.pid)
    time.sleep(1)
    assert len(said()) == 1, f"lines about it in the log ({said()[:3]})"
    assert (
        cpu_seconds(sse.pid) - before < 0.5
    ), "the program uses CPU meanwhile"
    for one in conns[:100]:
        one.close()
    conns[-1].read_until(b"event: cursor", 30)
    stage.command(sse).publish("news", "hello")
    conns[-1].read_until(b"data: hello")
    for one in conns[100:]:
        one.close()


def test_above_hold_max_no_subscriber_is_held(stage):
    site = stage.site({"hold.max": 1})
    held = site.sse("news").ready()
    site.publish("news", "one")
    held.wait_messages(1)  # the process has got it
    refused = site.sse("news", since="0")
    assert refused.wait_end() == "cut"
    assert refused.status == 200
    assert 10000 <= refused.lines.retry <= 15000
    assert refused.data == ["one"]
    site.publish("news", "two")
    assert held.wait_messages(2) == ["one", "two"]
    held.close()

    def room():
        subscriber = site.sse("news").opened()
        subscriber.quiet(0.5)
        return subscriber.ended is None and subscriber

    until(room, "room for another after the first left", 20, 0.3)


def test_above_hold_max_a_longpoll_gets_an_empty_batch_and_retry_after(stage):
    site = stage.site({"hold.max": 1})
    last = site.publish("news", "old")
    held = LongpollThread(
        site.client(), web.query("news", since=last, wait=50)
    )
    until(lambda: site.redis.subscribers("news"), "a subscription")
    response = site.get("longpoll", "news", since=last, wait=50)
    assert response.status == 200
    batch = response.json()
    assert (batch["messages"], batch["cursor"]) == ([], last)
    assert 10000 <= batch["retry"] <= 15000
    assert 10 <= int(response.headers["Retry-After"]) <= 15
    site.publish("news", "new")
    assert [m["data"] for m in held.wait().json()["messages"]] == ["new"]


def test_hold_max_0_holds_no_subscriber(stage):
    site = stage.site({"hold.max": 0})
    site.publish("news", "one")
    subscriber = site.sse("news", since="0")
    assert subscriber.wait_end() == "cut"
    assert subscriber.data == ["one"]
