# SPDX-License-Identifier: MIT
"""Slow readers, many readers, and too few descriptors."""
import os
import selectors
import signal
import time

from harness import fastcgi, web
from harness.crowd import all_get_messages, for_all
from harness.process import cpu_seconds
from harness.sse import Stream
from harness.tap import equal, fact, in_order, true, until
from test_live import LongpollThread


@fact(limit=150, alone=True)
def a_slow_reader_catches_up_1000_large_messages_uncut(stage):
    site = stage.site({"history.length": 2000, "hold.max_backlog": 262144})
    command = stage.command(site)
    ids = command.lines("news", (f"{n:04} " + "x" * 65500
                                 for n in range(1000)))
    equal(len(ids), 1000, "published")
    reader = site.sse("news", since="0", receive=65536)
    while len(reader.messages) < 300 and reader.ended is None:
        reader.read(20)
        time.sleep(0.002)
    time.sleep(2)  # takes nothing at all for a while
    reader.wait_messages(1000, 90)
    in_order([text[:4] for text in reader.data],
             [f"{n:04}" for n in range(1000)], "data")
    in_order([e.id for e in reader.messages], ids, "ids")
    equal({len(text) for text in reader.data}, {65505}, "lengths")
    equal(reader.ended, None, "the end of the stream")


@fact(limit=90)
def a_slow_reader_costs_the_program_no_memory(stage):
    """What waits for it are references, of one page at most."""
    sse = stage.responder("sse", {"history.length": 2000})
    command = stage.command(sse)
    command.lines("news", (f"{n:04} " + "x" * 65000 for n in range(500)))
    before = resident(sse.pid)
    stuck = []
    for _ in range(20):
        one = fastcgi.Connection(sse.address)
        one.send(fastcgi.request(fastcgi.environment(
            web.query("news", since="0"))))
        one.read_until(b"data: 0000")
        stuck.append(one)
    time.sleep(1)
    grown = resident(sse.pid) - before
    true(grown < 250_000, f"20 readers that wait took {grown} KB")
    for one in stuck:
        one.close()


def resident(pid):
    """KB of memory; a sanitizer's own is in it both times."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


@fact(limit=90)
def a_live_reader_that_falls_behind_is_cut_and_comes_back(stage):
    site = stage.site({"hold.max_backlog": 4194304,
                       "history.length": 2000})
    command = stage.command(site)
    slow = site.sse("news", receive=4096).ready()
    quick = site.sse("news").ready()
    texts = [f"{n:04} " + "x" * 60000 for n in range(400)]
    for at in range(0, 400, 20):
        command.lines("news", texts[at:at + 20])
        quick.wait_messages(at + 20, 30)
    while slow.ended is None:
        true(slow.read(20), f"neither data nor an end: {slow.story()}")
    equal(slow.ended, "cut", "the end of the slow reader's stream")
    true(len(slow.messages) < 400, "it got all, so it was not behind")
    again = site.sse("news", {"Last-Event-ID": slow.cursor})
    again.wait_messages(400 - len(slow.messages), 40)
    in_order([t[:4] for t in slow.data + again.data],
             [t[:4] for t in texts], "data over both connections")
    equal(quick.ended, None, "the end of the quick reader's stream")


@fact(limit=150, alone=True)
def two_thousand_readers_in_one_process_all_get_a_message(stage):
    site = stage.site({"hold.beat": 3600})
    all_get_messages(site, "sse", Stream, 2000)


@fact(limit=120, alone=True)
def a_burst_of_readers_on_a_busy_program_is_never_refused(stage):
    """A 500 would close an EventSource for good. They wait in the socket's
    backlog while the program is busy, here stopped."""
    site = stage.site({"hold.beat": 3600})
    selector, readers = selectors.DefaultSelector(), []
    pid = site.responder("sse")
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(1500):
            reader = Stream(site.port, "/push/sse?channel=news")
            selector.register(reader, selectors.EVENT_READ, reader)
            readers.append(reader)
        time.sleep(1)
    finally:
        os.kill(pid, signal.SIGCONT)
    for_all(selector, readers, lambda r: r.cursor, "a cursor", 60)
    for reader in readers:
        reader.close()


@fact(limit=90)
def without_descriptors_it_stops_accepting_and_serves_again(stage):
    sse = stage.responder("sse", {"hold.max": 10000, "log.level": "info"},
                          nofile=64)
    conns = [fastcgi.Connection(sse.address) for _ in range(120)]
    ask = fastcgi.request(fastcgi.environment(web.query("news")))
    for one in conns:
        one.send(ask)
    conns[0].read_until(b"event: cursor")

    def said():
        return [line for line in sse.log().splitlines()
                if "descriptor" in line.lower() or "emfile" in line.lower()
                or "too many open files" in line.lower()]
    until(said, "a line about it in the log")
    time.sleep(1)
    equal(len(said()), 1, f"lines about it in the log ({said()[:3]})")
    before = cpu_seconds(sse.pid)
    time.sleep(1)
    true(cpu_seconds(sse.pid) - before < 0.5, "it spins meanwhile")
    for one in conns[:100]:
        one.close()
    conns[-1].read_until(b"event: cursor", 30)
    stage.command(sse).publish("news", "hello")
    conns[-1].read_until(b"data: hello")
    for one in conns[100:]:
        one.close()


@fact()
def above_hold_max_nobody_is_held(stage):
    site = stage.site({"hold.max": 1})
    held = site.sse("news").ready()
    site.publish("news", "one")
    held.wait_messages(1)  # the process has heard it
    refused = site.sse("news", since="0")
    true(refused.wait_end() is not None, "it was held")
    equal(refused.status, 200, "status")
    true(refused.lines.retry is not None, "no retry")
    equal(refused.data, ["one"], "it gets what there is")
    site.publish("news", "two")
    equal(held.wait_messages(2), ["one", "two"], "data of who is held")
    held.close()

    def room():
        reader = site.sse("news").opened()
        reader.quiet(0.5)
        return reader.ended is None and reader
    until(room, "room for another after the first left", 20, 0.3)


@fact()
def above_hold_max_a_longpoll_gets_an_empty_batch_and_retry_after(stage):
    site = stage.site({"hold.max": 1})
    last = site.publish("news", "old")
    held = LongpollThread(site.client(),
                          web.query("news", since=last, wait=50))
    until(lambda: site.redis.subscribers("news"), "a subscription")
    answer = site.get("longpoll", "news", since=last, wait=50)
    equal(answer.status, 200, "status")
    equal(answer.json(), {"messages": [], "cursor": last}, "batch")
    true(int(answer.headers.get("Retry-After", "0")) > 0, "no Retry-After")
    site.publish("news", "new")
    equal([m["data"] for m in held.wait().json()["messages"]], ["new"],
          "data of who is held")


@fact()
def hold_max_0_holds_nobody(stage):
    site = stage.site({"hold.max": 0})
    site.publish("news", "one")
    reader = site.sse("news", since="0")
    true(reader.wait_end() is not None, "it was held")
    equal(reader.data, ["one"], "data")
