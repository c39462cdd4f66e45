# SPDX-License-Identifier: MIT
"""Requests of which a part is too large, each many times at once."""

import json
import os

import pytest

from attackers import (
    at_once,
    counted,
    exchange,
    head,
    status_of,
    status_of_cgi,
)
from bounds import (
    MAX_HEAD,
    MESSAGE_MAX,
    SLACK,
    bodies,
    heads,
    held,
)
from harness import fastcgi
from harness.apache import ApacheThreads
from harness.lighttpd import Lighttpd
from harness.ws_raw import (
    CONTINUATION,
    DEFLATE,
    WebSocket,
    deflated,
    frame,
    text,
)

AT_ONCE, TIMES = 20, 3
LONG = "x" * 100_000
LONGER = LONG[:12_000]  # than the limits of the web servers, 8 KB
# lighttpd leaves a part of it unread, so its answer may be lost: 0.
TOO_LONG = {0, 400, 414, 431}
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"


def many(count):
    return "&".join(f"channel=c{n}" for n in range(count))


def post(body, *fields):
    size = f"Content-Length: {len(body)}"
    return head("/push/publish", size, CLOSE, *fields, method="POST") + body


CLOSE = "Connection: close"
DEEP = b'{"channel":"a","data":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

# What is too large, the request, and the statuses of lighttpd or Apache when
# they refuse it themselves.
THROUGH = {
    "path": (head(f"/push/sse/{LONGER}?channel=a", CLOSE), TOO_LONG),
    "query": (head(f"/push/sse?channel=a&x={LONGER}", CLOSE), TOO_LONG),
    "header": (head("/push/sse?channel=a", f"X: {LONGER}", CLOSE), TOO_LONG),
    "headers": (
        head("/push/sse?channel=a", *[f"X-{n}: 1" for n in range(1500)]),
        TOO_LONG,
    ),
    "cookie": (
        head("/push/sse?channel=a", f"Cookie: {LONGER}", CLOSE),
        TOO_LONG,
    ),
    "channels": (head(f"/push/sse?{many(33)}", CLOSE), {400}),
    "channel": (head(f"/push/sse?channel={LONG[:256]}", CLOSE), {400}),
    "cursor": (
        head(f"/push/poll?channel=a&since={LONG[:6000]}", CLOSE),
        {400},
    ),
    "cursor parts": (
        head(
            "/push/poll?channel=a&since="
            + "~".join(f"AAAAA{n:02}.1-1" for n in range(33)),
            CLOSE,
        ),
        {400},
    ),
    "callback": (
        head(f"/push/jsonp?channel=a&callback={LONG[:65]}", CLOSE),
        {400},
    ),
    "token": (
        head(f"/push/sse?channel=closed&token={LONG[:7000]}", CLOSE),
        {401},
    ),
    "bearer": (
        head(
            "/push/sse?channel=closed",
            f"Authorization: Bearer {LONG[:8000]}",
            CLOSE,
        ),
        {401},
    ),
    "body": (post(b"channel=a&data=" + b"x" * 700_000, FORM), {413}),
    "data": (post(b"channel=a&data=" + b"x" * 65537, FORM), {413}),
    "event": (post(b"channel=a&data=x&event=" + b"x" * 65, FORM), {400}),
    "key": (post(b"channel=a&data=x&key=" + b"x" * 129, FORM), {400}),
    "JSON depth": (post(DEEP, JSON), {400}),
}


@pytest.fixture
def settings(stage):
    """A channel that takes a token."""
    path = os.path.join(stage.sub("conf"), "push.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write('[channel "closed"]\nsubscribe = token\n')
    key = "a key of at least thirty-two bytes"
    return {"conf": path, "access.jwt_key": key}


@pytest.mark.quick
@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheThreads, marks=pytest.mark.apache)],
)
def test_oversized_requests(attack, settings, server):
    site = attack.on(server, settings)
    count = len(THROUGH) * TIMES * AT_ONCE
    with attack.beside(
        f"{count} requests with too much of something ({server.__name__})",
        SLACK + held(AT_ONCE) + heads(AT_ONCE) + bodies(AT_ONCE),
    ) as case:
        every = []
        for name, (request, wanted) in THROUGH.items():
            for _ in range(TIMES):
                statuses = at_once(
                    AT_ONCE,
                    lambda _, data=request: status_of(
                        exchange(site.port, data)
                    ),
                )
                assert set(statuses) <= wanted, f"{name}: {counted(statuses)}"
                every += statuses
        case.got(counted(every))


