# SPDX-License-Identifier: MIT
"""WebSocket, through each way to its program: what comes, and what comes
back."""
import os
import random
import signal

from harness import process
from harness.http2 import WebSocketOverHttp2
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.matrix import AWKWARD
from harness.tap import contains, equal, fact, in_order, true, until
from harness.ways import comes_back, through_each_way, way
from harness.websocket import FIN, PING
from test_resume import publish_slowly

LARGE = "\u00e9" * 32768  # 65536 bytes, message.max_bytes


@through_each_way()
def messages_arrive(stage, server):
    """As they were sent, when they are sent, compressed and not; also of
    several channels, whose cursors they carry."""
    site = way(stage, server)
    plain = site.websocket("news").ready()
    packed = site.websocket(["news", "other"], deflate=True).ready()
    contains(packed.headers["sec-websocket-extensions"],
             "permessage-deflate", "extensions")
    true("sec-websocket-extensions" not in plain.headers, "it was not asked")
    id_ = site.publish("news", "hello", event="greeting")
    equal(plain.wait_messages(1), ["hello"], "data")
    equal(plain.messages, [{"id": id_, "channel": "news",
                            "event": "greeting", "data": "hello"}], "message")
    for text in (AWKWARD, LARGE):
        site.publish("news", text)
    site.publish("other", "there")
    want = ["hello", AWKWARD, LARGE]
    in_order(plain.wait_messages(3), want, "data")
    # between channels no order is promised
    packed.wait_messages(4)
    in_order([m["data"] for m in packed.messages if m["channel"] == "news"],
             want, "data of the reader of two channels")
    equal([t.packed for t in packed.texts if len(t.text) > 2000], [True],
          "compressed, of the large ones")
    true(all("cursor" in m for m in packed.messages), "no cursors")
    again = site.websocket(["news", "other"],
                           since=packed.messages[0]["cursor"])
    equal(sorted(again.wait_messages(3)), sorted([*want[1:], "there"]),
          "data after the first message's cursor")


@through_each_way()
def coming_back_loses_and_doubles_nothing(stage, server):
    site = way(stage, server)
    rng, ids, got = random.Random(7), [], []
    texts = [f"message {n}" for n in range(300)]
    reader = site.websocket("news").ready()
    thread = publish_slowly(site, "news", texts, ids)
    while len(got) < len(texts):
        want = min(len(texts) - len(got), rng.randint(1, 40))
        reader.wait_messages(want)
        got += reader.messages
        reader.close()
        reader = site.websocket("news", since=reader.cursor)
    thread.join(30)
    in_order([m["data"] for m in got], texts, "data over all connections")
    in_order([m["id"] for m in got], ids, "ids over all connections")


@through_each_way()
def a_client_publishes_and_changes_its_channels(stage, server):
    site = way(stage, server, {"websocket.may_publish": "yes"})
    other = site.websocket("other").ready()
    mine = site.websocket("news").ready()
    told = mine.ask(1, publish={"channel": "other", "event": "chat",
                                "data": LARGE, "key": "k"})
    equal(other.wait_messages(1), [LARGE], "data of the other")
    equal((told["ok"], told["channel"], told["id"]),
          ("publish", "other", other.messages[0]["id"]), "what is told")
    equal(mine.ask(2, publish={"channel": "other", "data": "again",
                               "key": "k"})["id"], told["id"],
          "id of a key that was there")
    told = mine.ask("s", subscribe=["other"], since="0")
    equal((told["ok"], sorted(told["channels"])),
          ("subscribe", ["news", "other"]), "what is told")
    equal(mine.wait_messages(1), [LARGE], "what was kept")
    site.publish("other", "more")
    equal(mine.wait_messages(2)[1], "more", "what is new")
    equal(mine.ask("u", unsubscribe=["other"])["channels"], ["news"],
          "channels left")
    site.publish("other", "unheard")
    site.publish("news", "heard")
    equal(mine.wait_messages(3)[2], "heard", "what is new in the other")
    equal(other.wait_messages(3)[1:], ["more", "unheard"], "data")
    equal(mine.ask(3, unsubscribe=["news"])["status"], 400, "of the last one")
    elsewhere = site.websocket("news",
                               {"X-Forwarded-For": "192.0.2.1"}).ready()
    told = elsewhere.ask(4, publish={"channel": "news", "data": "x"})
    equal(told.get("status"), 403, "status for who came through a proxy")
    contains(told["error"], "access.publish", "the reason")


@through_each_way()
def publishing_is_refused_by_default(stage, server):
    """And what cannot be read is; the connection stays."""
    site = way(stage, server)
    reader = site.websocket("news").ready()
    told = reader.ask(1, publish={"channel": "news", "data": "x"})
    equal((told["status"], told["ref"]), (403, 1), "status and ref")
    contains(told["error"], "websocket.may_publish", "the reason")
    for text in ("{", "[]", '{"publish":1}', '{"subscribe":["a b"]}'):
        before = len(reader.told)
        reader.send_text(text, 2)
        reader.until(lambda n=before: len(reader.told) > n, "an answer")
        equal(reader.told[-1]["status"], 400, f"status of {text}")
    site.publish("news", "hello")
    equal(reader.wait_messages(1), ["hello"], "data")


