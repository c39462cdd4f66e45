# SPDX-License-Identifier: MIT
"""Each cell of the table in doc/guarantees.md."""

import os
import re
import signal

import pytest

from harness.check import until
from harness.site import source

AUDITED = {"bus.audit": 1, "bus.timeout": 2, "hold.beat": 1}

DURABILITY = {
    "always": ["--appendonly", "yes", "--appendfsync", "always"],
    "everysec": ["--appendonly", "yes", "--appendfsync", "everysec"],
    "snapshots": ["--save", "3600 1"],
    "nothing": [],
}


def rows():
    """The table: its head, then fault and cells."""
    with open(source("doc", "guarantees.md"), encoding="utf-8") as f:
        lines = re.findall(r"^\| (.+) \|$", f.read(), re.M)
    cells = [line.split(" | ") for line in lines]
    return [row for row in cells if len(row) == len(DURABILITY) + 1]


# --- faults ------------------------------------------------------------------


def kill_program(site):
    site.kill("sse")


def break_connections(site):
    site.redis("CLIENT", "KILL", "TYPE", "pubsub")
    site.redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def stop_answering(site):
    site.redis("CLIENT", "PAUSE", 2500, "ALL")


def end_redis(site, number):
    redis = site.redis
    redis.process.signal(number)
    redis.process.wait(20)
    if os.path.exists(redis.path):
        os.unlink(redis.path)
    redis.start()


def restart(site):
    end_redis(site, signal.SIGTERM)


def kill(site):
    end_redis(site, signal.SIGKILL)


def empty(site):
    site.redis("FLUSHALL")


def delete_log(site):
    site.redis("DEL", "push:{news}:log")


def trim(site):
    site.redis("XTRIM", "push:{news}:log", "MAXLEN", 0)


def fill_memory(site):
    site.redis("CONFIG", "SET", "maxmemory", 1)
    assert site.post("news", "refused").status == 503
    site.redis("CONFIG", "SET", "maxmemory", 0)


FAULTS = {
    "a program of pushcgi is killed": kill_program,
    "the connections to Redis break": break_connections,
    "Redis stops answering for a while": stop_answering,
    "Redis is restarted": restart,
    "Redis is killed and started again": kill,
    "Redis is emptied": empty,
    "the log of the channel is deleted": delete_log,
    "history trims messages before they are read": trim,
    "the memory limit of Redis is reached": fill_memory,
}


# --- a cell ------------------------------------------------------------------


class Follower:
    """Reconnects with its cursor whenever its stream ends."""

    def __init__(self, site):
        self.site, self.cursor = site, None
        self.events, self.stream = [], None

    def connect(self):
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        self.stream = self.site.sse("news", headers)

    def read_to(self, data):
        """Until that message arrives."""
        while True:
            if self.stream is None:
                self.connect()
            stream = self.stream
            stream.until(
                lambda: stream.ended is not None or data in stream.data, data
            )
            if data in stream.data:
                return
            self.part()

    def part(self):
        """What was received so far stays."""
        self.events += self.stream.events
        self.cursor = self.stream.cursor or self.cursor
        self.stream.close()
        self.stream = None

    def all(self):
        return self.events + (self.stream.events if self.stream else [])

    def data(self):
        return [e.data for e in self.all() if e.type == "message"]

    def gaps(self):
        return [e for e in self.all() if e.type == "gap"]


def publish(site, texts):
    """Each until it is acknowledged; one that is unknown may be stored twice,
    so each has a key."""

    def acknowledged(text):
        response = site.post("news", text, key=text)
        return response if response.status in (200, 201) else None

    return [
        until(lambda t=text: acknowledged(t), "an acknowledgement").json()["id"]
        for text in texts
    ]


def read_late(site, cursor):
    """What another process, which has not followed the channel, has for a
    subscriber who was away: data and gaps."""
    data, gaps = [], []
    while "last" not in data:
        response = site.get("longpoll", "news", since=cursor, wait=5)
        if response.status == 503:  # its connections break as well
            continue
        batch = response.json()
        data += [m["data"] for m in batch["messages"] if "data" in m]
        gaps += [m["gap"] for m in batch["messages"] if "gap" in m]
        cursor = batch["cursor"]
    return data, gaps


def check(promise, data, gaps, want):
    assert data == [text for text in want if text in data], "order, or twice"
    if promise == "told":
        assert data == want or gaps
    else:
        assert data == want
        assert not gaps


@pytest.mark.parametrize(
    ("fault", "durability", "promise"),
    [
        (row[0], name, promise)
        for row in rows()[1:]
        for name, promise in zip(DURABILITY, row[1:])
    ],
)
def test_a_fault_is_as_the_table_says(stage, fault, durability, promise):
    redis = stage.redis(*DURABILITY[durability])
    site = stage.site(AUDITED, redis=redis)
    live = Follower(site)
    live.connect()
    live.stream.ready()
    before = ["one", "two", "three"]
    ids = publish(site, before)
    live.read_to("three")
    FAULTS[fault](site)
    after = ["four", "last"]
    publish(site, after)
    live.read_to("last")
    check(promise, live.data(), live.gaps(), before + after)
    check(promise, *read_late(site, ids[0]), before[1:] + after)


def test_the_table_has_all_faults_and_nothing_else():
    table = rows()
    assert table[0] == ["fault", *DURABILITY]
    assert [row[0] for row in table[1:]] == list(FAULTS)
    for row in table[1:]:
        assert set(row[1:]) <= {"all", "told", "refused"}
