# SPDX-License-Identifier: MIT
"""WebSocket through each web server."""

import os
import random
import signal

import pytest

from harness import process, web
from harness.check import in_order, until
from harness.http2 import WebSocketOverHttp2
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.matrix import AWKWARD
from harness.ways import comes_back, through_each_way, way
from test_resume import publish_slowly

OPEN = {
    "access.origins": "https://friend.example",
}
LARGE = "\u00e9" * 32768  # 65536 bytes, message.max_bytes


@through_each_way
def test_messages_arrive(shared, channel, server):
    """Unchanged, compressed or not, and with cursors for several channels."""
    (other,) = channel.also("other")
    site = way(shared, server)
    plain = site.websocket(channel).ready()
    packed = site.websocket([channel, other], deflate=True).ready()
    assert "permessage-deflate" in packed.headers["sec-websocket-extensions"]
    assert "sec-websocket-extensions" not in plain.headers, "it was not asked"
    id_ = site.publish(channel, "hello", event="greeting")
    assert plain.wait_messages(1) == ["hello"]
    assert plain.messages == [
        {"id": id_, "channel": channel, "event": "greeting", "data": "hello"}
    ]
    for text in (AWKWARD, LARGE):
        site.publish(channel, text)
    site.publish(other, "there")
    want = ["hello", AWKWARD, LARGE]
    in_order(plain.wait_messages(3), want)
    # between channels no order is promised
    packed.wait_messages(4)
    in_order(
        [m["data"] for m in packed.messages if m["channel"] == channel], want
    )
    assert [t.packed for t in packed.texts if len(t.text) > 2000] == [True]
    assert all("cursor" in m for m in packed.messages), "no cursors"
    again = site.websocket(
        [channel, other], since=packed.messages[0]["cursor"]
    )
    assert sorted(again.wait_messages(3)) == sorted([*want[1:], "there"])


@through_each_way
def test_reconnecting_loses_and_repeats_nothing(shared, channel, server):
    site = way(shared, server)
    rng, ids, got = random.Random(7), [], []
    texts = [f"message {n}" for n in range(100)]
    subscriber = site.websocket(channel).ready()
    thread = publish_slowly(site, channel, texts, ids)
    while len(got) < len(texts):
        want = min(len(texts) - len(got), rng.randint(1, 20))
        subscriber.wait_messages(want)
        got += subscriber.messages
        subscriber.close()
        subscriber = site.websocket(channel, since=subscriber.cursor)
    thread.join(30)
    in_order([m["data"] for m in got], texts)
    in_order([m["id"] for m in got], ids)


@through_each_way
def test_a_client_publishes_and_changes_its_channels(shared, channel, server):
    (side,) = channel.also("side")
    site = way(shared, server, OPEN)
    other = site.websocket(side).ready()
    mine = site.websocket(channel).ready()
    reply = mine.command(
        1,
        publish={
            "channel": side,
            "event": "chat",
            "data": LARGE,
            "key": "k",
        },
    )
    assert other.wait_messages(1) == [LARGE]
    assert (reply["ok"], reply["channel"], reply["id"]) == (
        "publish",
        side,
        other.messages[0]["id"],
    )
    assert (
        mine.command(
            2, publish={"channel": side, "data": "again", "key": "k"}
        )["id"]
        == reply["id"]
    )
    reply = mine.command("s", subscribe=[side], since="0")
    assert (reply["ok"], sorted(reply["channels"])) == (
        "subscribe",
        sorted([channel, side]),
    )
    assert mine.wait_messages(1) == [LARGE]
    site.publish(side, "more")
    assert mine.wait_messages(2)[1] == "more"
    assert mine.command("u", unsubscribe=[side])["channels"] == [channel]
    site.publish(side, "unheard")
    site.publish(channel, "heard")
    assert mine.wait_messages(3)[2] == "heard"
    assert other.wait_messages(3)[1:] == ["more", "unheard"]
    assert mine.command(3, unsubscribe=[channel])["status"] == 400
    elsewhere = site.websocket(
        channel, {"X-Forwarded-For": "192.0.2.1"}
    ).ready()
    reply = elsewhere.command(4, publish={"channel": channel, "data": "x"})
    assert reply.get("status") == 403
    assert "access.publish" in reply["error"]


@through_each_way
def test_who_may_not_publish_is_refused(shared, channel, server):
    """Unreadable commands too; the connection stays open."""
    site = way(shared, server)
    elsewhere = {"X-Forwarded-For": "192.0.2.1"}
    subscriber = site.websocket(channel, elsewhere).ready()
    reply = subscriber.command(1, publish={"channel": channel, "data": "x"})
    assert (reply["status"], reply["ref"]) == (403, 1)
    assert "access.publish" in reply["error"]
    for text in ("{", "[]", '{"publish":1}', '{"subscribe":["a b"]}'):
        before = len(subscriber.replies)
        subscriber.send_text(text, 2)
        subscriber.until(
            lambda n=before: len(subscriber.replies) > n, "a response"
        )
        assert subscriber.replies[-1]["status"] == 400, f"status of {text}"
    site.publish(channel, "hello")
    assert subscriber.wait_messages(1) == ["hello"]


