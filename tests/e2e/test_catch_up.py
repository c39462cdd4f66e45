# SPDX-License-Identifier: MIT
"""Catching up while other things happen: nothing is lost or repeated."""

import os
import signal

from harness.check import in_order, until
from test_gap import SHORT

QUICK = {"hold.beat": 1, "bus.audit": 1}


def test_catching_up_continues_after_a_lost_subscription(stage):
    """Each subscriber gets all messages of its channel, and no others."""
    site = stage.site(QUICK)
    command = stage.command(site)
    texts = {}
    for channel in ("alice", "bob"):
        texts[channel] = [f"{channel} {n} " + "x" * 2000 for n in range(300)]
        command.lines(channel, texts[channel])
    subscribers = []
    for n in range(30):
        channel = "alice" if n % 2 else "bob"
        subscribers.append((channel, site.sse(channel, since=0)))
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
    for channel, subscriber in subscribers:
        subscriber.wait_messages(300, 60)
        in_order(subscriber.data, texts[channel])
        assert subscriber.gaps == []


def test_a_cursor_newer_than_the_last_notification_is_no_gap(stage):
    site = stage.site()
    site.publish("news", "old")
    site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGSTOP)
    try:
        for n in range(3):
            newest = site.publish("news", f"{n} " + "x" * 60000)
        before = site.connections("sse")
        subscriber = site.sse("news", since=newest)
        until(
            lambda: site.connections("sse") > before,
            "a connection to the program",
        )
    finally:
        os.kill(pid, signal.SIGCONT)
    subscriber.opened()
    site.publish("news", "next")
    assert subscriber.wait_messages(1) == ["next"]
    assert subscriber.gaps == []


def test_a_channel_without_a_position_gets_no_start_cursor(
    site, channel, stage
):
    aa, zz, other = channel.also("aa", "zz", "other")
    command = stage.command(site)
    command.lines(zz, [f"z{n}" for n in range(50)])
    start = command.publish(aa, "first")
    command.lines(aa, [f"a{n}" for n in range(50)])
    subscriber = site.sse([aa, zz], since=start_of(site, [aa, other], start))
    subscriber.wait_messages(50)
    for event in subscriber.messages:
        assert ".0-0" not in event.id, f"{event.id} names the start of zz"


def test_a_new_channel_reports_no_gap_for_trimmed_messages(
    shared, channel, stage
):
    """since=0 of two channels, in responses that end before the second."""
    site = shared.site(SHORT)
    aa, zz = channel.also("aa", "zz")
    command = stage.command(site)
    for name in (aa, zz):
        command.lines(name, [f"{name} {n}" for n in range(400)])
    kept = {
        c: [
            m["data"]
            for m in site.longpoll(c, since=0, wait=0, limit=1000)["messages"]
        ]
        for c in (aa, zz)
    }
    assert len(kept[zz]) < 400, "nothing was trimmed"
    first = site.longpoll([aa, zz], since=0, wait=0, limit=3)
    assert [m["data"] for m in first["messages"]] == kept[aa][:3]
    rest = site.longpoll([aa, zz], since=first["cursor"], wait=0, limit=1000)
    assert [m for m in rest["messages"] if "gap" in m] == []
    in_order([m["data"] for m in rest["messages"]], kept[aa][3:] + kept[zz])


def start_of(site, names, start):
    """A cursor of two channels, with a part for the first only."""
    batch = site.longpoll(names, wait=0)
    tag = batch["cursor"].split("~")[0].split(".")[0]
    return f"{tag}.{start}"


def test_a_response_is_limited_to_256_kb_and_continues(
    site, channel, stage
):
    command = stage.command(site)
    texts = [f"{n} " + "\"" * 60000 for n in range(100)]
    command.lines(channel, texts)
    cursor, got, answers = "0", [], 0
    while len(got) < len(texts):
        batch = site.longpoll(channel, since=cursor, wait=0, limit=1000)
        assert batch["messages"], "a response without messages"
        got += [m["data"] for m in batch["messages"]]
        cursor, answers = batch["cursor"], answers + 1
    in_order(got, texts)
    assert answers == 25, f"{answers} answers for 6 MB"
