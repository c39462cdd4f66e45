# SPDX-License-Identifier: MIT
"""Parameters and records made to do harm."""

import random
import struct

import pytest

from attackers import (
    all_of,
    at_once,
    connect,
    counted,
    exchange,
    head,
    status_of,
)
from bounds import MAX_HEAD, SLACK, heads, held
from harness import fastcgi
from harness.apache import ApacheThreads
from harness.lighttpd import Lighttpd
from harness.ws_raw import upgrade_request

CLOSE = "Connection: close"
# In a URL, as they would be sent.
CALLBACKS = (
    "", "alert(1)//", "a%3Balert(1)", "%3C/script%3E%3Cscript%3Ealert(1)",
    "a%0Ab", "a%00b", "a%E2%80%A8b", "0a", ".a", "a[0]", "a%20b",
    "%2F*", "a" * 65, "%C3%A9", "%FF",
)
CHANNELS = (
    "", "a%20b", "a%0Db", "a%00b", "a%C2%85b", "%7Ba%7D", "a*", "%FF",
    "%C0%80", "%ED%A0%80", "a" * 256, "%7D:log%20%7B", "a&channel=",
)
CURSORS = (
    "1", "-1", "1-", "-", "1-1-1", "1~2", "18446744073709551616-0",
    "1-18446744073709551616", "0x1-0", "1.5-0", "1-0%00", "%FF", "$", "%2B",
    "*", "AAAAAAA.1", "1-1%0AXADD%20x",
)
# The last that there can be: a cursor from the future.
FUTURE = "18446744073709551615-18446744073709551615"
OTHERS = (
    "limit=x", "limit=-1", "limit=1&limit=1", "wait=1e9",
    "since=0&since=0", "token=a&token=b",
)


def targets():
    for text in CALLBACKS:
        yield f"/push/jsonp?channel=a&wait=0&callback={text}"
        if text:  # without, it calls its own
            yield f"/push/iframe?channel=a&callback={text}"
    for text in CHANNELS:
        yield f"/push/sse?channel={text}"
        yield f"/push/longpoll?wait=0&channel={text}"
    for text in CURSORS:
        yield f"/push/poll?channel=a&since={text}"
        yield f"/push/stream?channel=a&since={text}"
    for text in OTHERS:
        yield f"/push/poll?channel=a&{text}"


@pytest.mark.quick
@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheThreads, marks=pytest.mark.apache)],
)
def test_hostile_parameters(attack, server):
    site, every = attack.on(server), list(targets())
    with attack.beside(
        f"{len(every)} hostile parameters, 5 times ({server.__name__})",
        SLACK + held(20),
    ) as case:
        def refused(number):
            wrong = []
            for target in every[number::20] * 5:
                answer = exchange(site.port, head(target, CLOSE))
                status = status_of(answer)
                ours = b"problem+json" in answer
                if status != 400 or (ours and b"nosniff" not in answer):
                    wrong.append((target, answer[:300]))
            return wrong

        wrong = sum(at_once(20, refused), [])
        assert not wrong, f"{sorted({one[0] for one in wrong})}, {wrong[0]}"
        case.got(f"{5 * len(every)} × 400")
        future = site.get("poll", "a", since=FUTURE)
        assert future.status == 200, f"{future!r}"


# --- records ---------------------------------------------------------------

BEGIN, PARAMS, STDIN = fastcgi.BEGIN, fastcgi.PARAMS, fastcgi.STDIN


def crafted():
    """Bytes that no web server sends."""
    begin, whole = fastcgi.begin(1), fastcgi.request(
        fastcgi.environment("channel=a")
    )
    for content in (
        b"\xff" * 4 + b"\x01", b"\x05\x05ab", b"\x7f", b"\xff" * 8,
        b"\x80\0\0\x01\xff\xff\xff\xfeab", b"\xff" * 8 + b"a" * 65000,
        b"\x80\0\0\0\x80\0\0\0" * 8000,
    ):
        yield begin + fastcgi.record(PARAMS, 1, content) + fastcgi.record(
            PARAMS, 1
        )
    for kind in range(256):
        yield fastcgi.record(kind, 0, b"x" * 100)
        yield begin + fastcgi.record(kind, 1, b"x" * 100)
    yield fastcgi.record(fastcgi.GET_VALUES, 0, b"\x0e\0FCGI_MAX_CONNS" * 40)
    yield whole + whole
    yield begin * 1000
    yield fastcgi.begin(1, role=77) + whole
    yield fastcgi.begin(0) + whole
    yield begin + fastcgi.record(fastcgi.ABORT, 1) * 1000
    yield whole[:-8] + fastcgi.record(STDIN, 1, b"x" * 65535) * 30
    yield struct.pack(">BBHHBx", 1, BEGIN, 1, 65535, 255) + b"\0" * 65790
    yield b"\x01" * 100_000
    for version in (0, 2, 255):
        yield fastcgi.record(BEGIN, 1, b"\0\1\0\0\0\0\0\0", version=version)


def mutated(rng, count):
    """Requests of which some bytes are others."""
    whole = fastcgi.request(fastcgi.environment("channel=a", body=b"x" * 500))
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 10))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        yield bytes(data[: rng.choice((len(data), rng.randrange(len(data))))])


def http(rng, count):
    """The same of a handshake."""
    whole = upgrade_request("/push/websocket?channel=a")
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 10))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        yield bytes(data) + rng.randbytes(rng.choice((0, 0, 200)))


def throw(address, data):
    """Sends it, ends its side, and takes what comes."""
    with connect(address) as one:
        try:
            one.sendall(data)
            one.shutdown(1)
        except OSError:
            pass
        return bool(all_of(one))


@pytest.mark.quick
def test_malformed_records(attack):
    # It finds those that left, and leaves a WebSocket 4 s for a pong.
    attack.on(settings={"hold.beat": 2})
    rng, count = random.Random(7), 500
    pieces = {
        name: [*crafted(), *mutated(rng, count)]
        for name in ("sse", "longpoll", "publish", "websocket")
    }
    pieces["websocket"] += http(rng, count)
    many = sum(map(len, pieces.values()))
    with attack.beside(
        f"{many} connections with malformed records, on the sockets",
        SLACK + held(20) + heads(20, MAX_HEAD),
    ) as case:
        answered = []
        for name, list_ in pieces.items():
            address = attack.socket(name)

            def some(number, at=address, those=list_):
                return [throw(at, data) for data in those[number::20]]

            answered += sum(at_once(20, some), [])
        case.got(
            counted("answered" if one else "closed" for one in answered)
        )
