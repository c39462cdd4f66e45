# SPDX-License-Identifier: MIT
"""Input that breaks a rule gets the right status or close code and a line in
the log, and affects no other connection."""
import json
import random

from harness.check import note, until
from harness.site import ENDED
from harness.ws_case import CHANNEL, Bench, Case, disconnects, say
from harness.ws_proxy import LighttpdProxy
from harness.ws_raw import (
    CONTINUATION,
    DEFLATE,
    PING,
    PONG,
    Raw,
    WebSocket,
    close,
    deflated,
    fragments,
    frame,
    masked,
    text,
    upgrade_request,
)

TARGET = f"/push/websocket?channel={CHANNEL}"
SETTINGS = {"access.publish": "any",
            "hold.beat": 600, "log.level": "info"}
FLOOD = 4  # times websocket.max_rate: duplex.c


def responder(servers, **settings):
    """`servers`: shared, or a stage."""
    return servers.responder("websocket", {**SETTINGS, **settings})


def bench(stage, address, server):
    return stage.add(Bench(address, server.log))


def refusal(address, *pieces):
    """The head of the response, and its problem."""
    connection = Raw(address)
    try:
        connection.send(*pieces)
        head = connection.response()
        return head, json.loads(connection.body(head))
    finally:
        connection.close()


def still_serves(watcher):
    """A client connected before still gets messages."""
    watcher.publish(CHANNEL, "still here")
    assert watcher.data() == "still here"


# --- the handshake ---------------------------------------------------------

def ask(*fields, target=TARGET, **options):
    return upgrade_request(target, *fields, **options)


# Name, request, status, a word of the reason.
UPGRADES = (
    ("no Upgrade", ask(upgrade=None), 426, "WebSocket"),
    ("another protocol", ask(upgrade="h2c"), 426, "WebSocket"),
    ("no version", ask(version=None), 426, "13"),
    ("version 8", ask(version="8"), 426, "13"),
    ("version 7", ask(version="7"), 426, "13"),
    ("version 14", ask(version="14"), 426, "13"),
    ("an empty version", ask(version=""), 426, "13"),
    ("no key", ask(key=None), 400, "Sec-WebSocket-Key"),
    ("an empty key", ask(key=""), 400, "Sec-WebSocket-Key"),
    ("a key of 15 bytes", ask(key="AQIDBAUGBwgJCgsMDQ4P"), 400,
     "Sec-WebSocket-Key"),
    ("a key of 17 bytes", ask(key="AQIDBAUGBwgJCgsMDQ4PEBE="), 400,
     "Sec-WebSocket-Key"),
    ("a key that is no base64", ask(key="AQIDBAUGBwgJ*gsMDQ4PEA=="), 400,
     "Sec-WebSocket-Key"),
    ("a key of 24 =", ask(key="=" * 24), 400, "Sec-WebSocket-Key"),
    ("two keys", ask("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA=="), 400,
     "Sec-WebSocket-Key"),
    ("no channel", ask(target="/push/websocket"), 400, "channel"),
    ("a bad channel", ask(target="/push/websocket?channel=a*"), 400, "*"),
    ("a foreign page", ask("Origin: http://evil.example"), 403, "origin"),
)
# What a web server in between never passes on.
DIRECT = (
    ("POST", ask(method="POST"), 405, "GET"),
    ("no Connection", ask(connection=None), 426, "WebSocket"),
    ("Connection without upgrade", ask(connection="keep-alive"), 426,
     "WebSocket"),
    ("HEAD", ask(method="HEAD"), 405, "GET"),
    ("HTTP/1.0", ask(http="HTTP/1.0"), 505, "HTTP/1.1"),
    ("HTTP/2.0", ask(http="HTTP/2.0"), 505, "HTTP/1.1"),
    ("no Host", ask(host=None), 400, "Host"),
    ("a body", ask("Content-Length: 5"), 413, "body"),
    ("a body in chunks", ask("Transfer-Encoding: chunked"), 413, "body"),
    ("lines that end in LF", ask().replace(b"\r\n", b"\n"), 400, "LF"),
    ("a folded line", ask("X-A: b\r\n c"), 400, ""),
    ("a NUL in a field", ask("X-A: b\0c"), 400, ""),
    ("a field without a name", ask(": b"), 400, ""),
    ("a space before the colon", ask("X-A : b"), 400, ""),
    ("a target that is a full stop", ask(target="."), 400, ""),
    ("101 fields", ask(*(f"X-{n}: 1" for n in range(101))), 431, "fields"),
    ("a head above the limit", ask("X-A: " + "b" * 70000), 431, "larger"),
    ("no HTTP", b"\xff\xfe\xfd\r\n\r\n", 400, ""),
    ("an empty line", b"\r\n\r\n", 400, ""),
)


