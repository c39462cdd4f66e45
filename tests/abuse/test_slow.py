# SPDX-License-Identifier: MIT
"""Clients that send slowly, read slowly, or do neither."""

import time

import pytest

from attackers import (
    at_once,
    connect,
    counted,
    head,
    status_of,
    status_of_cgi,
)
from bounds import (
    LENGTH,
    MAX_BACKLOG,
    MESSAGE_MAX,
    REDIS_SLACK,
    SLACK,
    bodies,
    heads,
    held,
    kept,
    pages,
    replies,
    unfinished,
    waiting,
)
from harness import fastcgi, web
from harness.apache import ApacheThreads
from harness.check import Failed, until
from harness.lighttpd import Lighttpd
from harness.process import sockets
from harness.sse import Stream
from harness.ws_raw import CLOSE, CONTINUATION, TEXT, WebSocket, frame

FORM = "Content-Type: application/x-www-form-urlencoded"
SLOW, STEP = 300, 0.1  # clients; seconds between the bytes of one
TIMEOUT = {"request.timeout": 2}


def dribble(connections, data, over):
    """Sends each a byte at a time, until all have been answered."""
    left, at = dict(connections), 0
    while left:
        at = min(at + 1, len(data) - 1)
        for key, one in list(left.items()):
            try:
                one.sendall(data[at : at + 1])
            except OSError:
                del left[key]
        if over():
            return
        time.sleep(STEP)


def attack_slowly(address, data, started):
    """`SLOW` clients that send `started` bytes at once, and the rest byte by
    byte. Returns what each got until its end."""
    connections = {}
    for n in range(SLOW):
        connections[n] = one = connect(address)
        one.sendall(data[:started])
        one.setblocking(False)
    got = {n: b"" for n in connections}
    open_ = set(connections)

    def over():
        for n in list(open_):
            try:
                data = connections[n].recv(65536)
            except BlockingIOError:
                continue
            except ConnectionError:
                data = b""
            got[n] += data
            if not data:
                open_.discard(n)
        return not open_

    dribble(connections, data[started:] + b"x" * 2000, over)
    until(over, "the end of all slow clients")
    for one in connections.values():
        one.close()
    return list(got.values())


