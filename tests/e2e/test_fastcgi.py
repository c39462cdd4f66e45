# SPDX-License-Identifier: MIT
"""Unusual but valid FastCGI."""

import random
import time

from harness import fastcgi, web
from harness.check import WAIT
from harness.fastcgi import Connection, environment


def responder(servers, program="longpoll", settings=None):
    """`servers`: shared, or a stage."""
    return servers.responder(program, settings)


def batch_query(channel):
    return web.query(channel, since="0", wait="0")


def still_serves(address):
    """Another request gets its response."""
    response = fastcgi.fetch(address, environment(web.query("health")))
    assert response.status == 200


def test_records_split_at_any_byte_are_one_request(shared, channel, stage):
    poll = responder(shared)
    stage.command(poll).publish(channel, "hello")
    request = fastcgi.request(environment(batch_query(channel)))
    for at in range(1, len(request), 7):
        connection = Connection(poll.address)
        connection.send(request[:at])
        time.sleep(0.001)
        connection.send(request[at:])
        data = [m["data"] for m in connection.response().json()["messages"]]
        assert data == ["hello"], f"data when split at {at}"
        connection.close()


def test_a_request_byte_by_byte_is_a_request(shared, channel, stage):
    poll = responder(shared)
    stage.command(poll).publish(channel, "hello")
    connection = Connection(poll.address)
    request = fastcgi.request(environment(batch_query(channel)))
    connection.send_pieces([request[i : i + 1] for i in range(len(request))])
    assert connection.response().json()["messages"][0]["data"] == "hello"


def test_padding_and_small_records_are_accepted(shared, channel, stage):
    poll = responder(shared)
    stage.command(poll).publish(channel, "hello")
    for size, padding in ((1, 0), (3, 255), (65535, 7), (8, 8)):
        connection = Connection(poll.address)
        connection.send(
            fastcgi.request(
                environment(batch_query(channel)), size=size, padding=padding
            )
        )
        data = [m["data"] for m in connection.response().json()["messages"]]
        assert data == ["hello"], f"data, records of {size}+{padding}"
        connection.close()


def test_any_request_id_is_answered_with_the_same(shared, channel):
    poll = responder(shared)
    for number in (1, 2, 255, 256, 65535):
        connection = Connection(poll.address)
        connection.send(
            fastcgi.request(environment(batch_query(channel)), number=number)
        )
        response = connection.response(number)
        assert (response.status, response.protocol_status) == (
            200,
            fastcgi.COMPLETE,
        ), f"response to request {number}"
        connection.close()


def test_requests_on_a_kept_connection_are_never_mixed(shared, channel, stage):
    names = channel.also(*map(str, range(20)))
    poll = responder(shared)
    command, rng = stage.command(poll), random.Random(7)
    for n in range(20):
        command.publish(names[n], f"data of {n}")
    connection = Connection(poll.address)
    for at in range(200):
        n = rng.randrange(20)
        number = rng.choice((1, 1, 2, 77))
        values = environment(
            batch_query(names[n]), HTTP_X_FILL="f" * rng.randrange(3000)
        )
        connection.send_pieces(
            fastcgi.split(
                fastcgi.request(
                    values,
                    number,
                    fastcgi.KEEP_CONN,
                    padding=rng.choice((0, 1, 255)),
                ),
                rng,
            )
        )
        response = connection.response(number)
        assert [
            (m["channel"], m["data"]) for m in response.json()["messages"]
        ] == [(names[n], f"data of {n}")], f"response {at}"
    connection.close()


def test_a_request_before_the_response_is_refused(shared, channel, stage):
    a, b = channel.also("a", "b")
    poll = responder(shared)
    command = stage.command(poll)
    command.publish(a, "for a")
    command.publish(b, "for b")
    connection = Connection(poll.address)
    connection.send(
        b"".join(
            fastcgi.request(
                environment(batch_query(name)), number, fastcgi.KEEP_CONN
            )
            for number, name in ((1, a), (2, b))
        )
    )
    refusal = connection.record()
    assert (refusal.kind, refusal.number, refusal.content[4]) == (
        fastcgi.END,
        2,
        fastcgi.CANT_MPX_CONN,
    )
    data = [m["data"] for m in connection.response(1).json()["messages"]]
    assert data == ["for a"]
    connection.send(fastcgi.request(environment(batch_query(b)), 2))
    data = [m["data"] for m in connection.response(2).json()["messages"]]
    assert data == ["for b"]


def test_a_record_is_read_to_its_end_after_an_early_response(
    shared, channel, stage
):
    """The program responds after the head. STDIN ends later, with some bytes
    of its record before the response and some after."""
    poll = responder(shared)
    stage.command(poll).publish(channel, "hello")
    request = fastcgi.request(
        environment(batch_query(channel)), flags=fastcgi.KEEP_CONN, padding=20
    )
    for held_back in (1, 4, 7, 8):
        connection = Connection(poll.address)
        for _ in range(3):
            connection.send(request[:-held_back])
            response = connection.response()
            assert response.json()["messages"][0]["data"] == "hello"
            connection.send(request[-held_back:])
        connection.close()


def test_bodies_on_a_kept_connection_are_never_mixed(shared, channel):
    names = channel.also(*map(str, range(7)))
    publish = responder(shared, "publish")
    connection, rng = Connection(publish.address), random.Random(3)
    for n in range(100):
        body = web.form(
            channel=names[n % 7],
            data=f"{n} " + "x" * rng.choice((0, 10, 5000, 60000)),
        )
        values = environment("", "POST", "publish", body)
        connection.send_pieces(
            fastcgi.split(
                fastcgi.request(
                    values,
                    flags=fastcgi.KEEP_CONN,
                    body=body,
                    size=rng.choice((100, 8192, 65535)),
                ),
                rng,
            )
        )
        response = connection.response()
        assert (response.status, response.json()["channel"]) == (
            201,
            names[n % 7],
        ), f"response {n}"
    for c in range(7):
        log = publish.redis("XRANGE", names[c].log, "-", "+")
        stored = [dict(zip(e[1][::2], e[1][1::2]))["d"] for e in log]
        firsts = [data.split()[0] for data in stored]
        assert firsts == [
            str(n) for n in range(100) if n % 7 == c
        ], f"messages of c{c}"


