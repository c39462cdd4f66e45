# SPDX-License-Identifier: MIT
"""Connections as fast as the machine allows, from one address."""

import errno
import selectors
import socket
import struct
import time

import pytest

from attackers import counted, head, in_processes, status_of
from bounds import REDIS_SLACK, SLACK, held, names, waiting
from harness import web
from harness.check import until

CLIENTS = 2  # processes
OPEN = 100  # connections of each, at a time
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no port waits after it
ASK = head("/push/sse?channel=busy")


def open_one(port):
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    one.setblocking(False)
    error = one.connect_ex(("127.0.0.1", port))
    assert error in (0, errno.EINPROGRESS), error
    return one


def connect_only(_, port, count):
    """Connects and resets."""
    for _ in range(count):
        with open_one(port):
            pass
    return count


def subscribe_and_leave(_, port, count):
    """Each connects, asks to be held, sees that it is, and leaves. Returns
    the statuses."""
    selector, statuses, begun = selectors.DefaultSelector(), [], 0
    while len(statuses) < count:
        while begun < count and len(selector.get_map()) < OPEN:
            selector.register(open_one(port), selectors.EVENT_WRITE)
            begun += 1
        for key, event in selector.select():
            if event & selectors.EVENT_WRITE:
                key.fileobj.sendall(ASK)
                selector.modify(key.fileobj, selectors.EVENT_READ)
                continue
            statuses.append(status_of(key.fileobj.recv(4096)))
            selector.unregister(key.fileobj)
            key.fileobj.close()
    return statuses


@pytest.mark.quick
def test_connects_without_a_request(attack):
    site, count = attack.on(), 20_000
    with attack.beside(f"{count:,} connects without a request") as case:
        began = time.monotonic()
        in_processes(CLIENTS, connect_only, site.port, count // CLIENTS)
        case.got(f"{count / (time.monotonic() - began):,.0f} a second")


@pytest.mark.quick
def test_subscribers_that_leave_at_once(attack):
    site, count = attack.on(), 3_000
    site.publish("busy", "a message")
    with attack.beside(
        f"{count:,} subscribers that leave at once",
        SLACK + held(2 * CLIENTS * OPEN),
    ) as case:
        began = time.monotonic()
        statuses = sum(
            in_processes(
                CLIENTS, subscribe_and_leave, site.port, count // CLIENTS
            ),
            [],
        )
        rate = count / (time.monotonic() - began)
        case.got(f"{counted(statuses)}, {rate:,.0f} a second")
        assert set(statuses) == {200}


# --- a channel for each ----------------------------------------------------

LOOKS, HOLDS, CALLBACKS = 100_000, 3_000, 2_000
KEPT = 50  # connections of a client


def look(number, port, program, count):
    """Polls for a new channel each time, on kept connections."""
    connections, statuses = [None] * KEPT, []
    clients = [web.Client(port) for _ in connections]
    for n in range(0, count, KEPT):
        for at, client in enumerate(clients):
            send_look(client, f"/push/{program}?channel=no-{number}.{n + at}")
        statuses += [read_look(client) for client in clients]
    return counted(statuses)


def send_look(client, target):
    if client.connection is None:
        client.connection = socket.create_connection(
            ("127.0.0.1", client.port)
        )
        client.connection.settimeout(client.timeout)
    client.connection.sendall(head(target))


def read_look(client):
    """The status of a response; its body must be there to the end."""
    data = client.connection.recv(65536)
    headers, _, body = data.partition(b"\r\n\r\n")
    status, fields = status_of(headers), headers.lower()
    while not whole(fields, body):
        more = client.connection.recv(65536)
        if not more:
            break
        body += more
    if b"connection: close" in fields:
        client.close()
    return status


def whole(fields, body):
    if b"transfer-encoding: chunked" in fields:
        return body.endswith(b"0\r\n\r\n")
    size = fields.partition(b"content-length: ")[2].split(b"\r\n")[0]
    return len(body) >= int(size or 0)


def looks(attack, count):
    site = attack.on()
    with attack.beside(
        f"a look for {count:,} channel names",
        SLACK + held(CLIENTS * KEPT),
    ) as case:
        began = time.monotonic()
        said = in_processes(
            CLIENTS, look, site.port, "poll", count // CLIENTS
        )
        rate = count / (time.monotonic() - began)
        case.got(f"{' and '.join(said)}, {rate:,.0f} a second")
        assert said == [f"{count // CLIENTS:,} × 200"] * CLIENTS
        keys = site.redis("KEYS", "*no-*")
        assert keys == [], "Redis keeps something of it"


@pytest.mark.quick
def test_a_look_for_few_channel_names(attack):
    looks(attack, 5_000)


def test_a_look_for_very_many_channel_names(attack):
    looks(attack, LOOKS)


def test_a_subscriber_for_each_channel_name(attack):
    site = attack.on()
    with attack.beside(
        f"{HOLDS:,} subscribers, each of a channel of its own",
        SLACK + held(HOLDS) + names(HOLDS),
        REDIS_SLACK + names(HOLDS),
    ) as case:
        some = []
        for n in range(HOLDS):
            some.append(site.sse(f"own-{n}"))
            if n % 100 == 99:
                for one in some[-100:]:
                    one.ready()
        for n in (0, HOLDS // 2, HOLDS - 1):
            site.publish(f"own-{n}", "hello")
            assert some[n].wait_messages(1) == ["hello"]
        case.got(f"{HOLDS:,} × held, each with its messages")
        for one in some:
            one.close()


def test_subscribers_of_32_channels_each(attack):
    """No two have a channel in common. They leave at once."""
    site, count = attack.on(), 500
    with attack.beside(
        f"{count} subscribers, each of 32 channels of its own",
        SLACK + held(count) + names(32 * count),
        REDIS_SLACK + names(32 * count),
    ) as case:
        some = [
            site.sse([f"own-{n}.{at}" for at in range(32)])
            for n in range(count)
        ]
        for one in some:
            one.ready()
        for n in (0, count - 1):
            site.publish(f"own-{n}.31", "hello")
            assert some[n].wait_messages(1) == ["hello"]
        for one in some:
            one.close()
        until(
            lambda: not site.redis("PUBSUB", "CHANNELS", "*own-*"),
            "the end of all subscriptions",
        )
        case.got(f"{count} × held, each with its messages")


def test_iframes_with_a_callback_each(attack):
    """A message is formatted once for all of them."""
    site, count, last = attack.on(), CALLBACKS, 50
    with attack.beside(
        f"{count:,} iframes, each with a callback of its own, and {last} "
        "messages of 2 KB",
        SLACK + held(count) + waiting(last, 2000),
    ) as case:
        some = []
        for n in range(count):
            some.append(site.stream("iframe", "all", callback=f"f{n}"))
        for one in some:
            one.until(lambda s=one: CALL in s.body, "a cursor")
        for n in range(last):
            site.publish("all", f"{n} " + "x" * 2000)
        for one in some:
            one.until(
                lambda s=one: s.body.count(CALL) > last, "all messages"
            )
            one.close()
        case.got(f"{count:,} × {last} messages")


CALL = b"<script>push("