def ask(query="channel=a", method="GET", program="poll", body=b"", **more):
    return fastcgi.request(
        fastcgi.environment(query, method, program, body, **more), body=body
    )


# The same on a socket, where no web server looks at it first.
DIRECT = {
    "path": (ask(SCRIPT_NAME="/" + LONG), {431}),
    "query": (ask("channel=a&x=" + LONG[:20_000]), {414}),
    "head": (ask(HTTP_COOKIE=LONG), {431}),
    "variables": (ask(**{f"HTTP_X{n}": "1" * 10 for n in range(5000)}), {431}),
    "PARAMS": (
        fastcgi.begin(1)
        + fastcgi.record(fastcgi.PARAMS, 1, b"\0" * 65535) * 40,
        {431, 0},
    ),
    "cursor": (ask("channel=a&since=" + LONG[:15_000]), {400}),
    "token": (ask("channel=closed&token=" + LONG[:15_000]), {401}),
    "callback": (
        ask("channel=a&callback=" + LONG[:15_000], program="jsonp"),
        {400},
    ),
}


@pytest.mark.quick
def test_oversized_requests_on_a_fastcgi_socket(attack, settings):
    attack.on(settings=settings)
    count = len(DIRECT) * TIMES * AT_ONCE
    with attack.beside(
        f"{count} requests with too much of something, on FastCGI sockets",
        SLACK + held(AT_ONCE) + heads(AT_ONCE, 2 * MAX_HEAD),
    ) as case:
        every = []
        for name, (request, wanted) in DIRECT.items():
            address = attack.socket("jsonp" if name == "callback" else "poll")
            for _ in range(TIMES):
                statuses = at_once(
                    AT_ONCE,
                    lambda _, at=address, data=request: status_of_cgi(
                        exchange(at, data)
                    ),
                )
                assert set(statuses) <= wanted, f"{name}: {counted(statuses)}"
                every += statuses
        case.got(counted(every))


# --- WebSocket -------------------------------------------------------------

MOST = 6 * MESSAGE_MAX + 16 * 1024  # bytes of a text that publishes


def closing(site, *pieces, extensions=None):
    """The code with which it is closed for what it sends."""
    one = WebSocket(("127.0.0.1", site.port), "a", extensions)
    one.send(*pieces)
    last = None
    while (came := one.next()) is not None:
        last = came
    one.close()
    return last.code() if last is not None and last.opcode == 8 else None


BOMB = deflated(b"*" * (64 << 20), level=9)


@pytest.mark.quick
def test_oversized_websocket_messages(attack):
    site = attack.on(settings={"access.publish": "any"})
    rows = {
        "a frame": [text(b"*" * (MOST + 1))],
        "a claimed length": [text(b"*" * 100, length=1 << 62)],
        "fragments": [text(b"*" * 1000, fin=False)]
        + [frame(CONTINUATION, b"*" * 65000, fin=False)] * 7,
        "a channel": [
            text(json.dumps({"subscribe": [LONG[:256]]})),
            text(json.dumps({"subscribe": ["c" * 9] * 40_000})),
        ],
    }
    with attack.beside(
        f"{AT_ONCE} × oversized WebSocket frames and messages",
        SLACK + held(AT_ONCE) + bodies(AT_ONCE),
    ) as case:
        every = []
        for name, pieces in rows.items():
            codes = at_once(
                AT_ONCE, lambda _, sent=pieces: closing(site, *sent)
            )
            print(name, counted(codes))
            assert set(codes) <= {1009, 1008}, f"{name}: {counted(codes)}"
            every += codes
        case.got("closed: " + counted(every))


@pytest.mark.quick
def test_deflate_bombs(attack):
    """65 KB that inflate to 64 MB; and many that just fit."""
    site = attack.on(settings={"access.publish": "any"})
    fits = text(deflated(b"*" * (MOST - 1000), level=9), rsv=4)
    with attack.beside(
        f"{3 * AT_ONCE} deflate bombs of 64 MB, {AT_ONCE} clients with 300 "
        f"of {MOST >> 10} KB each",
        SLACK + held(2 * AT_ONCE) + bodies(2 * AT_ONCE),
    ) as case:
        bombs = [text(BOMB, rsv=4)]
        codes = []
        for _ in range(3):
            codes += at_once(
                AT_ONCE,
                lambda _: closing(site, *bombs, extensions=DEFLATE),
            )
        assert set(codes) == {1009}, counted(codes)
        small = at_once(
            AT_ONCE,
            lambda _: closing(site, *[fits] * 300, extensions=DEFLATE),
        )
        assert set(small) == {1008}, counted(small)
        case.got("closed: " + counted(codes + small))