def check_refusal(address, name, request, status, word, upgrade=True):
    if name == "HEAD":
        connection = Raw(address)
        connection.send(request)
        assert connection.response().status == status, name
        connection.close()
        return
    head, problem = refusal(address, request)
    assert head.status == status, f"status of {name}: {problem}"
    assert "application/problem+json" in head.get("Content-Type"), name
    assert word in problem["detail"], name
    if status == 426:
        assert head.get("Sec-WebSocket-Version") == "13", f"{name}: version"
        if upgrade:
            assert head.get("Upgrade").lower() == "websocket", name
    if status == 405:
        assert "GET" in head.get("Allow")


def refused_lines(server):
    return [line for line in server.log().splitlines()
            if "event=refused" in line]


def test_a_wrong_handshake_is_refused_by_name(stage, shared):
    server = responder(shared)
    watcher = stage.add(WebSocket(server.address, CHANNEL))
    for row in UPGRADES + DIRECT:
        before = len(refused_lines(server))
        check_refusal(server.address, *row)
        until(lambda n=before: len(refused_lines(server)) > n,
              f"a line in the log for {row[0]}")
        assert f"status={row[2]} skipped=" in refused_lines(server)[-1]
    still_serves(watcher)
    note(f"wrong handshakes: {len(UPGRADES + DIRECT)} cases")


def test_a_wrong_handshake_is_refused_through_lighttpd(stage, shared):
    server = responder(shared)
    proxy = stage.add(LighttpdProxy(stage.sub("proxy"), server.address))
    watcher = stage.add(WebSocket(proxy.address, CHANNEL))
    for row in UPGRADES:
        if "Upgrade" not in row[0] and "protocol" not in row[0]:
            # lighttpd 1.4.79 removes Upgrade from a 426.
            check_refusal(proxy.address, *row, upgrade=False)
    still_serves(watcher)


def test_data_sent_with_the_handshake_is_400(stage, shared):
    server = responder(shared)
    watcher = stage.add(WebSocket(server.address, CHANNEL))
    for more in (ask(), b"GET / HTTP/1.1\r\n\r\n", text(say("early")), b"\0",
                 b"x" * 3000):
        before = len(refused_lines(server))
        head, problem = refusal(server.address, ask() + more)
        assert head.status == 400, f"status with {more[:20]!r} behind it"
        assert "before the response" in problem["detail"]
        until(lambda n=before: len(refused_lines(server)) > n,
              f"a line in the log for {more[:20]!r}")
        assert "status=400" in refused_lines(server)[-1]
    still_serves(watcher)


