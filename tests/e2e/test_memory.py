# SPDX-License-Identifier: MIT
"""Many clients that ask for much and read nothing of it: what the program
queues for them stays below hold.max_memory, and the others get everything."""

import os
import socket

import pytest

from harness import fastcgi, web
from harness.check import until

pytestmark = pytest.mark.shipped

LIMIT = 16 << 20
# Each byte is six in JSON: what fits a response of 256 KB takes 1.5 MB.
TEXTS = [f"{n:03}" + "\x01" * 20000 for n in range(60)]
STUCK = 100


@pytest.fixture(autouse=True)
def no_quarantine(monkeypatch):
    """AddressSanitizer keeps what is freed."""
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    monkeypatch.setenv("ASAN_OPTIONS", options)


def peak(pid):
    """The most memory it has had, in bytes."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def ask(responder, program, since="0"):
    connection = fastcgi.Connection(responder.address)
    connection.send(
        fastcgi.request(
            fastcgi.environment(
                web.query("news", since=since), program=program
            )
        )
    )
    return connection


def start(stage, program):
    responder = stage.responder(program, {"hold.max_memory": LIMIT})
    stage.command(responder).lines("news", TEXTS)
    return responder


def ask_and_read_nothing(responder, program):
    """So many times, each when the one before it is being answered."""
    stuck = []
    for _ in range(STUCK):
        stuck.append(ask(responder, program))
        assert stuck[-1].socket.recv(1, socket.MSG_PEEK)
    return stuck


def assert_memory(responder, before):
    """It takes some more for what it reads of Redis."""
    grown = peak(responder.pid) - before
    assert grown < 3 * LIMIT, f"it grew by {grown >> 20} MB"
    until(lambda: "event=memory" in responder.log(), "a line about the cut")


def read_all_by_poll(responder):
    texts, since = [], "0"
    while len(texts) < len(TEXTS):
        one = ask(responder, "poll", since)
        batch = one.response().json()
        one.close()
        assert batch["messages"], f"nothing after {len(texts)} messages"
        texts += [m["data"] for m in batch["messages"]]
        since = batch["cursor"]
    return texts


def test_polls_that_are_not_read_stay_below_max_memory(stage):
    poll = start(stage, "poll")
    assert read_all_by_poll(poll) == TEXTS
    before = peak(poll.pid)
    stuck = ask_and_read_nothing(poll, "poll")
    assert read_all_by_poll(poll) == TEXTS
    assert_memory(poll, before)
    for one in stuck:
        one.close()


def test_streams_that_are_not_read_stay_below_max_memory(stage):
    stream = start(stage, "stream")
    last = TEXTS[-1][:3].encode()
    quick = ask(stream, "stream")
    quick.read_until(b'"data":"' + last)
    before = peak(stream.pid)
    stuck = ask_and_read_nothing(stream, "stream")
    again = ask(stream, "stream")
    for number in range(len(TEXTS)):
        again.read_until(b'"data":"%03d' % number)
    stage.command(stream).publish("news", "after")
    quick.read_until(b'"data":"after"')
    again.read_until(b'"data":"after"')
    assert_memory(stream, before)
    for one in (quick, again, *stuck):
        one.close()
