# SPDX-License-Identifier: MIT
"""Several channels on one connection, and the cursor of all of them."""

import json


def test_ten_channels_share_one_connection(site, channel):
    names = channel.also(*map(str, range(10)))
    subscriber = site.sse(names, envelope="json").ready()
    for round_ in range(3):
        for name in names:
            site.publish(name, f"{name} {round_}")
    subscriber.wait_messages(30)
    said = [json.loads(text) for text in subscriber.data]
    assert [m["data"] for m in said] == [
        f"{name} {n}" for n in range(3) for name in names
    ]
    assert [m["channel"] for m in said] == names * 3
    assert said[-1]["cursor"] == subscriber.cursor


def test_a_cursor_of_several_channels_resumes_each_of_them(site, channel):
    names = channel.also(*map(str, range(10)))
    subscriber = site.sse(names).ready()
    for name in names:
        site.publish(name, "seen")
    subscriber.wait_messages(10)
    cursor = subscriber.cursor
    subscriber.close()
    for name in names[::2]:
        site.publish(name, f"missed in {name}")
    subscriber = site.sse(names, {"Last-Event-ID": cursor})
    assert sorted(subscriber.wait_messages(5)) == sorted(
        f"missed in {n}" for n in names[::2]
    )
    site.publish(names[1], "live")
    assert subscriber.wait_messages(6)[5] == "live"


def test_each_message_of_several_channels_has_a_cursor_for_all(site, channel):
    a, b = channel.also("a", "b")
    subscriber = site.sse([a, b]).ready()
    sent = []
    for n in range(20):
        for name in (a, b):
            site.publish(name, f"{name}{n}")
            sent.append(f"{name}{n}")
    subscriber.wait_messages(40)
    for at in (0, 7, 20, 38):
        again = site.sse([a, b], since=subscriber.messages[at].id)
        rest = again.wait_messages(39 - at)
        assert sorted(rest) == sorted(
            subscriber.data[at + 1 :]
        ), f"data after message {at}"
        again.close()


def test_a_dropped_channel_keeps_the_position_in_the_others(site, channel):
    a, b, c = channel.also("a", "b", "c")
    subscriber = site.sse([a, b, c]).ready()
    cursor = subscriber.cursor
    subscriber.close()
    for name in (a, b, c):
        site.publish(name, f"missed in {name[-1]}")
    subscriber = site.sse([c, a], since=cursor)
    assert sorted(subscriber.wait_messages(2)) == [
        "missed in a",
        "missed in c",
    ]
    one = site.longpoll(b, since=cursor, wait=0)
    assert [m["data"] for m in one["messages"]] == ["missed in b"]


def test_an_added_channel_starts_with_new_messages(site, channel):
    a, b, c = channel.also("a", "b", "c")
    subscriber = site.sse([a, b]).ready()
    cursor = subscriber.cursor
    subscriber.close()
    site.publish(a, "missed")
    site.publish(c, "before it was asked for")
    subscriber = site.sse([a, b, c], since=cursor)
    assert subscriber.wait_messages(1) == ["missed"]
    batch = site.longpoll([a, b, c], since=cursor, wait=0)
    assert [m["data"] for m in batch["messages"]] == ["missed"]
    site.publish(c, "new in c")
    assert subscriber.wait_messages(2) == ["missed", "new in c"]
    site.publish(a, "new in a")
    new = site.gather([a, b, c], batch["cursor"], 2)
    assert sorted(m["data"] for m in new) == ["new in a", "new in c"]


def test_cursor_parts_of_unknown_channels_are_ignored(site, channel):
    a, b, x = channel.also("a", "b", "x")
    subscriber = site.sse([a, b]).ready()
    cursor = subscriber.cursor
    site.publish(x, "old")
    site.publish(x, "older")
    batch = site.longpoll(x, since=cursor, wait=0)
    assert batch["messages"] == []
    assert batch["cursor"], "no cursor to go on from"


def test_a_bare_id_with_several_channels_is_refused(site, channel):
    a, b = channel.also("a", "b")
    id_ = site.publish(a, "one")
    for program in ("sse", "longpoll"):
        response = site.get(program, [a, b], since=id_)
        assert response.status == 400, f"status of {program}"
        assert response.json()["detail"], "no reason"


def test_a_batch_of_several_channels_keeps_the_order_in_each(site, channel):
    a, b = channel.also("a", "b")
    for n in range(30):
        site.publish(a, f"a{n}")
        site.publish(b, f"b{n}")
    cursor, got = "0", []
    while True:
        batch = site.longpoll([a, b], since=cursor, limit=7, wait=0)
        if not batch["messages"]:
            break
        got += batch["messages"]
        cursor = batch["cursor"]
        assert len(got) <= 60, "messages came twice"
    for name in (a, b):
        assert [m["data"] for m in got if m["channel"] == name] == [
            f"{name[-1]}{n}" for n in range(30)
        ], f"data of {name}"


def test_a_channel_named_twice_is_delivered_once(site, channel):
    (a,) = channel.also("a")
    subscriber = site.sse([a, a]).opened()
    subscriber.until(lambda: subscriber.cursor, "cursor")
    site.publish(a, "one")
    site.publish(a, "two")
    subscriber.wait_messages(2)
    assert subscriber.data == ["one", "two"]


def test_channel_names_are_any_text_without_spaces(site, channel):
    for name in (
        *channel.also("a/b:c", "k\u00f6ln", "\U0001f600", "a&b=c%+"),
        channel + "x" * (255 - len(channel)),
    ):
        site.publish(name, f"in {name}")
        batch = site.longpoll(name, since="0", wait=0)
        assert [(m["channel"], m["data"]) for m in batch["messages"]] == [
            (name, f"in {name}")
        ]
