# SPDX-License-Identifier: MIT
"""Catching up while other things happen: nothing lost, doubled, mixed up."""
import os
import signal
import time

from harness.tap import equal, fact, in_order, true

QUICK = {"hold.beat": 1, "bus.audit": 1}


@fact()
def pages_under_way_outlive_a_subscription_that_drops(stage):
    """Each reader gets all of its own channel, and nothing of the other."""
    site = stage.site(QUICK)
    command = stage.command(site)
    texts = {}
    for channel in ("alice", "bob"):
        texts[channel] = [f"{channel} {n} " + "x" * 2000 for n in range(300)]
        command.lines(channel, texts[channel])
    readers = []
    for n in range(30):
        channel = "alice" if n % 2 else "bob"
        readers.append((channel, site.sse(channel, since=0)))
        site.redis("CLIENT", "KILL", "TYPE", "pubsub")
    for channel, reader in readers:
        reader.wait_messages(300, 60)
        in_order(reader.data, texts[channel], f"data of {channel}")
        equal(reader.gaps, [], "gaps")


@fact()
def a_cursor_newer_than_the_process_has_heard_is_no_gap(stage):
    site = stage.site()
    site.publish("news", "old")
    site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGSTOP)
    try:
        for n in range(3):
            newest = site.publish("news", f"{n} " + "x" * 60000)
        reader = site.sse("news", since=newest)
        time.sleep(0.2)
    finally:
        os.kill(pid, signal.SIGCONT)
    reader.opened()
    site.publish("news", "next")
    equal(reader.wait_messages(1), ["next"], "data")
    equal(reader.gaps, [], "gaps")


@fact()
def a_channel_without_a_place_is_never_said_to_stand_at_its_start(stage):
    site = stage.site()
    command = stage.command(site)
    command.lines("zz", [f"z{n}" for n in range(50)])
    start = command.publish("aa", "first")
    command.lines("aa", [f"a{n}" for n in range(50)])
    reader = site.sse(["aa", "zz"], since=start_of(site, start))
    reader.wait_messages(50)
    for event in reader.messages:
        true(".0-0" not in event.id, f"{event.id} names the start of zz")


@fact()
def a_channel_not_yet_begun_has_no_gap_before_what_was_trimmed(stage):
    """since=0 of two channels, in answers that end before the second."""
    site = stage.site({"history.length": 10})
    command = stage.command(site)
    for channel in ("aa", "zz"):
        command.lines(channel, [f"{channel} {n}" for n in range(400)])
    kept = {c: [m["data"] for m in site.longpoll(
        c, since=0, wait=0, limit=1000)["messages"]] for c in ("aa", "zz")}
    true(len(kept["zz"]) < 400, "nothing was trimmed")
    first = site.longpoll(["aa", "zz"], since=0, wait=0, limit=3)
    equal([m["data"] for m in first["messages"]], kept["aa"][:3], "at first")
    rest = site.longpoll(["aa", "zz"], since=first["cursor"], wait=0,
                         limit=1000)
    equal([m for m in rest["messages"] if "gap" in m], [], "gaps")
    in_order([m["data"] for m in rest["messages"]],
             kept["aa"][3:] + kept["zz"], "the rest")


def start_of(site, start):
    """A cursor with a part for aa alone, as a reader of two would have it."""
    batch = site.longpoll(["aa", "other"], wait=0)
    tag = batch["cursor"].split("~")[0].split(".")[0]
    return f"{tag}.{start}"


@fact()
def an_answer_ends_at_about_a_megabyte_and_goes_on(stage):
    site = stage.site()
    command = stage.command(site)
    texts = [f"{n} " + "\"" * 60000 for n in range(100)]
    command.lines("news", texts)
    cursor, got, answers = "0", [], 0
    while len(got) < len(texts):
        batch = site.longpoll("news", since=cursor, wait=0, limit=1000)
        true(batch["messages"], "an answer without messages")
        got += [m["data"] for m in batch["messages"]]
        cursor, answers = batch["cursor"], answers + 1
    in_order(got, texts, "data")
    true(answers > 3, f"{answers} answers for 6 MB")
