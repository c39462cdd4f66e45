# SPDX-License-Identifier: MIT
"""WebSocket: many of them, slow ones, too many, and Redis away."""
import json

from harness.apache import ApacheProxy
from harness.crowd import all_get_messages
from harness.front import FastcgiFront
from harness.lighttpd import Lighttpd
from harness.tap import equal, fact, in_order, true, until
from harness.ways import comes_back, way
from harness.websocket import FIN, TEXT, WebSocket, frame
from test_redis_away import QUICK, published_soon


def above_hold_max(stage, server):
    site = way(stage, server, {"hold.max": 1})
    held = site.websocket("news").ready()
    site.publish("news", "one")
    refused = site.websocket("news", since="0")
    equal(refused.wait_close(), 1013, "close code")
    equal(refused.data, ["one"], "it gets what there is")
    equal(len(refused.retries), 1, "times that it says when to come back")
    site.publish("news", "two")
    equal(held.wait_messages(2), ["one", "two"], "data of who is held")
    held.leave()
    held.wait_close()

    def room():
        reader = site.websocket("news").opened()
        reader.quiet(0.5)
        return reader.ended is None
    until(room, "room for another after the first left", 20, 0.3)


@fact()
def above_hold_max_a_websocket_is_closed_with_1013(stage):
    above_hold_max(stage, Lighttpd)


@fact(needs=("redis-server", "apache2"))
def above_hold_max_a_websocket_behind_apache_is_closed_with_1013(stage):
    above_hold_max(stage, ApacheProxy)


@fact(needs=("redis-server",))
def above_hold_max_a_websocket_in_records_is_closed_with_1013(stage):
    above_hold_max(stage, FastcgiFront)


@fact()
def a_websocket_that_is_old_is_closed_with_1001(stage):
    site = way(stage, Lighttpd, {"hold.max_age": 2})
    reader = site.websocket("news").ready()
    equal(reader.wait_close(), 1001, "close code")


@fact()
def a_client_that_floods_is_refused_and_then_closed_with_1008(stage):
    """At most websocket.max_rate frames in a second, and four times that."""
    site = way(stage, Lighttpd, {"websocket.max_rate": 5,
                                 "websocket.may_publish": "yes"})
    reader = site.websocket("news").ready()
    reader.send(b"".join(frame(FIN | TEXT, json.dumps(
        {"publish": {"channel": "news", "data": str(n)}}).encode())
        for n in range(60)))
    equal(reader.wait_close(), 1008, "close code")
    true(429 in [t.get("status") for t in reader.told],
         f"none was refused: {reader.story()}")


@fact()
def a_websocket_stays_while_redis_restarts(stage):
    site = way(stage, Lighttpd, {**QUICK, "hold.beat": 15,
                                 "websocket.may_publish": "yes"})
    reader = site.websocket("news").ready()
    site.publish("news", "before")
    reader.wait_messages(1)
    site.redis.stop(keep=True)

    def refused():
        told = reader.ask(len(reader.told) + 100, publish={
            "channel": "news", "data": "to nobody"})
        return told.get("status") in (503, 504) and told
    told = until(refused, "a publish that is refused")
    true("ok" not in told, f"told {told}")
    equal(reader.ended, None, "the end")
    site.redis.start()
    published_soon(site, "news", "after")
    reader.until(lambda: "after" in reader.data, "what comes after", 30)
    equal(reader.data, ["before", "after"], "data")
    equal((reader.gaps, reader.ended), ([], None), "gaps and end")


def slow(stage, server):
    site = way(stage, server, {"hold.max_backlog": 1048576,
                               "history.length": 2000})
    command = stage.command(site)
    reader = site.websocket("news", receive=4096).ready()
    quick = site.websocket("news").ready()
    texts = [f"{n:04} " + "x" * 60000 for n in range(200)]
    for at in range(0, 200, 20):
        command.lines("news", texts[at:at + 20])
        quick.wait_messages(at + 20, 30)
    while reader.ended is None:
        true(reader.read(20), f"neither data nor an end: {reader.story()}")
    true(len(reader.messages) < 200, "it got all, so it was not behind")
    again = comes_back(site, reader.cursor)
    again.wait_messages(200 - len(reader.messages), 40)
    in_order([t[:4] for t in reader.data + again.data],
             [t[:4] for t in texts], "data over both connections")
    equal(quick.ended, None, "the end of the quick one")


@fact(limit=90)
def a_slow_websocket_is_cut_and_comes_back(stage):
    slow(stage, Lighttpd)


@fact(limit=90, needs=("redis-server", "apache2"))
def a_slow_websocket_behind_apache_is_cut_and_comes_back(stage):
    slow(stage, ApacheProxy)


@fact(limit=120, alone=True)
def a_thousand_websockets_in_one_process_all_get_a_message(stage):
    site = way(stage, Lighttpd, {"hold.beat": 3600})
    all_get_messages(site, "websocket", WebSocket, 1000)
