# SPDX-License-Identifier: MIT
"""A cut subscriber resumes with its cursor."""

import random
import threading

from harness import web
from harness.check import in_order

SEED = 20240229
LONG = {"history.length": 5000}


def publish_slowly(site, channel, texts, ids):
    """Publishes in the background, through the web server."""
    client = site.client()

    def work():
        for text in texts:
            response = client.request(
                "POST",
                "/push/publish",
                web.form(channel=channel, data=text),
                web.FORM,
            )
            ids.append(
                response.json()["id"]
                if response.status == 201
                else f"{response!r}"
            )

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_resume_by_last_event_id_loses_and_repeats_nothing(shared, channel):
    site = shared.site(LONG)
    rng, ids = random.Random(SEED), []
    texts = [f"message {n}" for n in range(2000)]
    subscriber = site.sse(channel).ready()
    thread = publish_slowly(site, channel, texts, ids)
    cuts = 0
    got = []
    while len(got) < len(texts):
        want = len(texts) - len(got)
        if cuts < 50:
            want = min(want, rng.randint(1, 79))
        subscriber.wait_messages(want, 60)
        got += subscriber.messages[:want]  # what came with them is not taken
        subscriber.close()
        subscriber = site.sse(channel, {"Last-Event-ID": got[-1].id})
        cuts += 1
    thread.join(30)
    assert len(ids) == len(texts)
    assert cuts > 20, f"only {cuts} cuts"
    in_order([e.data for e in got], texts)
    in_order([e.id for e in got], ids)


def resumed_by(site, channel, name):
    first = site.publish(channel, "one")
    site.publish(channel, "two")
    site.publish(channel, "three")
    subscriber = site.sse(channel, **{name: first})
    assert subscriber.wait_messages(2) == ["two", "three"], f"data by {name}"
    batch = site.longpoll(channel, wait=0, **{name: first})
    assert [m["data"] for m in batch["messages"]] == [
        "two",
        "three",
    ], f"data of a longpoll by {name}"


def test_a_subscriber_resumes_by_since(site, channel):
    resumed_by(site, channel, "since")


def test_a_subscriber_resumes_by_lasteventid(site, channel):
    resumed_by(site, channel, "lastEventId")


def test_a_subscriber_resumes_by_last_event_id_with_underscores(site, channel):
    resumed_by(site, channel, "last_event_id")


def test_a_subscriber_resumes_by_lasteventid_with_a_big_id(site, channel):
    resumed_by(site, channel, "lastEventID")


def test_the_header_wins_over_the_query_and_a_polyfill_over_since(
    site, channel
):
    ids = [site.publish(channel, f"m{n}") for n in range(4)]
    subscriber = site.sse(
        channel, {"Last-Event-ID": ids[2]}, since=ids[0], lastEventId=ids[1]
    )
    assert subscriber.wait_messages(1) == ["m3"]
    subscriber = site.sse(channel, since=ids[0], lastEventId=ids[1])
    assert subscriber.wait_messages(2) == ["m2", "m3"]


def test_since_0_returns_all_kept_messages_and_continues(site, channel):
    for n in range(5):
        site.publish(channel, f"m{n}")
    subscriber = site.sse(channel, since="0")
    subscriber.wait_messages(5)
    site.publish(channel, "live")
    assert subscriber.wait_messages(6) == [
        "m0",
        "m1",
        "m2",
        "m3",
        "m4",
        "live",
    ]


def test_a_page_loses_nothing_between_rendering_and_connecting(
    site, channel, stage
):
    site.publish(channel, "rendered")
    cursor = stage.command(site).publish("--cursor", channel)
    site.publish(channel, "between")
    subscriber = site.sse(channel, since=cursor)
    assert subscriber.wait_messages(1) == ["between"]


def test_one_cursor_serves_sse_and_longpoll_in_turn(site, channel):
    cursor = site.longpoll(channel)["cursor"]
    texts = [f"message {n}" for n in range(300)]
    got = []
    for n, text in enumerate(texts):
        site.publish(channel, text)
        if n % 2:
            batch = site.longpoll(channel, since=cursor, wait=30)
            got += [m["data"] for m in batch["messages"]]
            cursor = batch["cursor"]
        else:
            subscriber = site.sse(channel, since=cursor)
            subscriber.wait_messages(1)
            got += subscriber.data
            cursor = subscriber.cursor
            subscriber.close()
    in_order(got, texts)


def test_a_subscriber_that_catches_up_during_publishing_loses_nothing(
    shared, channel, stage
):
    site = shared.site(LONG)
    command = stage.command(site)
    old = [f"old {n}" for n in range(1500)]
    command.lines(channel, old)
    ids, new = [], [f"new {n}" for n in range(500)]
    thread = publish_slowly(site, channel, new, ids)
    subscribers = [site.sse(channel, since="0") for _ in range(10)]
    for subscriber in subscribers:
        subscriber.wait_messages(2000, 60)
        in_order(subscriber.data, old + new)
    thread.join(30)