def test_without_keep_conn_the_connection_closes_after_the_response(
    shared, channel
):
    poll = responder(shared)
    connection = Connection(poll.address)
    connection.send(fastcgi.request(environment(batch_query(channel))))
    connection.response()
    assert connection.wait_closed(), "the connection stays open"


def test_get_values_returns_the_limits(shared, channel):
    poll = responder(shared)
    connection = Connection(poll.address)
    connection.send(
        fastcgi.record(
            fastcgi.GET_VALUES,
            0,
            fastcgi.pairs(
                {
                    "FCGI_MAX_CONNS": "",
                    "FCGI_MPXS_CONNS": "",
                    "FCGI_MAX_REQS": "",
                    "WHAT": "",
                }
            ),
        )
    )
    record = connection.record()
    assert (record.kind, record.number) == (fastcgi.GET_VALUES_RESULT, 0)
    values = unpack(record.content)
    assert sorted(values) == [
        "FCGI_MAX_CONNS",
        "FCGI_MAX_REQS",
        "FCGI_MPXS_CONNS",
    ]
    assert values["FCGI_MPXS_CONNS"] == "0"
    assert int(values["FCGI_MAX_CONNS"]) > 100, f"too few: {values}"
    connection.send(fastcgi.request(environment(batch_query(channel))))
    assert connection.response().status == 200


def unpack(content):
    values = {}
    while content:
        a, b = content[0], content[1]
        values[content[2 : 2 + a].decode()] = content[
            2 + a : 2 + a + b
        ].decode()
        content = content[2 + a + b :]
    return values


def test_many_get_values_at_once_are_answered(shared):
    poll = responder(shared)
    connection = Connection(poll.address)
    name = fastcgi.length(14) + fastcgi.length(0) + b"FCGI_MAX_CONNS"
    connection.send(fastcgi.record(fastcgi.GET_VALUES, 0, name * 40))
    try:
        connection.send(fastcgi.record(fastcgi.GET_VALUES, 0, name * 4000))
    except OSError:
        pass  # it may close after so many
    still_serves(poll.address)
    assert poll.process.alive(), "the program ended"


def test_an_unknown_management_record_gets_unknown_type(shared, channel):
    poll = responder(shared)
    connection = Connection(poll.address)
    connection.send(fastcgi.record(42, 0, b"what?", padding=3))
    record = connection.record()
    assert (record.kind, record.number, record.content[0]) == (
        fastcgi.UNKNOWN_TYPE,
        0,
        42,
    )
    connection.send(fastcgi.request(environment(batch_query(channel))))
    assert connection.response().status == 200


def test_an_unknown_role_is_refused(shared):
    poll = responder(shared)
    for role in (2, 3, 99):
        connection = Connection(poll.address)
        connection.send(fastcgi.begin(1, role=role))
        record = connection.record()
        assert (record.kind, record.content[4]) == (
            fastcgi.END,
            fastcgi.UNKNOWN_ROLE,
        ), f"response to role {role}"
        connection.close()
    still_serves(poll.address)


def test_a_second_request_during_a_held_one_is_refused(shared, channel, stage):
    sse = responder(shared, "sse")
    connection = Connection(sse.address)
    connection.send(
        fastcgi.request(
            environment(web.query(channel)), flags=fastcgi.KEEP_CONN
        )
    )
    connection.read_until(b"event: cursor")
    connection.send(fastcgi.begin(2))
    while True:
        record = connection.record()
        assert record is not None, "closed"
        if record.kind == fastcgi.END:
            break
    assert (record.number, record.content[4]) == (2, fastcgi.CANT_MPX_CONN)
    stage.command(sse).publish(channel, "hello")
    connection.read_until(b"data: hello")


def wait_end(connection):
    """The next END_REQUEST; None when the connection closes before it."""
    end = time.monotonic() + WAIT
    while True:
        record = connection.record(max(end - time.monotonic(), 0.01))
        if record is None or record.kind == fastcgi.END:
            return record


def test_abort_ends_a_held_request_and_keeps_the_connection(
    shared, channel, stage
):
    sse = responder(shared, "sse")
    connection = Connection(sse.address)
    for number in (1, 2, 2):
        connection.send(
            fastcgi.request(
                environment(web.query(channel)),
                number,
                fastcgi.KEEP_CONN,
            )
        )
        connection.read_until(b"event: cursor")
        connection.send(fastcgi.record(fastcgi.ABORT, number))
        record = wait_end(connection)
        assert record is not None, "the connection is closed"
        assert (record.number, record.content[4]) == (
            number,
            fastcgi.COMPLETE,
        )
    connection.send(fastcgi.request(environment(web.query(channel)), 3))
    connection.read_until(b"event: cursor")
    stage.command(sse).publish(channel, "hello")
    connection.read_until(b"data: hello")
    connection.send(fastcgi.record(fastcgi.ABORT, 3))
    assert connection.wait_closed(), "without KEEP_CONN it stays open"
    still_serves_stream(sse)


def still_serves_stream(sse):
    connection = Connection(sse.address)
    connection.send(fastcgi.request(environment(web.query("health"))))
    connection.read_until(b"event: cursor")
    connection.close()
