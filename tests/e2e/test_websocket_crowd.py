# SPDX-License-Identifier: MIT
"""WebSocket: many sockets, slow ones, limits, and Redis down."""

import json
import socket

import pytest

from harness.apache import ApacheProxy
from harness.check import WAIT, in_order, until
from harness.crowd import all_get_messages
from harness.front import FastcgiFront
from harness.lighttpd import Lighttpd
from harness.ways import comes_back, way
from harness.websocket import WebSocket
from harness.ws_raw import text
from test_redis_down import QUICK, published_soon


def above_hold_max(stage, server):
    site = way(stage, server, {"hold.max": 1})
    held = site.websocket("news").ready()
    site.publish("news", "one")
    held.wait_messages(1)  # now the process has it
    refused = site.websocket("news", since="0")
    assert refused.wait_close() == 1013
    assert refused.data == ["one"]
    assert len(refused.retries) == 1
    site.publish("news", "two")
    assert held.wait_messages(2) == ["one", "two"]
    held.leave()
    held.wait_close()

    def room():
        subscriber = site.websocket("news").opened()
        subscriber.until(
            lambda: subscriber.ended or subscriber.cursor, "cursor or end"
        )
        if not subscriber.ended:
            subscriber.ping()
            subscriber.until(
                lambda: subscriber.ended or subscriber.pong_payloads,
                "pong or end",
            )
        return not subscriber.ended

    until(room, "room for another after the first left", step=0.3)


def test_above_hold_max_a_websocket_is_closed_with_1013(stage):
    above_hold_max(stage, Lighttpd)


@pytest.mark.apache
def test_above_hold_max_a_websocket_behind_apache_is_closed_with_1013(stage):
    above_hold_max(stage, ApacheProxy)


def test_above_hold_max_a_websocket_over_fastcgi_is_closed_with_1013(stage):
    above_hold_max(stage, FastcgiFront)


def test_an_old_websocket_is_closed_with_1001(stage):
    site = way(stage, Lighttpd, {"hold.max_age": 2})
    subscriber = site.websocket("news").opened()
    assert subscriber.wait_close() == 1001


def test_a_flooding_client_is_refused_then_closed_with_1008(stage):
    """Refused above websocket.max_rate; closed at four times that."""
    site = way(
        stage,
        Lighttpd,
        {"websocket.max_rate": 5},
    )
    subscriber = site.websocket("news").ready()
    subscriber.send(
        b"".join(
            text(
                json.dumps({"publish": {"channel": "news", "data": str(n)}})
            )
            for n in range(60)
        )
    )
    assert subscriber.wait_close() == 1008
    assert 429 in [
        t.get("status") for t in subscriber.replies
    ], f"none was refused: {subscriber.story()}"


def test_a_websocket_stays_open_while_redis_restarts(stage):
    site = way(
        stage,
        Lighttpd,
        {**QUICK, "hold.beat": 3600},
    )
    subscriber = site.websocket("news").ready()
    site.publish("news", "before")
    subscriber.wait_messages(1)
    site.redis.stop(keep=True)

    def refused():
        reply = subscriber.command(
            len(subscriber.replies) + 100,
            publish={"channel": "news", "data": "while Redis is down"},
        )
        return reply.get("status") in (503, 504) and reply

    reply = until(refused, "a publish that is refused")
    assert "ok" not in reply, f"reply {reply}"
    assert subscriber.ended is None
    site.redis.start()
    published_soon(site, "news", "after")
    subscriber.until(lambda: "after" in subscriber.data, "what comes after")
    assert subscriber.data == ["before", "after"]
    assert (subscriber.gaps, subscriber.ended) == ([], None)


def slow(stage, server):
    site = way(
        stage, server, {"hold.max_backlog": 1048576, "history.length": 2000}
    )
    command = stage.command(site)
    subscriber = site.websocket("news", receive=4096).ready()
    quick = site.websocket("news").ready()
    texts = [f"{n:04} " + "x" * 60000 for n in range(200)]
    for at in range(0, 200, 10):  # less than hold.max_backlog at once
        command.lines("news", texts[at : at + 10])
        quick.wait_messages(at + 10)
    subscriber.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    while subscriber.ended is None:
        assert subscriber.read(
            WAIT
        ), f"neither data nor an end: {subscriber.story()}"
    assert (
        len(subscriber.messages) < 200
    ), "the slow subscriber got all messages"
    again = comes_back(site, subscriber.cursor)
    again.wait_messages(200 - len(subscriber.messages))
    in_order(
        [t[:4] for t in subscriber.data + again.data], [t[:4] for t in texts]
    )
    assert quick.ended is None


def test_a_slow_websocket_is_cut_and_resumes(stage):
    slow(stage, Lighttpd)


@pytest.mark.apache
def test_a_slow_websocket_behind_apache_is_cut_and_resumes(stage):
    slow(stage, ApacheProxy)


@pytest.mark.alone
def test_1000_websockets_of_one_process_all_get_a_message(stage):
    site = way(stage, Lighttpd, {"hold.beat": 3600})
    all_get_messages(site, "websocket", WebSocket, 1000)
