# SPDX-License-Identifier: MIT
"""mod_fcgid: one process a reader, and what becomes of it."""
import concurrent.futures
import os
import re
import signal
import time

from harness import process, web
from harness.apache import ApacheFcgid
from harness.site import build
from harness.tap import contains, equal, fact, note, true, until
from test_leave import settled
from test_live import LongpollThread

APACHE = ("redis-server", "apache2")
ONE = "FcgidMaxProcessesPerClass 1\n"
READERS = 50
PRIVATE_KB = 250


def apache(stage, settings=None, **options):
    return stage.site({"hold.beat": 1, **(settings or {})},
                      server=ApacheFcgid, **options)


@fact(limit=120, needs=APACHE)
def fifty_held_readers_leave_apache_its_answers(stage):
    site = apache(stage)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        readers = list(pool.map(lambda _: site.sse("news").ready(),
                                range(READERS)))
    took = time.monotonic() - start
    held = site.responders("sse")
    true(len(held) >= READERS, f"{len(held)} processes, want {READERS}")
    times = []
    for _ in range(20):
        start = time.monotonic()
        answer = site.request("GET", "/index.html")
        times.append(time.monotonic() - start)
        equal(answer.status, 200, "status of a plain page")
    true(max(times) < 10, f"a plain page took {max(times):.2f} s")
    site.publish("news", "for all")
    for reader in readers:
        equal(reader.wait_messages(1), ["for all"], "data")
    kb = sorted(process.private_kb(pid) for pid in held)
    note(
        f"mod_fcgid: {READERS} readers held after {took:.1f} s; a plain page "
        f"took {sorted(times)[10] * 1000:.1f} ms (median), "
        f"{max(times) * 1000:.1f} ms at most; private memory of a held "
        f"process {kb[len(kb) // 2]} KB (median), {kb[-1]} KB at most")
    if plainly_built():
        true(kb[-1] < PRIVATE_KB, f"{kb[-1]} KB are a process's own")


def plainly_built():
    """Sanitizers and coverage have memory of their own."""
    with open(build("Makefile")) as f:
        return not re.search(r"(?m)^(SAN|COV)_CFLAGS = *\S", f.read())


@fact(needs=APACHE)
def a_process_whose_reader_left_takes_the_next(stage):
    """Apache tells it by closing, and thinks it idle from then on."""
    site = apache(stage, after=ONE)
    first = site.sse("news").ready()
    pid = site.responder("sse")
    first.close()
    start = time.monotonic()
    second = site.sse("news").ready()
    took = time.monotonic() - start
    true(took < 20, f"the next reader waited {took:.1f} s")
    equal(site.responder("sse"), pid, "the process")
    site.publish("news", "hello")
    equal(second.wait_messages(1), ["hello"], "data")


@fact(needs=APACHE)
def a_reader_that_left_is_let_go_of_by_its_heartbeats(stage):
    site = apache(stage)
    reader = site.sse("news").ready()
    pid = site.responder("sse")
    settled(pid)
    held = process.sockets(pid)
    reader.close()
    until(lambda: process.sockets(pid) == held - 1,
          "a closed connection to Apache")
    true(process.running(pid), "the process ended")


@fact(needs=APACHE)
def a_longpoll_that_left_does_not_block_the_next(stage):
    site = apache(stage, after=ONE)
    cursor = site.longpoll("news")["cursor"]
    pid = site.responder("longpoll")
    for _ in range(3):
        gone = site.stream("longpoll", "news", since=cursor, wait=3)
        until(lambda: site.redis.subscribers("news"), "a subscription")
        gone.close()
    start = time.monotonic()
    site.longpoll("news", since=cursor, wait=0)
    took = time.monotonic() - start
    true(took < 35, f"the next longpoll waited {took:.1f} s")
    equal(site.responder("longpoll"), pid, "the process")


@fact(needs=APACHE)
def sigterm_ends_a_process_that_holds(stage):
    site = apache(stage)
    reader = site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGTERM)
    until(lambda: not process.running(pid), "the end of the process")
    true(reader.wait_end(), "the stream goes on")
    contains(reader.lines.raw, b"\nretry: ", "the stream's end")
    back = site.sse("news", {"Last-Event-ID": reader.cursor}).opened()
    site.publish("news", "hello")
    equal(back.wait_messages(1), ["hello"], "data after coming back")


@fact(needs=APACHE)
def a_held_longpoll_is_answered_when_its_process_is_told_to_end(stage):
    site = apache(stage, after=ONE)
    last = site.publish("news", "old")
    site.longpoll("news")
    held = LongpollThread(site.client(),
                          web.query("news", since=last, wait=55))
    site.holds("longpoll", 2)
    os.kill(site.responder("longpoll"), signal.SIGTERM)
    answer = held.wait()
    equal((answer.status, answer.json()["cursor"]), (200, last), "answer")


@fact(needs=APACHE)
def a_graceful_reload_ends_streams_and_leaves_no_process(stage):
    site = apache(stage)
    readers = [site.sse("news").ready() for _ in range(3)]
    pids = site.responders("sse")
    site.reload()
    for reader in readers:
        true(reader.wait_end(), "a stream goes on")
    until(lambda: not any(process.running(pid) for pid in pids),
          "the end of the processes")
    again = site.sse("news", {"Last-Event-ID": readers[0].cursor}).opened()
    site.publish("news", "hello")
    equal(again.wait_messages(1), ["hello"], "data after the reload")


@fact(needs=APACHE)
def a_message_of_the_largest_size_is_taken(stage):
    """FcgidMaxRequestLen has room for it in the longest form."""
    site = apache(stage)
    text = "\u20ac" * 21845  # 65535 bytes, nine characters each in a form
    site.publish("news", text)
    equal(site.get("http", "news").body.decode(), text, "data")

