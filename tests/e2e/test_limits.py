# SPDX-License-Identifier: MIT
"""Limits that all programs of a host count together ([limit])."""

import pytest

from harness.apache import ApacheFcgid
from harness.check import until
from harness.fastcgi import Connection, begin, environment, pairs, record
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.ways import way

# The web server of the tests is a proxy, whose clients X-Forwarded-For states.
PROXIES = {"access.proxies": "127.0.0.1"}
ONE = {"X-Forwarded-For": "192.0.2.1"}
LIVE = "program={} event=subscriber client=192.0.2.1 state=live"
OTHER = {"X-Forwarded-For": "192.0.2.2"}
LATER = 10000  # ms, what who is not held is told at least


def limited(stage, server=Lighttpd, **limits):
    settings = {f"limit.{name}": value for name, value in limits.items()}
    return way(stage, server, {**PROXIES, "hold.beat": 1, **settings})


def is_held(stream):
    """It gets a heartbeat, and is not cut."""
    stream.until(lambda: stream.ended or stream.comments, "what comes of it")
    return not stream.ended


def refused(stream):
    """It got what there is, its cursor, and when to come back."""
    assert stream.wait_end() == "cut"
    assert stream.status == 200
    assert stream.lines.retry >= LATER
    return stream.data


def two_programs_share(stage, server):
    site = limited(stage, server, address_held=2)
    site.publish("news", "one")
    sse = site.sse("news", ONE, since="0")
    stream = site.stream("stream", "news", ONE, since="0")
    sse.wait_messages(1)
    until(lambda: LIVE.format("stream") in site.log(), "both held")
    assert refused(site.sse("news", ONE, since="0")) == ["one"]
    other = site.sse("news", OTHER, since="0")
    other.wait_messages(1)
    site.publish("news", "two")
    assert sse.wait_messages(2) == ["one", "two"]
    assert other.wait_messages(2) == ["one", "two"]
    assert 'reason="above limit.address_held = 2: not held"' in site.log()
    stream.close()

    def room():
        return is_held(site.sse("news", ONE, since="0"))

    until(room, "room after one has left", step=0.3)


def test_programs_of_a_host_share_the_limit_of_an_address(stage):
    two_programs_share(stage, Lighttpd)


@pytest.mark.apache
def test_processes_of_mod_fcgid_share_the_limit_of_an_address(stage):
    two_programs_share(stage, ApacheFcgid)


@pytest.mark.parametrize("server", [Lighttpd, LighttpdCgi])
def test_a_field_that_passes_for_x_forwarded_for_is_refused(stage, server):
    site = way(stage, server, {**PROXIES, "access.publish": "any"})
    for name in ("X_Forwarded_For", "X-Forwarded_For", "X.Forwarded.For"):
        forged = {name: "198.51.100.1", **ONE}
        assert site.post("news", "data", forged).status == 400
        assert site.get("longpoll", "news", forged, wait=0).status == 400
    assert "client=198.51.100.1" not in site.log()
    assert site.post("news", "data", ONE).status == 201


def test_a_longpoll_above_a_limit_gets_an_empty_batch_and_retry_after(stage):
    site = limited(stage, address_held=1)
    last = site.publish("news", "old")
    held = site.sse("news", ONE, since="0")
    held.wait_messages(1)
    response = site.get("longpoll", "news", ONE, since=last, wait=50)
    assert response.status == 200
    batch = response.json()
    assert (batch["messages"], batch["cursor"]) == ([], last)
    assert batch["retry"] >= LATER
    assert int(response.headers["Retry-After"]) * 1000 >= LATER


def test_a_websocket_above_a_limit_is_closed_with_1013(stage):
    site = limited(stage, address_held=1)
    site.publish("news", "old")
    held = site.sse("news", ONE, since="0")
    held.wait_messages(1)
    above = site.websocket("news", ONE, since="0")
    assert above.wait_close() == 1013
    assert above.data == ["old"]


def test_a_client_on_the_same_machine_has_no_limit(stage):
    site = limited(stage, address_held=1)
    site.publish("news", "old")
    held = [site.sse("news", since="0") for _ in range(3)]
    for one in held:
        one.wait_messages(1)
    site.publish("news", "new")
    for one in held:
        assert one.wait_messages(2) == ["old", "new"]


