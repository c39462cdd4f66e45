# SPDX-License-Identifier: MIT
"""Messages that are gone: the reader is told, in line and in order."""
from harness.tap import contains, equal, fact, true


@fact()
def a_cursor_older_than_the_log_gets_a_gap_then_what_is_kept(stage):
    site = stage.site({"history.length": 10})
    command = stage.command(site)
    first = command.publish("news", "the first")
    ids = command.lines("news", [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")]
    true(len(kept) < 400, f"{len(kept)} of 501 are still kept")
    reader = site.sse("news", {"Last-Event-ID": first})
    reader.wait_messages(len(kept))
    equal(reader.events[0].type, "gap", "first event")
    equal(reader.gaps, [{"channel": "news", "after": first,
                         "before": kept[0]}], "gap")
    equal([e.id for e in reader.messages], kept, "ids after the gap")
    equal(reader.data[-1], "m499", "last message")
    equal(ids[-1], kept[-1], "last id")


@fact()
def a_batch_has_its_gap_in_line(stage):
    site = stage.site({"history.length": 10})
    command = stage.command(site)
    first = command.publish("news", "the first")
    command.lines("news", [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")]
    batch = site.longpoll("news", since=first, wait=0, limit=5)
    gap = batch["messages"][0]["gap"]
    equal(gap, {"channel": "news", "after": first, "before": kept[0]},
          "gap")
    ids = [m["id"] for m in batch["messages"][1:]]
    equal(ids, kept[:len(ids)], "ids after the gap")
    cursor = batch["cursor"]
    rest = site.longpoll("news", since=cursor, wait=0)
    true(all("gap" not in m for m in rest["messages"]),
         "the gap is told again")


@fact()
def nothing_kept_at_all_is_a_gap_too(stage):
    site = stage.site()
    first = site.publish("news", "one")
    last = site.publish("news", "two")
    site.redis("DEL", "push:{news}:log")
    reader = site.sse("news", {"Last-Event-ID": first})
    equal(reader.wait_gap(),
          {"channel": "news", "after": first, "before": last}, "gap")
    site.publish("news", "three")
    equal(reader.wait_messages(1), ["three"], "data")


@fact()
def who_missed_nothing_is_told_no_gap(stage):
    """The log was trimmed exactly up to the cursor."""
    site = stage.site()
    site.publish("news", "one")
    last = site.publish("news", "two")
    site.redis("XTRIM", "push:{news}:log", "MAXLEN", 0)
    reader = site.sse("news", {"Last-Event-ID": last}).opened()
    site.publish("news", "three")
    equal(reader.wait_messages(1), ["three"], "data")
    equal(reader.gaps, [], "gaps")


@fact()
def since_0_is_no_gap(stage):
    site = stage.site({"history.length": 10})
    command = stage.command(site)
    command.lines("news", [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", "push:{news}:log", "-", "+")]
    reader = site.sse("news", since="0")
    reader.wait_messages(len(kept))
    equal([e.id for e in reader.messages], kept, "ids")
    equal(reader.gaps, [], "gaps")


@fact()
def a_cursor_from_the_future_gets_a_gap_then_all(stage):
    site = stage.site()
    for n in range(3):
        site.publish("news", f"m{n}")
    future = "99999999999999-0"
    reader = site.sse("news", since=future)
    reader.wait_messages(3)
    equal(reader.data, ["m0", "m1", "m2"], "data")
    equal(reader.events[0].type, "gap", "first event")
    equal(reader.gaps[0]["after"], future, "where the gap begins")
    batch = site.longpoll("news", since=future, wait=0)
    true("gap" in batch["messages"][0], f"no gap: {batch}")
    equal([m["data"] for m in batch["messages"][1:]], ["m0", "m1", "m2"],
          "data of a longpoll")


@fact()
def an_unreadable_header_gets_a_gap_and_the_tip(stage):
    """A 400 would close an EventSource for good."""
    site = stage.site()
    tip = site.publish("news", "old")
    for header in ("rubbish", "1-2-3", "99999999999999999999999-1", "-", "~"):
        reader = site.sse("news", {"Last-Event-ID": header}).opened()
        reader.wait_gap()
        reader.until(lambda: reader.cursor == tip, f"cursor {tip}")
        equal(reader.messages, [], f"messages for {header}")
        site.publish("news", f"after {header}")
        reader.wait_messages(1)
        equal(reader.data, [f"after {header}"], "data")
        tip = reader.cursor
        reader.close()


@fact()
def an_unreadable_since_is_refused(stage):
    site = stage.site()
    for program in ("sse", "longpoll"):
        for cursor in ("rubbish", "1-2-3", "-1", "99999999999999999999999-1"):
            answer = site.get(program, "news", since=cursor)
            equal(answer.status, 400, f"status of {program} since={cursor}")
            contains(answer.headers["Content-Type"],
                     "application/problem+json", "type")
            true(len(answer.json()["detail"]) > 10, "no reason")


@fact()
def flushall_under_a_reader_is_a_gap_and_then_it_goes_on(stage):
    site = stage.site({"bus.audit": 1})
    reader = site.sse("news").ready()
    old = site.publish("news", "before")
    reader.wait_messages(1)
    site.redis("FLUSHALL")
    equal(reader.wait_gap(30)["after"], old, "where the gap begins")
    for n in range(3):
        site.publish("news", f"after {n}")
    equal(reader.wait_messages(4), ["before", "after 0", "after 1",
                                    "after 2"], "data")


@fact()
def a_message_right_after_flushall_is_not_lost(stage):
    site = stage.site({"bus.audit": 1})
    reader = site.sse("news").ready()
    site.publish("news", "before")
    reader.wait_messages(1)
    site.redis("FLUSHALL")
    site.publish("news", "after")
    equal(reader.wait_messages(2, 30), ["before", "after"], "data")


@fact()
def a_cursor_of_another_life_of_redis_misses_nothing_that_is_kept(stage):
    site = stage.site()
    cursor = "99999999999999-7"
    site.publish("news", "one")
    reader = site.sse("news", {"Last-Event-ID": cursor})
    equal(reader.wait_messages(1), ["one"], "data")
    site.publish("news", "two")
    equal(reader.wait_messages(2), ["one", "two"], "data")
    again = site.sse("news", {"Last-Event-ID": reader.cursor}).opened()
    site.publish("news", "three")
    equal(again.wait_messages(1), ["three"], "data")
    equal(again.gaps, [], "gaps")


@fact()
def history_of_none_still_delivers_live(stage):
    site = stage.site({"history.length": 0})
    reader = site.sse("news").ready()
    for n in range(20):
        site.publish("news", f"m{n}")
    equal(reader.wait_messages(20), [f"m{n}" for n in range(20)], "data")
    equal(reader.gaps, [], "gaps")
