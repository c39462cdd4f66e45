# SPDX-License-Identifier: MIT
"""Several channels on one connection, and the cursor of all of them."""
import json

from harness.tap import equal, fact, true

NAMES = [f"channel-{n}" for n in range(10)]


@fact()
def ten_channels_come_on_one_connection(stage):
    site = stage.site()
    reader = site.sse(NAMES, envelope="json").ready()
    for round_ in range(3):
        for name in NAMES:
            site.publish(name, f"{name} {round_}")
    reader.wait_messages(30)
    said = [json.loads(text) for text in reader.data]
    equal([m["data"] for m in said],
          [f"{name} {n}" for n in range(3) for name in NAMES], "data")
    equal([m["channel"] for m in said], NAMES * 3, "channels")
    equal(said[-1]["cursor"], reader.cursor, "cursor in the envelope")


@fact()
def a_cursor_of_several_channels_resumes_each_of_them(stage):
    site = stage.site()
    reader = site.sse(NAMES).ready()
    for name in NAMES:
        site.publish(name, "seen")
    reader.wait_messages(10)
    cursor = reader.cursor
    reader.close()
    for name in NAMES[::2]:
        site.publish(name, f"missed in {name}")
    reader = site.sse(NAMES, {"Last-Event-ID": cursor})
    equal(sorted(reader.wait_messages(5)),
          sorted(f"missed in {n}" for n in NAMES[::2]), "data")
    site.publish(NAMES[1], "live")
    equal(reader.wait_messages(6)[5], "live", "data after catching up")


@fact()
def every_message_of_several_channels_carries_a_cursor_for_all(stage):
    site = stage.site()
    reader = site.sse(["a", "b"]).ready()
    sent = []
    for n in range(20):
        for name in ("a", "b"):
            site.publish(name, f"{name}{n}")
            sent.append(f"{name}{n}")
    reader.wait_messages(40)
    for at in (0, 7, 20, 38):
        again = site.sse(["a", "b"], since=reader.messages[at].id)
        rest = again.wait_messages(39 - at)
        equal(sorted(rest), sorted(reader.data[at + 1:]),
              f"data after message {at}")
        again.close()


@fact()
def a_dropped_channel_leaves_the_place_in_the_others(stage):
    site = stage.site()
    reader = site.sse(["a", "b", "c"]).ready()
    cursor = reader.cursor
    reader.close()
    for name in ("a", "b", "c"):
        site.publish(name, f"missed in {name}")
    reader = site.sse(["c", "a"], since=cursor)
    equal(sorted(reader.wait_messages(2)), ["missed in a", "missed in c"],
          "data of those that stay")
    one = site.longpoll("b", since=cursor, wait=0)
    equal([m["data"] for m in one["messages"]], ["missed in b"],
          "data of one channel by a cursor of three")


@fact()
def an_added_channel_starts_with_what_is_new(stage):
    site = stage.site()
    reader = site.sse(["a", "b"]).ready()
    cursor = reader.cursor
    reader.close()
    site.publish("a", "missed")
    site.publish("c", "before it was asked for")
    reader = site.sse(["a", "b", "c"], since=cursor)
    equal(reader.wait_messages(1), ["missed"], "data")
    batch = site.longpoll(["a", "b", "c"], since=cursor, wait=0)
    equal([m["data"] for m in batch["messages"]], ["missed"],
          "data of a longpoll")
    site.publish("c", "new in c")
    equal(reader.wait_messages(2), ["missed", "new in c"], "data")
    site.publish("a", "new in a")
    new = site.gather(["a", "b", "c"], batch["cursor"], 2)
    equal(sorted(m["data"] for m in new), ["new in a", "new in c"],
          "data after the added channel's start")


@fact()
def parts_of_unknown_channels_are_ignored(stage):
    site = stage.site()
    reader = site.sse(["a", "b"]).ready()
    cursor = reader.cursor
    site.publish("x", "old")
    site.publish("x", "older")
    batch = site.longpoll("x", since=cursor, wait=0)
    equal(batch["messages"], [], "messages of a channel without a part")
    true(batch["cursor"], "no cursor to go on from")


@fact()
def a_bare_id_with_several_channels_is_refused(stage):
    site = stage.site()
    id_ = site.publish("a", "one")
    for program in ("sse", "longpoll"):
        answer = site.get(program, ["a", "b"], since=id_)
        equal(answer.status, 400, f"status of {program}")
        true(answer.json()["detail"], "no reason")


@fact()
def a_batch_of_several_channels_keeps_the_order_in_each(stage):
    site = stage.site()
    for n in range(30):
        site.publish("a", f"a{n}")
        site.publish("b", f"b{n}")
    cursor, got = "0", []
    while True:
        batch = site.longpoll(["a", "b"], since=cursor, limit=7, wait=0)
        if not batch["messages"]:
            break
        got += batch["messages"]
        cursor = batch["cursor"]
        true(len(got) <= 60, "messages came twice")
    for name in ("a", "b"):
        equal([m["data"] for m in got if m["channel"] == name],
              [f"{name}{n}" for n in range(30)], f"data of {name}")


@fact()
def a_channel_named_twice_is_delivered_once(stage):
    site = stage.site()
    reader = site.sse(["a", "a"]).opened()
    reader.until(lambda: reader.cursor, "cursor")
    site.publish("a", "one")
    site.publish("a", "two")
    reader.wait_messages(2)
    equal(reader.data, ["one", "two"], "data")


@fact()
def channel_names_are_any_text_without_spaces(stage):
    site = stage.site()
    for name in ("a/b:c", "k\u00f6ln", "\U0001f600", "x" * 255, "a&b=c%+"):
        site.publish(name, f"in {name}")
        batch = site.longpoll(name, since="0", wait=0)
        equal([(m["channel"], m["data"]) for m in batch["messages"]],
              [(name, f"in {name}")], "message")
