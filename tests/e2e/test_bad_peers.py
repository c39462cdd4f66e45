# SPDX-License-Identifier: MIT
"""Peers that are silent, disconnect early or send garbage affect no other."""

import random
import struct
import time

from harness import fastcgi, web
from harness.fastcgi import Connection, environment
from test_fastcgi import (
    batch_query,
    responder,
    still_serves,
    still_serves_stream,
)

# Not so short that a request is late whose client or program was stopped between.
LATE = {"request.timeout": 5}


def test_a_wrong_version_closes_the_connection(shared):
    poll = responder(shared)
    for version in (0, 2, 255):
        connection = Connection(poll.address)
        connection.send(
            fastcgi.record(
                fastcgi.BEGIN, 1, struct.pack(">HB5x", 1, 0), version=version
            )
        )
        assert (
            connection.wait_closed()
        ), f"a record of version {version} is accepted"
        connection.close()
    still_serves(poll.address)


def test_garbage_closes_only_its_own_connection(shared):
    poll, rng = responder(shared), random.Random(11)
    for text in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x01\x01\x00\x00\x00\x08",
        b"\x01" * 500,
        b"\xff" * 500,
        *(rng.randbytes(rng.randrange(1, 400)) for _ in range(50)),
    ):
        connection = Connection(poll.address)
        try:
            connection.send(text)
        except OSError:
            pass
        connection.close()
    still_serves(poll.address)
    assert poll.process.alive(), "the program ended"


def test_params_of_a_wrong_length_close_only_their_connection(
    shared, channel, stage
):
    poll = responder(shared)
    for content in (
        b"\xff\xff\xff\xff\x01",
        b"\x80\x00\x10\x00\x01ab",
        b"\x05\x05ab",
        b"\x00\x00\x00\x00",
        b"\x7f",
        b"\xff" * 8,
        b"\xff" * 8 + b"ab",
        b"\x80\x00\x00\x01\xff\xff\xff\xfeab",
        b"\x01\xff\xff\xff\xffab",
    ):
        connection = Connection(poll.address)
        connection.send(
            fastcgi.begin(1)
            + fastcgi.record(fastcgi.PARAMS, 1, content)
            + fastcgi.record(fastcgi.PARAMS, 1)
            + fastcgi.record(fastcgi.STDIN, 1)
        )
        assert connection.wait_closed(), f"{content!r} stays open"
        connection.close()
        assert poll.process.alive(), f"{content!r} ended the program"
    stage.command(poll).publish(channel, "hello")
    response = fastcgi.fetch(poll.address, environment(batch_query(channel)))
    assert response.json()["messages"][0]["data"] == "hello"


def test_silent_peers_are_closed_and_delay_no_request(stage):
    poll = responder(stage, settings=LATE)
    head = fastcgi.request(environment(batch_query("news")))
    silent = [Connection(poll.address) for _ in range(50)]
    halves = []
    for n in range(50):
        halves.append(Connection(poll.address))
        halves[n].send(head[: 1 + n * 3])
    start = time.monotonic()
    for _ in range(20):
        still_serves(poll.address)
    assert time.monotonic() - start < 30, "other requests were delayed"
    for one in halves[8:]:  # shorter ones end in BEGIN_REQUEST
        assert one.response().status == 408
    for one in silent + halves:
        assert one.wait_closed(), "a silent peer is never closed"


def test_an_incomplete_body_times_out(stage):
    publish = responder(stage, "publish", LATE)
    body = web.form(channel="news", data="x" * 500)
    values = environment("", "POST", "publish", body)
    whole = fastcgi.request(values, body=body)
    connection = Connection(publish.address)
    connection.send(whole[:-200])
    response = connection.response()
    assert response.status == 408
    assert "request.timeout" in response.json()["detail"]
    assert connection.wait_closed(), "the connection stays open"
    assert publish.redis("EXISTS", "push:{news}:log") == 0


def test_a_body_of_another_length_is_not_published(shared, channel):
    publish = responder(shared, "publish")
    body = web.form(channel=channel, data="x" * 500)
    for length in (len(body) + 1, len(body) - 1, 0):
        values = environment(
            "", "POST", "publish", body, CONTENT_LENGTH=str(length)
        )
        response = fastcgi.fetch(publish.address, values, body)
        assert response.status == 400, f"status with {length} bytes"
        assert f"said {length}." in response.json()["detail"]
    assert publish.redis("EXISTS", channel.log) == 0
    values = environment("", "POST", "publish", body, CONTENT_LENGTH="")
    assert fastcgi.fetch(publish.address, values, body).status == 201
    assert publish.redis("XLEN", channel.log) == 1


def test_a_peer_that_reads_nothing_delays_no_subscriber(
    shared, channel, stage
):
    sse = responder(shared, "sse")
    command = stage.command(sse)
    deaf = [Connection(sse.address) for _ in range(5)]
    for one in deaf:
        one.send(fastcgi.request(environment(web.query(channel))))
        one.read_until(b"event: cursor")
    ids = command.lines(channel, ["x" * 60000] * 50)
    # It starts after them, so they are not in its backlog.
    listening = Connection(sse.address)
    listening.send(
        fastcgi.request(environment(web.query(channel, since=ids[-1])))
    )
    command.publish(channel, "hello")
    listening.read_until(b"data: hello")


def test_a_peer_that_disconnects_at_any_time_affects_no_other(
    shared, channel, stage
):
    """A write to it fails with EPIPE and raises no SIGPIPE."""
    sse, rng = responder(shared, "sse"), random.Random(5)
    command = stage.command(sse)
    ask = fastcgi.request(environment(web.query(channel, since="0")))
    for round_ in range(10):
        many = [Connection(sse.address) for _ in range(20)]
        for one in many:
            one.send(
                ask[
                    : rng.choice(
                        (len(ask), len(ask), rng.randrange(1, len(ask)))
                    )
                ]
            )
        for one in many[::2]:
            one.close()
        command.publish(channel, f"{round_} " + "x" * 10000)
        for one in many[1::2]:
            one.close()
    assert sse.process.alive(), "the program ended"
    still_serves_stream(sse)


def test_a_head_over_the_limit_is_431(stage):
    poll = responder(stage, settings={"request.max_head": 8192})
    for fill in (9000, 60000, 300000):
        response = fastcgi.fetch(
            poll.address,
            environment(batch_query("news"), HTTP_COOKIE="c" * fill),
        )
        assert response.status == 431, f"status with a cookie of {fill} bytes"
    response = fastcgi.fetch(
        poll.address, environment(batch_query("news"), HTTP_COOKIE="c" * 6000)
    )
    assert response.status == 200


def test_a_query_over_the_limit_is_414(stage):
    for program in ("poll", "sse", "publish"):
        one = responder(stage, program, {"request.max_query": 2000})
        query = batch_query("news") + "&x="
        method = "POST" if program == "publish" else "GET"
        for more, fits in ((2000 - len(query), True), (2001, False)):
            values = environment(query + "x" * more, method, program)
            connection = Connection(one.address)
            connection.send(fastcgi.request(values))
            if fits and program == "sse":
                connection.read_until(b"Status: 200")
            elif fits:
                assert connection.response().status in (200, 400)
            else:
                response = connection.response()
                assert response.status == 414
                assert "request.max_query" in response.json()["detail"]
            connection.close()
