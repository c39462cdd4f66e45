# SPDX-License-Identifier: MIT
"""Floods of publications, and bodies that are not what they seem."""

import gzip
import json
import threading

import pytest

from attackers import (
    at_once,
    counted,
    exchange,
    head,
    in_processes,
    status_of,
)
from bounds import (
    MAX_BACKLOG,
    MESSAGE_MAX,
    REDIS_SLACK,
    SLACK,
    bodies,
    commands,
    held,
    kept,
    pages,
    waiting,
)
from harness import web
from harness.apache import ApacheThreads
from harness.check import WAIT, Failed, in_order, until
from harness.lighttpd import Lighttpd
from harness.sse import Stream
from harness.ws_raw import CLOSE as CLOSE_FRAME
from harness.ws_raw import WebSocket, text

# Without a limit: this is about what each costs.
FREE = {"access.publish": "any", "limit.publish_rate": 0}
CLIENTS = 4
END = "the end"


def flood(port, size, count):
    """Returns the statuses and ids."""
    client, out = web.Client(port), []
    body = web.form(channel="flood", data="x" * size)
    for _ in range(count):
        response = client.request("POST", "/push/publish", body, web.FORM)
        id_ = response.json()["id"] if response.status == 201 else None
        out.append((response.status, id_))
    client.close()
    return out


def read(port):
    """Reads to the end of the flood, and comes back when it is cut. Returns
    the ids, and how often it was cut."""
    ids, cuts, cursor = [], 0, "0"
    while True:
        target = "/push/sse?" + web.query("flood", since=cursor)
        stream = Stream(port, target)
        while not stream.ended and END not in stream.data[-1:]:
            stream.read(WAIT)
        ids += [one.id for one in stream.messages]
        stream.close()
        if stream.gaps:
            raise Failed(f"a gap: {stream.gaps}")
        if END in stream.data[-1:]:
            return ids[:-1], cuts
        cuts, cursor = cuts + 1, stream.cursor or cursor


def flood_or_read(number, port, size, count):
    if number < CLIENTS:
        return flood(port, size, count)
    return read(port)


@pytest.mark.parametrize(
    "server, size, count",
    [
        pytest.param(Lighttpd, 10, 3000, marks=pytest.mark.quick),
        (Lighttpd, MESSAGE_MAX, 1200),
        pytest.param(
            ApacheThreads, MESSAGE_MAX, 1200, marks=pytest.mark.apache
        ),
    ],
)
def test_publish_floods(attack, server, size, count):
    """Two read all of it."""
    site = attack.on(server, {**FREE, "history.length": 2 * count})
    with attack.beside(
        f"{count} publications of {size} bytes at once ({server.__name__})",
        SLACK + held(10) + bodies(CLIENTS) + waiting(2, MAX_BACKLOG) + pages(),
        REDIS_SLACK + kept(1, size, 2 * count) + commands(CLIENTS + 10, size),
    ) as case:
        done = threading.Thread(target=end_flood, args=(site, count))
        done.start()
        said = in_processes(
            CLIENTS + 2, flood_or_read, site.port, size, count // CLIENTS
        )
        done.join()
        statuses, ids = zip(*sum(said[:CLIENTS], []))
        case.got(
            f"{counted(statuses)}; 2 readers got all, and were cut "
            f"{sum(cuts for _, cuts in said[CLIENTS:])} times"
        )
        assert set(statuses) == {201}
        for got, _ in said[CLIENTS:]:
            in_order(got, sorted(ids, key=id_order))


def id_order(id_):
    return tuple(map(int, id_.split("-")))


def end_flood(site, count):
    """Publishes the last message when all others are there."""
    until(
        lambda: site.redis("XLEN", "push:{flood}:log") >= count,
        "all publications",
        90,
    )
    site.publish("flood", END)


# --- bodies ----------------------------------------------------------------

FORM = "Content-Type: application/x-www-form-urlencoded"
CLOSE = "Connection: close"
BODY = web.form(channel="body", data="x" * 20_000)


def post(*fields):
    return head("/push/publish", FORM, CLOSE, *fields, method="POST")


