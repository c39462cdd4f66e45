# SPDX-License-Identifier: MIT
"""Lost messages: the subscriber gets a gap, in order."""

SHORT = {"history.length": 10}


def test_a_cursor_older_than_the_log_gets_a_gap_then_kept_messages(
    shared, channel, stage
):
    site = shared.site(SHORT)
    command = stage.command(site)
    first = command.publish(channel, "the first")
    ids = command.lines(channel, [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", channel.log, "-", "+")]
    assert len(kept) < 400, f"{len(kept)} of 501 are still kept"
    subscriber = site.sse(channel, {"Last-Event-ID": first})
    subscriber.wait_messages(len(kept))
    assert subscriber.events[0].type == "gap"
    assert subscriber.gaps == [
        {"channel": channel, "after": first, "before": kept[0]}
    ]
    assert [e.id for e in subscriber.messages] == kept
    assert subscriber.data[-1] == "m499"
    assert ids[-1] == kept[-1]


def test_a_batch_reports_its_gap_in_order(shared, channel, stage):
    site = shared.site(SHORT)
    command = stage.command(site)
    first = command.publish(channel, "the first")
    command.lines(channel, [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", channel.log, "-", "+")]
    batch = site.longpoll(channel, since=first, wait=0, limit=5)
    gap = batch["messages"][0]["gap"]
    assert gap == {"channel": channel, "after": first, "before": kept[0]}
    ids = [m["id"] for m in batch["messages"][1:]]
    assert ids == kept[: len(ids)]
    cursor = batch["cursor"]
    rest = site.longpoll(channel, since=cursor, wait=0)
    assert all(
        "gap" not in m for m in rest["messages"]
    ), "the gap is reported again"


def test_an_empty_log_is_a_gap(site, channel):
    first = site.publish(channel, "one")
    last = site.publish(channel, "two")
    site.redis("DEL", channel.log)
    subscriber = site.sse(channel, {"Last-Event-ID": first})
    assert subscriber.wait_gap() == {
        "channel": channel,
        "after": first,
        "before": last,
    }
    site.publish(channel, "three")
    assert subscriber.wait_messages(1) == ["three"]


def test_no_gap_when_the_cursor_is_current(site, channel):
    """The log was trimmed exactly up to the cursor."""
    site.publish(channel, "one")
    last = site.publish(channel, "two")
    site.redis("XTRIM", channel.log, "MAXLEN", 0)
    subscriber = site.sse(channel, {"Last-Event-ID": last}).opened()
    site.publish(channel, "three")
    assert subscriber.wait_messages(1) == ["three"]
    assert subscriber.gaps == []


def test_no_gap_when_since_is_0(shared, channel, stage):
    site = shared.site(SHORT)
    command = stage.command(site)
    command.lines(channel, [f"m{n}" for n in range(500)])
    kept = [e[0] for e in site.redis("XRANGE", channel.log, "-", "+")]
    subscriber = site.sse(channel, since="0")
    subscriber.wait_messages(len(kept))
    assert [e.id for e in subscriber.messages] == kept
    assert subscriber.gaps == []


def test_a_cursor_from_the_future_gets_a_gap_and_goes_on(site, channel):
    """Nothing that is kept is repeated."""
    future = "99999999999999-0"
    site.publish(channel, "old")
    subscriber = site.sse(channel, since=future)
    assert subscriber.wait_gap()["after"] == future
    batch = site.longpoll(channel, since=future, wait=0)
    assert [list(m) for m in batch["messages"]] == [["gap", "cursor"]]
    site.publish(channel, "new")
    assert subscriber.wait_messages(1) == ["new"]
    again = site.longpoll(channel, since=batch["cursor"])
    assert [m["data"] for m in again["messages"]] == ["new"]


def test_an_unreadable_header_gets_a_gap_and_the_newest_cursor(site, channel):
    """A 400 would close an EventSource for good."""
    tip = site.publish(channel, "old")
    for header in ("rubbish", "1-2-3", "99999999999999999999999-1", "-", "~"):
        subscriber = site.sse(channel, {"Last-Event-ID": header}).opened()
        subscriber.wait_gap()
        subscriber.until(lambda: subscriber.cursor == tip, f"cursor {tip}")
        assert subscriber.messages == [], f"messages for {header}"
        site.publish(channel, f"after {header}")
        subscriber.wait_messages(1)
        assert subscriber.data == [f"after {header}"]
        tip = subscriber.cursor
        subscriber.close()


def test_an_unreadable_since_is_refused(site, channel):
    for program in ("sse", "longpoll"):
        for cursor in ("rubbish", "1-2-3", "-1", "99999999999999999999999-1"):
            response = site.get(program, channel, since=cursor)
            assert (
                response.status == 400
            ), f"status of {program} since={cursor}"
            assert (
                "application/problem+json" in response.headers["Content-Type"]
            )
            assert len(response.json()["detail"]) > 10, "no reason"


def test_flushall_during_a_stream_is_a_gap_and_the_stream_continues(stage):
    site = stage.site({"bus.audit": 1})
    subscriber = site.sse("news").ready()
    old = site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis("FLUSHALL")
    assert subscriber.wait_gap(30)["after"] == old
    for n in range(3):
        site.publish("news", f"after {n}")
    assert subscriber.wait_messages(4) == [
        "before",
        "after 0",
        "after 1",
        "after 2",
    ]


def test_a_message_right_after_flushall_is_not_lost(stage):
    site = stage.site({"bus.audit": 1})
    subscriber = site.sse("news").ready()
    site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis("FLUSHALL")
    site.publish("news", "after")
    assert subscriber.wait_messages(2, 30) == ["before", "after"]


def test_a_cursor_from_before_flushall_gets_all_that_came_after(stage):
    site = stage.site({"bus.audit": 1})
    subscriber = site.sse("news").ready()
    old = site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis("FLUSHALL")
    subscriber.wait_gap(30)
    site.publish("news", "one")
    late = site.sse("news", {"Last-Event-ID": old})
    assert late.wait_messages(1) == ["one"]
    assert late.gaps[0]["after"] == old
    again = site.sse("news", {"Last-Event-ID": late.cursor}).opened()
    site.publish("news", "two")
    assert again.wait_messages(1) == ["two"]
    assert again.gaps == []


def test_a_history_of_length_0_still_delivers_live(shared, channel):
    site = shared.site({"history.length": 0})
    subscriber = site.sse(channel).ready()
    for n in range(20):
        site.publish(channel, f"m{n}")
    assert subscriber.wait_messages(20) == [f"m{n}" for n in range(20)]
    assert subscriber.gaps == []