def test_connects_of_an_address_have_a_rate(stage):
    site = limited(stage, address_connects=3)
    site.publish("news", "old")

    def held(count):
        """How many of so many that come together."""
        together = [site.sse("news", ONE, since="0") for _ in range(count)]
        return sum(map(is_held, together))

    until(lambda: held(20) < 20, "a refusal")
    assert "above limit.address_connects = 3" in site.log()
    until(lambda: held(1), "room in another second", step=0.4)


def test_limits_hold_while_redis_is_away(stage):
    site = limited(stage, address_held=1)
    site.redis.stop()
    held = site.sse("news", ONE)
    held.opened()
    until(lambda: "event=redis_down" in site.log(), "Redis down")
    above = site.stream("stream", "news", ONE)
    assert above.wait_end() is not None, "the response was held"
    assert "above limit.address_held = 1" in site.log()
    assert held.ended is None
    site.redis.start()
    held.until(lambda: held.cursor, "the cursor")


def test_a_killed_program_holds_nothing(stage):
    redis = stage.redis()
    settings = {**PROXIES, "limit.address_held": 1}
    first = stage.responder("sse", settings, redis)
    second = stage.responder("stream", settings, redis)
    held = hold(first)
    until(lambda: "state=live" in first.log(), "one that is held")
    above = hold(second)
    until(lambda: "above limit.address_held" in second.log(), "a refusal")
    above.close()
    first.process.kill()
    held.close()

    def is_held():
        ended = second.log().count("state=ended")
        again = hold(second)
        until(
            lambda: "state=live" in second.log()
            or second.log().count("state=ended") > ended,
            "an answer",
        )
        again.close()
        return "state=live" in second.log()

    until(is_held, "one that is held")


def hold(responder):
    """A subscriber of one address by FastCGI."""
    connection = Connection(responder.address)
    values = environment("channel=news", REMOTE_ADDR="192.0.2.1")
    connection.send(begin(1) + record(4, 1, pairs(values)) + record(4, 1))
    return connection


def test_publications_of_an_address_have_a_rate(stage):
    site = stage.site(
        {**PROXIES, "access.publish": "any", "limit.publish_rate": 2}
    )
    responses = []

    def above():
        responses.append(site.post("news", "data", ONE))
        return responses[-1].status == 429

    until(above, "a refusal", step=0)
    last = responses.pop()
    assert last.headers["Retry-After"] == "1"
    assert last.json()["stored"] is False
    assert "limit.publish_rate" in last.json()["detail"]
    assert len(responses) >= 2
    assert [r.status for r in responses] == [201] * len(responses)
    assert site.post("news", "data", OTHER).status == 201
    until(lambda: not above(), "room in another second", step=0.4)


def test_publications_over_a_websocket_have_the_same_rate(stage):
    site = way(
        stage,
        Lighttpd,
        {**PROXIES, "access.publish": "any", "limit.publish_rate": 2},
    )
    socket = site.websocket("other", ONE).ready()
    for ref in range(40):  # in less than 20 seconds
        socket.send_command(ref, publish={"channel": "news", "data": "x"})
    socket.until(lambda: len(socket.replies) == 40, "40 replies")
    statuses = [reply.get("status") for reply in socket.replies]
    assert 429 in statuses
    assert site.redis("XLEN", "push:{news}:log") == statuses.count(None)


def test_an_address_creates_so_many_channels(stage):
    site = stage.site(
        {**PROXIES, "access.publish": "any", "limit.new_channels": 2}
    )
    assert site.post("one", "data", ONE).status == 201
    assert site.post("two", "data", ONE).status == 201
    refused = site.post("three", "data", ONE)
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "3600"
    assert refused.json()["stored"] is False
    assert "limit.new_channels" in refused.json()["detail"]
    assert site.redis("EXISTS", "push:{three}:tip") == 0
    assert site.post("one", "more", ONE).status == 201
    assert site.post("three", "data", OTHER).status == 201
    assert site.post("three", "more", ONE).status == 201


def test_a_websocket_creates_as_many_channels(stage):
    site = way(
        stage,
        Lighttpd,
        {**PROXIES, "access.publish": "any", "limit.new_channels": 1},
    )
    socket = site.websocket("news", ONE).ready()
    statuses = []
    for ref, name in enumerate(("one", "two", "one")):
        socket.send_command(ref, publish={"channel": name, "data": "x"})
        socket.until(lambda: len(socket.replies) == ref + 1, "a reply")
        statuses.append(socket.replies[ref].get("status"))
    assert statuses == [None, 429, None]
