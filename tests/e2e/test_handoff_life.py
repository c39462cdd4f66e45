# SPDX-License-Identifier: MIT
"""Clients that Apache hands off to the programs, and how it goes on."""

import os
import signal

import pytest

from harness import process
from harness.check import until
from harness.cut import Curl, killed, stopped
from harness.handoff import ApacheHandoff
from harness.site import ENDED
from test_leave import settled

pytestmark = [pytest.mark.apache, pytest.mark.shipped]

TARGET = "push/sse?channel=news"
RESTARTED = "resuming normal operations"


@pytest.fixture
def curl(stage):
    return lambda site: stage.add(Curl(site.url(TARGET)))


# --- clients --------------------------------------------------------------------


@pytest.mark.parametrize("name", ("sse", "longpoll"))
def test_a_client_that_leaves_is_released_at_once(stage, name):
    site = stage.site({"hold.beat": 3600}, server=ApacheHandoff)
    since = site.publish("other", "old")
    other = site.stream(name, "other", since=since, wait=60)
    site.holds(name, "other", 1)
    pid = site.responder(name)
    settled(pid)
    before = process.sockets(pid)
    held = [
        site.stream(name, "other", since=since, wait=60) for _ in range(20)
    ]
    site.holds(name, "other", 21)
    assert process.sockets(pid) >= before + 20
    for one in held:
        one.close()
    until(
        lambda: process.sockets(pid) == before,
        f"{before} sockets again after the clients left",
    )
    site.publish("other", "still here")
    other.until(
        lambda: b"still here" in other.lines.raw + other.body, "a message"
    )


def test_a_client_of_a_stream_gets_heartbeats(stage):
    site = stage.site({"hold.beat": 1}, server=ApacheHandoff)
    subscriber = site.sse("news").ready()
    for _ in range(3):
        subscriber.wait_heartbeat()


def test_a_client_that_falls_behind_is_cut_and_resumes(stage):
    site = stage.site(
        {"hold.max_backlog": 262144, "history.length": 2000},
        server=ApacheHandoff,
    )
    slow = site.sse("news", receive=4096).ready()
    quick = site.sse("news").ready()
    command = stage.command(site)
    texts = [f"{n:04} " + "x" * 60000 for n in range(200)]
    for at in range(0, 200, 4):  # less than the backlog, until it reads
        command.lines("news", texts[at : at + 4])
        quick.wait_messages(at + 4)
    until(lambda: "event=backlog " in site.log(), "a cut")
    assert slow.wait_end(60) == "cut"
    again = site.sse("news", {"Last-Event-ID": slow.cursor})
    had = len(slow.data)
    assert had < 200
    again.wait_messages(200 - had, 60)
    assert slow.data + again.data == texts


# --- ends -----------------------------------------------------------------------


@pytest.mark.needs("curl")
@pytest.mark.parametrize("end", (stopped, killed))
def test_a_stream_whose_program_ends_is_an_error(stage, curl, end):
    site = stage.site({"sse.retry": 300}, server=ApacheHandoff)
    held = curl(site).ready()
    end(site)
    assert held.end()[0] == "error"


@pytest.mark.needs("curl")
def test_a_stream_that_is_older_than_hold_max_age_is_an_error(stage, curl):
    site = stage.site({"hold.max_age": 1}, server=ApacheHandoff)
    how, out = curl(site).end()
    assert how == "error"
    assert out.count("\nretry: ") == 2  # at its begin, and before its end


def test_above_hold_max_a_stream_gets_what_there_is_and_is_cut(stage):
    site = stage.site({"hold.max": 1}, server=ApacheHandoff)
    site.publish("news", "hello")
    site.sse("news").ready()
    more = site.sse("news", since="0").ready()
    assert more.wait_messages(1) == ["hello"]
    assert more.wait_end() == "cut"
    assert more.lines.retry is not None


def test_clients_miss_nothing_when_the_program_is_restarted(stage):
    site = stage.site(server=ApacheHandoff)
    subscriber = site.sse("news").ready()
    site.publish("news", "one")
    subscriber.wait_messages(1)
    stopped(site)
    assert subscriber.wait_end() == "cut"
    site.publish("news", "two")
    again = site.sse("news", {"Last-Event-ID": subscriber.cursor})
    assert again.wait_messages(1) == ["two"]


# --- Apache ---------------------------------------------------------------------


def still_served(site, held, text):
    site.publish_directly("news", text)
    for one in held:
        one.until(lambda r=one: text in r.data, text)
        assert one.ended is None


@pytest.fixture
def crowd(stage):
    """1,000 subscribers, and how to publish without Apache."""
    site = stage.site({"hold.beat": 1}, server=ApacheHandoff)
    command = stage.command(site)
    site.publish_directly = command.publish
    held = [site.sse("news") for _ in range(1000)]
    for one in held:
        one.ready()
    return site, held


def test_streams_run_on_through_a_graceful_restart_of_apache(crowd):
    site, held = crowd
    site.reload()
    until(lambda: RESTARTED in again(site), "Apache's new children")
    still_served(site, held, "after")
    assert site.sse("news").ready()


def test_streams_run_on_through_a_restart_of_apache(crowd):
    site, held = crowd
    site.process.signal(signal.SIGHUP)
    until(lambda: RESTARTED in again(site), "Apache's new children")
    still_served(site, held, "after")
    assert site.sse("news").ready()


def again(site):
    """Apache's log, but for its first start."""
    return process.read_log(site.own("apache.log")).partition(RESTARTED)[2]


def test_streams_run_on_after_apache_was_stopped(crowd):
    site, held = crowd
    pids = process.descendants(site.process.pid)
    site.process.stop()
    until(
        lambda: not any(map(process.running, pids)), "the end of Apache"
    )
    still_served(site, held, "without it")
    for one in held:
        one.wait_heartbeat()
    site.start_apache()
    assert site.sse("news").ready()
    still_served(site, held, "with it again")
    held.pop().close()
    site.wait_ended("sse", 1)
    assert ENDED in site.log()
    assert os.path.exists(site.descriptor_socket("sse"))