@through_each_way()
def the_handshake_is_answered_by_the_book(stage, server):
    site = way(stage, server, {"access.origins": "https://friend.example"})
    here = f"http://localhost:{site.port}"
    host = {"Host": f"localhost:{site.port}"}
    for origin, want in ((None, 101), (here, 101),
                         ("https://friend.example", 101),
                         ("http://evil.example", 403),
                         (here.replace("localhost", "localhost.evil"), 403),
                         ("null", 403)):
        one = site.websocket("news", {**host, "Origin": origin})
        one.until(lambda o=one: o.status is not None, "head")
        equal(one.status, want, f"status for the origin {origin}")
        one.close()
    for wrong, want in (
            ({"Sec-WebSocket-Version": "8"}, 426),
            ({"Sec-WebSocket-Key": None}, 400),
            ({"Sec-WebSocket-Key": "short"}, 400)):
        one = site.websocket("news", wrong)
        equal(one.wait_end(), "clean", f"end of {one.story()}")
        equal(one.status, want, f"status with {wrong}")
        if want == 426:
            equal(one.headers.get("sec-websocket-version"), "13", "version")
    one = site.websocket("a b")
    one.wait_end()
    equal(one.status, 400, "status for a bad channel")


@through_each_way()
def a_request_that_is_no_upgrade_is_told_so(stage, server):
    site = way(stage, server)
    answer = site.get("websocket", "news")
    equal((answer.status, answer.json()["status"]), (426, 426), "status")
    equal(answer.headers.get("Sec-WebSocket-Version"), "13", "version")
    # later lighttpd takes it out
    true(answer.headers.get("Upgrade") in ("websocket", None), "Upgrade")
    answer = site.request("POST", "/push/websocket?channel=news", None,
                          {"Content-Length": "0"})
    equal(answer.status, 405, "status of POST")


@through_each_way()
def a_client_that_closes_or_leaves_is_let_go_of_at_once(stage, server):
    site = way(stage, server, {"hold.beat": 3600})
    polite = site.websocket("polite").ready()
    polite.leave(1000, "bye")
    equal(polite.wait_close(), 1000, "the code that comes back")
    rude = site.websocket("rude").ready()
    equal(site.redis.subscribers("rude"), 1, "subscribers with it")
    rude.close()
    for name in ("polite", "rude"):
        until(lambda n=name: site.redis.subscribers(n) == 0,
              f"the end of the subscription of {name}")


@through_each_way()
def a_client_that_answers_no_ping_is_let_go(stage, server):
    """In two beats; and one that does answer stays, and is answered."""
    site = way(stage, server, {"hold.beat": 2})
    lively, mute = (site.websocket("news", pongs=p).ready()
                    for p in (True, False))
    lively.send_frame(FIN | PING, b"are you there?")

    def both():
        lively.read(0.05)
        return mute.read(0.05) and mute.ended

    until(both, "the end of who is mute")
    true(mute.pings >= 2, f"let go after {mute.pings} pings")
    equal(lively.pong_payloads, [b"are you there?"], "payload of the pong")
    site.publish("news", "hello")
    equal(lively.wait_messages(1), ["hello"], "data of who answers")


@through_each_way(limit=90)
def a_killed_responder_comes_back_and_nothing_is_lost(stage, server):
    site = way(stage, server)
    reader, sent, got = site.websocket("news").ready(), [], []
    for round_ in range(2):
        sent += [f"before {round_}", f"while it was away {round_}"]
        site.publish("news", sent[-2])
        reader.wait_messages(1)
        site.kill("websocket")
        equal(reader.wait_end(), "cut", "the end")
        site.publish("news", sent[-1])
        got += reader.data
        reader = comes_back(site, reader.cursor)
        reader.wait_messages(1)
        got += reader.data
        reader = comes_back(site, reader.cursor)
    equal(got, sent, "data over all connections")


@through_each_way()
def sigterm_closes_with_1001_and_says_when_to_come_back(stage, server):
    site = way(stage, server)
    reader = site.websocket("news").ready()
    pid = site.responder("websocket")
    os.kill(pid, signal.SIGTERM)
    equal(reader.wait_close(), 1001, "close code")
    equal(len(reader.retries), 1, "times that it says when to come back")
    until(lambda: not process.running(pid), "the end of the process", 15)


@fact()
def push_raw_is_the_data_and_nothing_else(stage):
    site = way(stage, Lighttpd)
    raw = {"Sec-WebSocket-Protocol": "chat, push.raw"}
    one = site.websocket("news", raw).opened()
    many = site.websocket(["news", "other"], raw, deflate=True).opened()
    equal(one.headers["sec-websocket-protocol"], "push.raw", "subprotocol")
    until(lambda: site.redis.subscribers("news"), "a subscription")
    until(lambda: site.redis.subscribers("other"), "a subscription")
    sent = ["hello", LARGE]
    for text in sent:
        site.publish("news", text, event="chat")
    for reader in (one, many):
        reader.until(lambda r=reader: len(r.texts) >= 2, "two texts")
        in_order([t.text for t in reader.texts], sent, "texts")
    one.send_text("{}")
    equal(one.wait_close(), 1008, "close code for what says something")


@through_each_way(of=(Lighttpd, LighttpdCgi))
def a_websocket_over_http_2_gets_through(stage, server):
    """What a browser does where the server offers it."""
    site = way(stage, server, {"websocket.may_publish": "yes"},
               before='server.feature-flags = ( "server.h2c" => "enable" )')
    target = "/push/websocket?channel=news"
    origin = {"Origin": "http://localhost"}
    reader = WebSocketOverHttp2(site.port, target, origin).ready()
    site.clients.append(reader)
    true(reader.offered, "lighttpd does not offer it")
    site.publish("news", "hello")
    equal(reader.wait_messages(1), ["hello"], "data")
    told = reader.ask(1, publish={"channel": "news", "data": "by HTTP/2"})
    equal((told["ok"], reader.wait_messages(2)[1]),
          ("publish", "by HTTP/2"), "what it said")
    reader.leave()
    equal(reader.wait_close(), 1000, "close code")
