# SPDX-License-Identifier: MIT
"""A reader that was cut comes back with its cursor and loses nothing."""
import random
import threading

from harness import web
from harness.tap import equal, fact, in_order, true

SEED = 20240229


def publish_slowly(site, channel, texts, ids):
    """Publishes in the background, through the web server."""
    client = site.client()

    def work():
        for text in texts:
            answer = client.request(
                "POST", "/push/publish", web.form(channel=channel, data=text),
                web.FORM)
            ids.append(answer.json()["id"] if answer.status == 201
                       else f"{answer!r}")
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@fact(limit=120)
def resume_by_last_event_id_loses_and_doubles_nothing(stage):
    site = stage.site({"history.length": 5000})
    rng, ids = random.Random(SEED), []
    texts = [f"message {n}" for n in range(2000)]
    reader = site.sse("news").ready()
    thread = publish_slowly(site, "news", texts, ids)
    cuts = 0
    got = []
    while len(got) < len(texts):
        want = len(texts) - len(got)
        if cuts < 50:
            want = min(want, rng.randint(1, 79))
        reader.wait_messages(want, 60)
        got += reader.messages[:want]  # what came with them is not taken
        reader.close()
        reader = site.sse("news", {"Last-Event-ID": got[-1].id})
        cuts += 1
    thread.join(30)
    equal(len(ids), len(texts), "published")
    true(cuts > 20, f"only {cuts} cuts")
    in_order([e.data for e in got], texts, "data over all connections")
    in_order([e.id for e in got], ids, "ids over all connections")


def resumed_by(stage, name):
    site = stage.site()
    first = site.publish("news", "one")
    site.publish("news", "two")
    site.publish("news", "three")
    reader = site.sse("news", **{name: first})
    equal(reader.wait_messages(2), ["two", "three"], f"data by {name}")
    batch = site.longpoll("news", wait=0, **{name: first})
    equal([m["data"] for m in batch["messages"]], ["two", "three"],
          f"data of a longpoll by {name}")


@fact()
def a_reader_resumes_by_since(stage):
    resumed_by(stage, "since")


@fact()
def a_reader_resumes_by_lasteventid(stage):
    resumed_by(stage, "lastEventId")


@fact()
def a_reader_resumes_by_last_event_id_with_underscores(stage):
    resumed_by(stage, "last_event_id")


@fact()
def a_reader_resumes_by_lasteventid_with_a_big_id(stage):
    resumed_by(stage, "lastEventID")


@fact()
def the_header_wins_over_the_query_and_a_polyfill_over_since(stage):
    site = stage.site()
    ids = [site.publish("news", f"m{n}") for n in range(4)]
    reader = site.sse("news", {"Last-Event-ID": ids[2]}, since=ids[0],
                      lastEventId=ids[1])
    equal(reader.wait_messages(1), ["m3"], "data by header")
    reader = site.sse("news", since=ids[0], lastEventId=ids[1])
    equal(reader.wait_messages(2), ["m2", "m3"], "data by lastEventId")


@fact()
def since_0_gives_all_that_is_kept_and_goes_on(stage):
    site = stage.site()
    for n in range(5):
        site.publish("news", f"m{n}")
    reader = site.sse("news", since="0")
    reader.wait_messages(5)
    site.publish("news", "live")
    equal(reader.wait_messages(6), ["m0", "m1", "m2", "m3", "m4", "live"],
          "data")


@fact()
def a_page_that_rendered_loses_nothing_until_it_connects(stage):
    site = stage.site()
    site.publish("news", "rendered")
    cursor = stage.command(site).publish("--cursor", "news")
    site.publish("news", "between")
    reader = site.sse("news", since=cursor)
    equal(reader.wait_messages(1), ["between"], "data")


@fact(limit=120)
def one_cursor_serves_sse_and_longpoll_in_turn(stage):
    site = stage.site()
    cursor = site.longpoll("news")["cursor"]
    texts = [f"message {n}" for n in range(300)]
    got = []
    for n, text in enumerate(texts):
        site.publish("news", text)
        if n % 2:
            batch = site.longpoll("news", since=cursor, wait=30)
            got += [m["data"] for m in batch["messages"]]
            cursor = batch["cursor"]
        else:
            reader = site.sse("news", since=cursor)
            reader.wait_messages(1)
            got += reader.data
            cursor = reader.cursor
            reader.close()
    in_order(got, texts, "data over both techniques")


@fact(limit=120)
def a_reader_that_catches_up_while_messages_come_loses_nothing(stage):
    site = stage.site({"history.length": 5000})
    command = stage.command(site)
    old = [f"old {n}" for n in range(1500)]
    command.lines("news", old)
    ids, new = [], [f"new {n}" for n in range(500)]
    thread = publish_slowly(site, "news", new, ids)
    readers = [site.sse("news", since="0") for _ in range(10)]
    for reader in readers:
        reader.wait_messages(2000, 60)
        in_order(reader.data, old + new, "data")
    thread.join(30)