@through_each_way
def test_the_handshake_response_conforms(shared, channel, server):
    site = way(shared, server, OPEN)
    here = f"http://localhost:{site.port}"
    host = {"Host": f"localhost:{site.port}"}
    for origin, want in (
        (None, 101),
        (here, 101),
        ("https://friend.example", 101),
        ("http://evil.example", 403),
        (here.replace("localhost", "localhost.evil"), 403),
        ("null", 403),
    ):
        one = site.websocket(channel, {**host, "Origin": origin})
        one.until(lambda o=one: o.status is not None, "head")
        assert one.status == want, f"status for the origin {origin}"
        one.close()
    for wrong, want in (
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": "short"}, 400),
    ):
        one = site.websocket(channel, wrong)
        assert one.wait_end() == "clean", f"end of {one.story()}"
        assert one.status == want, f"status with {wrong}"
        if want == 426:
            assert one.headers.get("sec-websocket-version") == "13"
    one = site.websocket("a b")
    one.wait_end()
    assert one.status == 400


@through_each_way
def test_a_request_without_upgrade_is_refused(shared, channel, server):
    site = way(shared, server)
    response = site.get("websocket", channel)
    assert (response.status, response.json()["status"]) == (426, 426)
    assert response.headers.get("Sec-WebSocket-Version") == "13"
    # later lighttpd takes it out
    assert response.headers.get("Upgrade") in ("websocket", None), "Upgrade"
    response = site.request(
        "POST",
        "/push/websocket?" + web.query(channel),
        None,
        {"Content-Length": "0"},
    )
    assert response.status == 405


@through_each_way
def test_a_client_that_closes_or_disconnects_is_released_at_once(
    stage, server
):
    site = way(stage, server, {"hold.beat": 3600})
    polite = site.websocket("polite").ready()
    polite.leave(1000, "bye")
    assert polite.wait_close() == 1000
    site.wait_ended("websocket", 1)
    site.websocket("rude").ready().close()
    site.wait_ended("websocket", 2)


@through_each_way
def test_a_client_that_answers_no_ping_is_closed(shared, channel, server):
    """One that answers stays open."""
    site = way(shared, server, {"hold.beat": 2})
    lively, mute = (
        site.websocket(channel, pongs=p).ready() for p in (True, False)
    )
    lively.ping(b"are you there?")

    def both():
        lively.read(0.05)
        return mute.read(0.05) and mute.ended

    until(both, "the end of the one that answers no ping")
    assert mute.pings >= 2, f"closed after {mute.pings} pings"
    lively.until(lambda: lively.pong_payloads, "pong")
    assert lively.pong_payloads == [b"are you there?"]
    site.publish(channel, "hello")
    assert lively.wait_messages(1) == ["hello"]


@through_each_way
def test_a_killed_responder_restarts_and_loses_no_message(stage, server):
    site = way(stage, server)
    subscriber, sent, got = site.websocket("news").ready(), [], []
    for round_ in range(2):
        sent += [f"before {round_}", f"after the kill {round_}"]
        site.publish("news", sent[-2])
        subscriber.wait_messages(1)
        site.kill("websocket")
        assert subscriber.wait_end() == "cut"
        site.publish("news", sent[-1])
        got += subscriber.data
        subscriber = comes_back(site, subscriber.cursor)
        subscriber.wait_messages(1)
        got += subscriber.data
        subscriber = comes_back(site, subscriber.cursor)
    assert got == sent


@through_each_way
def test_sigterm_closes_with_1001_and_a_retry_time(stage, server):
    site = way(stage, server)
    subscriber = site.websocket("news").ready()
    pid = site.responder("websocket")
    os.kill(pid, signal.SIGTERM)
    assert subscriber.wait_close() == 1001
    assert len(subscriber.retries) == 1
    until(
        lambda: not process.running(pid) or "restart=yes" in site.log(),
        "the end of the process, or that it begins anew",
    )


def test_push_raw_sends_only_the_data(shared, channel):
    (other,) = channel.also("other")
    site = way(shared, Lighttpd)
    raw = {"protocols": ["chat", "push.raw"]}
    one = site.websocket(channel, **raw).opened()
    many = site.websocket([channel, other], deflate=True, **raw).opened()
    assert one.headers["sec-websocket-protocol"] == "push.raw"
    site.wait_ready("websocket", channel, other)
    sent = ["hello", LARGE]
    for text in sent:
        site.publish(channel, text, event="chat")
    for subscriber in (one, many):
        subscriber.until(lambda r=subscriber: len(r.texts) >= 2, "two texts")
        in_order([t.text for t in subscriber.texts], sent)
    one.send_text("{}")
    assert one.wait_close() == 1008


@pytest.mark.parametrize("server", (Lighttpd, LighttpdCgi))
def test_a_websocket_works_over_http_2(shared, channel, server):
    """Browsers do that where the server offers it."""
    site = way(
        shared,
        server,
        OPEN,
        before='server.feature-flags = ( "server.h2c" => "enable" )',
    )
    target = "/push/websocket?" + web.query(channel)
    origin = {"Origin": "http://localhost"}
    subscriber = WebSocketOverHttp2(site.port, target, origin).ready()
    site.clients.append(subscriber)
    assert subscriber.offered, "lighttpd does not offer it"
    site.publish(channel, "hello")
    assert subscriber.wait_messages(1) == ["hello"]
    reply = subscriber.command(
        1, publish={"channel": channel, "data": "by HTTP/2"}
    )
    assert (reply["ok"], subscriber.wait_messages(2)[1]) == (
        "publish",
        "by HTTP/2",
    )
    subscriber.leave()
    assert subscriber.wait_close() == 1000