def sized(body, more=0):
    return f"Content-Length: {len(body) + more}"


def chunked(body):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


SHORT = "short"
ZIPPED = gzip.compress(b"channel=body&data=" + b"x" * (16 << 20))
CHUNKED = "Transfer-Encoding: chunked"
BODIES = {
    SHORT: (post(sized(BODY, 500)) + BODY, {0, 400}),
    "without a length, in chunks": (post(CHUNKED) + chunked(BODY), {201}),
    "without a length": (post() + BODY, {400, 411}),
    "two lengths": (post(sized(BODY), "Content-Length: 3") + BODY, {400}),
    "a length and chunks": (
        post(sized(BODY), CHUNKED) + chunked(BODY),
        {201, 400},
    ),
    "a length below 0": (post("Content-Length: -1") + BODY, {400, 413}),
    "a length above all": (post(f"Content-Length: {1 << 70}"), {400, 413}),
    "a chunk above all": (
        post(CHUNKED) + b"f" * 17 + b"\r\n" + BODY,
        {400, 413},
    ),
    "a chunk without a length": (post(CHUNKED) + b"zz\r\n" + BODY, {400}),
    "compressed": (
        post(sized(ZIPPED), "Content-Encoding: gzip") + ZIPPED,
        {415},
    ),
    "of another type": (
        post(sized(BODY)).replace(FORM.encode(), b"Content-Type: x/y") + BODY,
        {415},
    ),
}


@pytest.mark.quick
@pytest.mark.parametrize(
    "server",
    [Lighttpd, pytest.param(ApacheThreads, marks=pytest.mark.apache)],
)
def test_hostile_bodies(attack, server):
    site, at_a_time = attack.on(server), 20
    with attack.beside(
        f"{at_a_time * len(BODIES)} hostile bodies ({server.__name__})",
        SLACK + held(at_a_time) + bodies(at_a_time),
        REDIS_SLACK + commands(at_a_time, 20_000),
    ) as case:
        every = []
        for name, (request, wanted) in BODIES.items():
            statuses = at_once(
                at_a_time,
                lambda _, data=request, shut=name == SHORT: status_of(
                    exchange(site.port, data, shut)
                ),
            )
            assert set(statuses) <= wanted, f"{name}: {counted(statuses)}"
            every += statuses
        case.got(counted(every))
        stored = site.redis("XRANGE", "push:{body}:log", "-", "+")
        assert len(stored) == every.count(201)
        data = {dict(zip(e[1][::2], e[1][1::2]))["d"] for e in stored}
        assert data == {"x" * 20_000}


# --- a WebSocket -----------------------------------------------------------

SLOWLY = 40  # below websocket.max_rate


def status_of_reply(came):
    return came.json().get("status", 201)


@pytest.mark.quick
def test_publications_over_websockets(attack):
    """Above websocket.max_rate they are refused, far above it is closed."""
    site, count, each = attack.on(settings=FREE), 20, 1000
    command = text(
        json.dumps({"publish": {"channel": "flood", "data": "x" * 100}})
    )

    def publish(_):
        one = WebSocket(("127.0.0.1", site.port), "a")
        one.send(command * SLOWLY)
        statuses = [status_of_reply(one.next()) for _ in range(SLOWLY)]
        one.send(command * each)
        code = None
        while (came := one.next()) is not None:
            if came.opcode == CLOSE_FRAME:
                code = came.code()
            else:
                statuses.append(status_of_reply(came))
        one.close()
        return statuses, code

    with attack.beside(
        f"{count * each} publications over {count} WebSockets at once",
        SLACK + held(count) + bodies(count),
        REDIS_SLACK + kept(1, 100) + commands(count, 100),
    ) as case:
        said = at_once(count, publish)
        statuses = sum((one[0] for one in said), [])
        codes = [code for _, code in said]
        case.got(f"{counted(statuses)}; closed: {counted(codes)}")
        assert set(statuses) == {201, 429}
        assert statuses.count(201) >= count * SLOWLY
        assert set(codes) == {1008}
        assert site.redis("XLEN", "push:{flood}:log") >= statuses.count(201)