@pytest.mark.quick
def test_slow_heads_and_bodies_on_a_fastcgi_socket(attack):
    attack.on(settings=TIMEOUT)
    values = fastcgi.environment("", "POST", "publish", b"x" * 60000)
    whole = fastcgi.request(values, body=b"x" * 60000)
    with attack.beside(
        f"{2 * SLOW} slow heads and bodies on a FastCGI socket",
        SLACK + held(2 * SLOW) + unfinished(SLOW, 60000),
    ) as case:
        for started, what in ((40, "heads"), (len(whole) // 2, "bodies")):
            answers = attack_slowly(attack.socket("publish"), whole, started)
            statuses = [status_of_cgi(one) for one in answers]
            case.got(f"{what}: {counted(statuses)}")
            assert set(statuses) == {408}


@pytest.mark.quick
def test_slow_heads_on_the_http_listener(attack):
    attack.on(settings=TIMEOUT)
    data = head("/push/websocket?channel=a", "X: " + "y" * 3000)
    with attack.beside(
        f"{SLOW} slow heads on the HTTP listener",
        SLACK + held(SLOW) + heads(SLOW, 4096),
    ) as case:
        answers = attack_slowly(attack.socket("websocket"), data, 60)
        statuses = [status_of(one) for one in answers]
        case.got(counted(statuses))
        assert set(statuses) == {408}


@pytest.mark.quick
def test_slow_heads_and_bodies_reach_no_program(attack):
    """lighttpd passes on whole heads and, to FastCGI, whole bodies."""
    site = attack.on()
    ask = head("/push/sse?channel=a", "X: " + "y" * 3000)
    body = head("/push/publish", "Content-Length: 60000", FORM, method="POST")
    with attack.beside(
        f"{2 * SLOW} slow heads and bodies through lighttpd"
    ) as case:
        before = {n: sockets(site.responder(n)) for n in ("sse", "publish")}
        slow = [connect(site.port) for _ in range(2 * SLOW)]
        for at in range(20):
            for n, one in enumerate(slow):
                data = ask if n % 2 else body + b"x" * 1000
                one.sendall(data[:-3][30 * at : 30 * at + 30])
        # Publishers come and go, and some innocents long-poll.
        for name, count in before.items():
            assert sockets(site.responder(name)) < count + 50
        case.got(f"{2 * SLOW} × held by lighttpd only, without a program")
        for one in slow:
            one.close()


def test_websocket_messages_without_end(attack):
    """Each gets another byte as long as it is not closed."""
    # Soon, but the innocents have 4 s for a pong.
    site = attack.on(settings={"hold.beat": 2, "access.publish": "any"})
    count, most = 60, 6 * MESSAGE_MAX
    large = frame(CONTINUATION, b"*" * 32000, fin=False)
    small = frame(CONTINUATION, b"*", fin=False)

    def send_on(_):
        one = WebSocket(("127.0.0.1", site.port), "a")
        one.send(frame(TEXT, b"*", fin=False), *[large] * (most // 32000 - 1))
        while True:
            one.send(small)
            try:
                last = one.next(2 * STEP)
            except Failed:
                continue  # neither a message nor the end
            if last is None or last.opcode == CLOSE:
                one.close()
                return last and last.code()

    with attack.beside(
        f"{count} WebSocket messages of {most >> 10} KB without their end",
        SLACK + held(count) + bodies(count),
    ) as case:
        codes = at_once(count, send_on)
        case.got("closed: " + counted(codes))
        assert set(codes) == {1008}


# --- readers ---------------------------------------------------------------


def large(count):
    return [f"{n:04} " + "x" * 60000 for n in range(count)]


def stuck(site, count, kind="sse", **parameters):
    """Subscribers with small buffers, that have begun to get something."""
    target = f"/push/{kind}?" + web.query("big", **parameters)
    out = [Stream(site.port, target, receive=4096) for _ in range(count)]
    for one in out:
        one.opened()
    return out


@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheThreads, marks=pytest.mark.apache)],
)
def test_readers_of_nothing_under_a_flood(attack, server):
    """They are cut above hold.max_backlog."""
    site = attack.on(server)
    count = 60 if server is Lighttpd else 30
    with attack.beside(
        f"{count} read nothing while 24 MB are published ({server.__name__})",
        SLACK + held(count) + waiting(1, 24 << 20),
        REDIS_SLACK + kept(1, 60000),
    ) as case:
        deaf = stuck(site, count)
        for one in deaf:
            one.ready()
        reader = site.sse("big").ready()
        texts = large(400)
        for at in range(0, len(texts), 10):  # less than hold.max_backlog
            attack.fill("big", texts[at : at + 10])
            reader.wait_messages(at + 10)
        ends = [ended(one) for one in deaf]
        case.got(counted(ends))
        assert set(ends) == {"cut"}
        assert reader.data == texts
        reader.close()


def ended(stream):
    """How it ended; its socket still has bytes."""
    end = stream.wait_end()
    stream.close()
    return end


def test_readers_of_a_byte_a_second_and_of_nothing(attack):
    """60 of each read history. So few bytes open no window of TCP: the program
    sees that nothing is taken, and cuts all of them after a minute. Until then
    each costs one page at most, which the others have, too."""
    site = attack.on()
    attack.fill("big", large(LENGTH))
    count = 60
    with attack.beside(
        f"{count} readers of a byte a second, and {count} of nothing",
        SLACK + held(2 * count) + pages() + waiting(2 * count, 1 << 18),
        REDIS_SLACK + replies(MESSAGE_MAX),
    ) as case:
        slow = stuck(site, count, since="0")
        deaf = stuck(site, count, since="0")

        def gone():
            for one in slow:
                one.feed(one.socket.recv(1))
            said = site.log().count("the client reads nothing")
            return said == 2 * count

        until(gone, "the end of all of them", 90, 1)
        for readers, what in ((slow, "a byte"), (deaf, "nothing")):
            ends = [ended(one) for one in readers]
            case.got(f"{what}: {counted(ends)}")
            assert set(ends) == {"cut"}