def test_half_a_handshake_times_out(stage):
    server = responder(stage, **{"request.timeout": 3})
    watcher = stage.add(WebSocket(server.address, CHANNEL))
    whole, halves = ask(), []
    for n in range(20):
        halves.append(stage.add(Raw(server.address)))
        halves[-1].send(whole[:n * len(whole) // 20])
    still_serves(watcher)
    for n, one in enumerate(halves):
        got = one.rest()
        if n == 0:
            assert got == b"", "a response to nothing"
        else:
            assert got.startswith(
                b"HTTP/1.1 408 Request Timeout\r\n"
            ), f"response to {n} twentieths: {got!r}"
    until(lambda: server.log().count("event=timeout") >= len(halves) - 1,
          "a line in the log for each")
    still_serves(watcher)


# --- frames ----------------------------------------------------------------

def unmasked():
    want = {"code": 1002, "reason": "not masked"}
    rows = (("a text", text(say("x"), mask=None)),
            ("an empty text", text(b"", mask=None)),
            ("a ping", frame(PING, b"x", mask=None)),
            ("an empty ping", frame(PING, mask=None)),
            ("a close", frame(8, b"\x03\xe8", mask=None)),
            ("300 bytes", text(b"*" * 300, mask=None)),
            ("70000 bytes", text(b"*" * 70000, mask=None)),
            ("binary", frame(2, b"x", mask=None)))
    for name, octets in rows:
        yield Case(f"unmasked: {name}", [octets], **want)
        yield Case(f"unmasked after a masked one: {name}",
                   [text(say("good")), octets], ["good"], **want)
    yield Case("unmasked: a continuation", [
        text(b"{", fin=False), frame(CONTINUATION, b"}", mask=None)], **want)


def wrong_lengths():
    wrong = {"code": 1002, "reason": "length"}
    for size in (0, 1, 125):
        yield Case(f"{size} written in two bytes",
                   [text(b"*" * size, octets=2)], **wrong)
        yield Case(f"{size} written in eight",
                   [text(b"*" * size, octets=8)], **wrong)
    for size in (126, 65535):
        yield Case(f"{size} written in eight",
                   [text(b"*" * size, octets=8)], **wrong)
    for length in (1 << 63, (1 << 64) - 1):
        yield Case(f"a length of {length}", [text(b"*", length=length)],
                   **wrong)
    for opcode in (8, PING, PONG):
        for size in (126, 65536):
            yield Case(f"{size} bytes in a control frame {opcode}",
                       [frame(opcode, b"*" * size)], code=1002,
                       reason="too long")
    # what is behind the end of a frame is a frame: here one with bits set
    yield Case("less is announced than comes",
               [frame(PING, b"1234")[:6] + masked(b"1234") + b"\x7f" * 20],
               pongs=[b"1234"], code=1002)
    yield Case("a second request instead of a frame",
               [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"], code=1002)
    yield Case("the beginning of TLS", [b"\x16\x03\x01\x02\x00\x01\x00"],
               code=1002)


def too_much():
    over = 6 * 1000 + 16 * 1024 + 1  # message.max_bytes = 1000
    want = {"code": 1009, "reason": "too long"}
    yield Case("a message over the limit", [text(b"*" * over)], **want)
    yield Case("fragments over the limit", fragments(b"*" * over, 500),
               **want)
    yield Case("fragments without end",
               [text(b"", fin=False)]
               + [frame(CONTINUATION, b"*" * 100, fin=False)] * 1000, **want)
    yield Case("a message that inflates over the limit",
               [text(deflated(b"*" * over), rsv=4)], offer=DEFLATE, **want)
    yield Case("data over the limit, in a message that is not",
               [text(say("*" * 1001))], refused=1, status=413)
    yield Case("data as long as the limit", [text(say("*" * 1000))],
               ["*" * 1000])


def bad_frames():
    return [*unmasked(), *wrong_lengths(), *too_much()]


FRAMES = {"message.max_bytes": 1000, "websocket.max_rate": 100000,
          "websocket.deflate_min": 1000}


def test_a_frame_that_breaks_a_rule_closes_its_connection(stage, shared):
    server = responder(shared, **FRAMES)
    cases = bench(stage, server.address, server)
    cases.run(bad_frames())
    note(f"bad frames: {cases.count} cases")


def test_a_frame_that_breaks_a_rule_closes_through_lighttpd(stage, shared):
    server = responder(shared, **FRAMES)
    proxy = stage.add(LighttpdProxy(stage.sub("proxy"), server.address))
    bench(stage, proxy.address, server).run(bad_frames())


# --- too many --------------------------------------------------------------

def floods():
    """Frames at more than four times the allowed rate."""
    many = 3 * FLOOD * 20  # twice as many, whenever a second begins
    want = {"code": 1008, "reason": "too many"}
    rows = (("pings", frame(PING, b"p")), ("empty pings", frame(PING)),
            ("pongs", frame(PONG)), ("texts", text(b"{}")))
    for name, octets in rows:
        yield name, [octets * many], want
    yield "fragments of nothing", \
        [text(b"", fin=False) + frame(CONTINUATION, fin=False) * many], want
    yield "fragments of a byte", \
        [text(b"", fin=False) + frame(CONTINUATION, b"*", fin=False) * many], \
        want


def test_a_flooding_client_is_closed_with_1008(stage):
    server = responder(stage, **{"websocket.max_rate": 20})
    watcher = stage.add(WebSocket(server.address, CHANNEL))
    for name, pieces, want in floods():
        before = len(disconnects(server.log()))
        ws = WebSocket(server.address, CHANNEL)
        ws.send(*pieces)
        came = [one for one in iter(ws.next, None)]
        assert came[-1].opcode == 8, f"{name}: the last frame"
        assert came[-1].code() == want["code"], f"code for {name}"
        until(lambda n=before: len(disconnects(server.log())) > n,
              f"a line in the log for {name}")
        assert want["reason"] in disconnects(server.log())[-1]
        ws.close()
        still_serves(watcher)


def test_a_client_that_sends_too_fast_gets_an_error_first(stage):
    """Above the rate a command is refused; only far above it the connection
    is closed."""
    server = responder(stage, **{"websocket.max_rate": 20})
    ws = stage.add(WebSocket(server.address, CHANNEL))
    ws.send(text(b'{"publish":{"channel":"other","data":"x"}}') * 60)
    got = [ws.next().json() for _ in range(60)]
    refused = [one for one in got if one.get("status") == 429]
    assert 0 < len(refused) <= 40, f"{len(refused)} of 60 were refused"
    assert "websocket.max_rate" in refused[0]["error"]
    ws.send(close(1000))
    assert ws.next().code() == 1000


def test_an_unfinished_message_times_out_and_finished_ones_do_not(stage):
    """Both clients are within all other limits."""
    server = responder(stage, **{"hold.beat": 2})
    endless = stage.add(WebSocket(server.address, CHANNEL))
    finishing = stage.add(WebSocket(server.address, CHANNEL))
    whole, sent = text(say("a message")), 0
    part = frame(CONTINUATION, b"*", fin=False)
    endless.send(text(b"*", fin=False))
    finishing.send(whole[:20])

    def disconnected():
        nonlocal sent
        endless.send(part)
        finishing.send(whole[20:] + whole[:20])
        sent += 1
        return disconnects(server.log())
    lines = until(disconnected, "a line in the log", step=0.2)
    assert "not finished" in lines[0]
    *_, last = iter(endless.next, None)
    assert (last.opcode, last.code()) == (8, 1008)
    for _ in range(sent):
        assert finishing.data() == "a message"
    assert len(disconnects(server.log())) == 1


# --- disconnects, and garbage ----------------------------------------------

def test_a_disconnect_within_a_frame_affects_no_other(stage):
    server, count = responder(stage, **{"log.level": "debug"}), 0
    watcher = stage.add(WebSocket(server.address, CHANNEL))
    frames = (text(say("never")), text(b"*" * 200, fin=False),
              frame(PING, b"x" * 20), close(1000, b"bye"))
    for octets in frames:
        for at in range(1, len(octets), 5):
            ws = WebSocket(server.address, CHANNEL)
            ws.send(octets[:at])
            ws.close()
            count += 1
    still_serves(watcher)
    until(lambda: server.log().count(ENDED) >= count,
          f"the end of {count} subscribers")
    assert disconnects(server.log()) == []


def test_garbage_instead_of_frames_affects_no_other(stage, shared):
    server, rng = responder(shared), random.Random(12)
    watcher = stage.add(WebSocket(server.address, CHANNEL, DEFLATE))
    for n in range(150):
        ws = WebSocket(server.address, CHANNEL, DEFLATE if n % 2 else None)
        octets = rng.randbytes(rng.randrange(1, 600))
        if n % 3 == 0:  # a good head, so that the payload is looked at
            octets = text(octets, rsv=4 if n % 2 else 0)
        ws.send(octets)
        ws.shut()
        while (came := ws.next()) is not None:
            assert came.opcode in (1, 8, PONG), f"{came!r}"
        ws.close()
    still_serves(watcher)
    assert server.process.alive(), "the program ended"
