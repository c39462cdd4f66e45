# SPDX-License-Identifier: MIT
"""hold.gather: messages of a busy channel leave together."""

import os
import threading

import pytest

from harness.apache import ApacheProxy
from harness.check import until
from harness.lighttpd import Lighttpd
from harness.samples import sample
from harness.techniques import ALL, Reading
from test_wander import wander

SETTINGS = sample("doc/operating.md", "ini", "gather")
LONG = 1000  # ms, as a slow machine has fewer messages a second
MESSAGES = 120
FEW = MESSAGES // 5  # what they leave in at most; usually 2
WAITING = [t for t in ALL if t.holds]
FRONTS = [
    Lighttpd,
    pytest.param(ApacheProxy, marks=pytest.mark.apache, id="ApacheProxy"),
]


class Chatter:
    """One message after the other, 100 a second, from "0" on, until it is
    stopped."""

    def __init__(self, stage, site, channel):
        self.command = stage.command(site).start("--lines", channel)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.talk, daemon=True)
        self.thread.start()

    def talk(self):
        number = 0
        while not self.stopped.wait(0.01):
            self.command.write(f"{number}\n")
            number += 1

    def stop(self):
        self.stopped.set()
        self.thread.join()
        assert self.command.end() == 0


@pytest.fixture
def busy(stage):
    """Sites whose channel `news` is busy until the test ends."""
    chatters = []

    def start(server, settings):
        settings = {"history.length": 100000, **settings}
        site = stage.site(settings, server=server, websocket=True)
        chatters.append(Chatter(stage, site, "news"))
        return site

    yield start
    for chatter in chatters:
        chatter.stop()


def read_some(site, technique):
    """The first messages after a cursor, by as many requests as it takes: the
    data of each, and the number of requests."""
    cursor = Reading(site, technique, "news").ready().cursor
    data, requests = [], 0
    while len(data) < MESSAGES:
        reading = Reading(site, technique, "news", since=cursor, wait=30)
        requests += 1
        if technique.holds == "stream":
            data += reading.wait_data(MESSAGES)
        else:
            reading.wait_end()
            data += [m["data"] for m in reading.messages]
            cursor = reading.cursor
        reading.close()
    return data, requests


@pytest.mark.parametrize("server", FRONTS)
@pytest.mark.parametrize("technique", WAITING, ids=lambda t: t.name)
def test_each_message_comes_once_and_in_order(busy, technique, server):
    site = busy(server, {"hold.gather": LONG})
    data, requests = read_some(site, technique)
    first = int(data[0])
    assert data == [str(first + i) for i in range(len(data))]
    if technique.holds == "once":
        assert requests <= FEW


def writes(subscriber):
    """In how many the next messages come."""
    before, wanted = subscriber.chunks.count, len(subscriber.messages) + MESSAGES
    subscriber.wait_messages(wanted)
    return subscriber.chunks.count - before


@pytest.mark.parametrize("gather", [LONG, 0])
def test_they_leave_in_few_writes(busy, gather):
    site = busy(Lighttpd, {"hold.gather": gather})
    subscriber = site.sse("news").ready()
    if gather:
        assert writes(subscriber) <= FEW
    else:  # those that came while a process was paused leave together, too
        until(lambda: writes(subscriber) > FEW, "many writes")


def test_those_that_come_meanwhile_miss_nothing(busy):
    site = busy(Lighttpd, {"hold.gather": 200})
    subscribers = [site.sse("news").ready() for _ in range(20)]
    for subscriber in subscribers:
        subscriber.wait_messages(MESSAGES)
        data = [m.data for m in subscriber.messages]
        first = int(data[0])
        assert data == [str(first + i) for i in range(len(data))]
    # each began where its cursor said
    for subscriber in subscribers:
        batch = site.longpoll(
            "news", since=subscriber.events[0].id, wait=0, limit=1
        )
        assert batch["messages"][0]["data"] == subscriber.messages[0].data


def test_one_cursor_goes_on_in_every_technique(stage):
    wander(stage, Lighttpd, {"hold.gather": 30})


def test_the_settings_of_the_page_count(stage):
    folder = stage.sub("conf")
    conf = os.path.join(folder, "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(SETTINGS)
    os.chmod(conf, 0o644)
    site = stage.site({"conf": conf})
    for name, few in (("chat-1", False), ("prices", True)):
        chatter = Chatter(stage, site, name)
        subscriber = site.sse(name).ready()
        # not each time: a process may be paused, or the messages late
        until(
            lambda: (writes(subscriber) <= MESSAGES // 2) == few,
            f"{'few' if few else 'many'} writes of {name}",
        )
        chatter.stop()
