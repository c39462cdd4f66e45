# SPDX-License-Identifier: MIT
"""Rights that end while they are used."""

import time

from harness import jwt
from harness.check import Failed
from harness.jwt import bearer, mercure
from harness.private import TOKEN, servers
from harness.signed import opened_in_time, rights
from harness.techniques import ALL, Reading

STREAMS = [technique for technique in ALL if technique.holds == "stream"]
ONCE = [technique for technique in ALL if technique.holds == "once"]


def end_of(reading):
    """The notice, when it has come."""
    return [item for item in reading.items if "end" in item]


def wait_for_end(reading):
    """The notice, after which the stream ends."""
    name = reading.technique.name
    stream = reading.stream
    while not end_of(reading):
        if stream.ended or not stream.read(30):
            raise Failed(f"{name} has no end: {stream.story()}")
    notice = end_of(reading)
    assert len(notice) == 1, f"{name}: {notice}"
    assert notice[0]["end"] == {"reason": "expired"}, name
    if name == "websocket":
        assert stream.wait_close() == 4401
        assert "expired" in stream.close_reason
    else:
        # Where a cut must show, any end does: hold.content_length.
        has_length = "content-length" in stream.headers
        assert stream.wait_end() == ("cut" if has_length else "clean"), name
    return notice[0]["cursor"]


@servers
def test_a_stream_ends_when_its_signed_url_expires_and_goes_on_with_another(
    shared, stage, channel, server
):
    site = shared.site(TOKEN, server=server)
    publish = stage.command(site).publish
    for technique in STREAMS:  # its program runs
        Reading(site, technique, channel, **rights(channel)).ready().close()

    def attempt(seconds):
        made = rights(channel, ttl=f"{seconds}s")
        readings = [
            Reading(site, technique, channel, **made).ready()
            for technique in STREAMS
        ]
        publish(channel, "before")
        for reading in readings:
            assert reading.wait_data(1) == ["before"]
        return readings

    readings = opened_in_time(attempt)
    cursors = [wait_for_end(reading) for reading in readings]
    publish(channel, "between")
    new = rights(channel)
    again = [
        Reading(site, technique, channel, since=cursor, **new)
        for technique, cursor in zip(STREAMS, cursors)
    ]
    for reading in again:
        assert reading.wait_data(1) == ["between"], reading.technique.name
    publish(channel, "after")
    for reading in again:
        assert reading.wait_data(2) == ["between", "after"]


def short(seconds, *channels):
    """Claims that are good for so long, and when they end."""
    ends = int(time.time()) + seconds + 1
    return ends, mercure(channels, exp=ends - jwt.LEEWAY)


def forged(claims):
    return bearer(jwt.forge({"alg": "HS256"}, claims, jwt.SECRET))


@servers
def test_a_stream_ends_when_its_token_expires(shared, channel, server):
    """`leeway` after its exp."""
    site = shared.site(TOKEN, server=server)
    for technique in STREAMS:  # its program runs
        Reading(site, technique, channel, **rights(channel)).ready().close()

    def attempt(seconds):
        ends, claims = short(seconds, channel)
        headers = forged(claims)
        return ends, [
            Reading(site, technique, channel, headers=headers).ready()
            for technique in STREAMS
        ]

    ends, readings = opened_in_time(attempt)
    for reading in readings:
        wait_for_end(reading)
        assert time.time() >= ends


@servers
def test_what_waits_for_a_message_answers_when_its_right_ends(
    shared, channel, server
):
    site = shared.site({**TOKEN, "hold.wait": 3600}, server=server)

    def attempt(seconds):
        (name,) = channel.also(f"{seconds}s")
        made = rights(name, ttl=f"{seconds}s")
        readings = [
            Reading(site, technique, name, wait=3000, **made)
            for technique in ONCE
        ]
        for technique in ONCE:
            site.holds(technique.name, name, 1)
        return readings

    for reading in opened_in_time(attempt):
        reading.wait_end()
        assert reading.messages == [], reading.technique.name
        assert reading.cursor is not None


def test_a_stream_of_two_channels_ends_with_the_one_right_to_both(
    shared, channel
):
    site = shared.site(TOKEN)
    (other,) = channel.also("b")

    def attempt(seconds):
        _, claims = short(seconds, channel, other)
        headers = forged(claims)
        return Reading(
            site, STREAMS[0], [channel, other], headers=headers
        ).ready()

    wait_for_end(opened_in_time(attempt))


# --- WebSocket --------------------------------------------------------------


def ends(socket, count=1):
    socket.until(
        lambda: len([i for i in socket.items if "end" in i]) >= count, "end"
    )
    return [i["end"] for i in socket.items if "end" in i]


@servers
def test_a_channel_of_a_websocket_ends_and_the_others_go_on(
    shared, stage, channel, server
):
    site = shared.site(TOKEN, server=server)
    publish = stage.command(site).publish
    short, long = channel.also("short", "long")

    def attempt(seconds):
        socket = site.websocket(channel, **rights(channel)).ready()
        for name, ttl in ((short, f"{seconds}s"), (long, "10m")):
            made = rights(name, ttl=ttl)
            assert socket.command(ttl, subscribe=[name], **made).get("ok")
        publish(short, "1")
        assert socket.wait_messages(1) == ["1"]
        return socket

    socket = opened_in_time(attempt)
    assert ends(socket) == [{"reason": "expired", "channels": [short]}]
    cursor = socket.cursor
    publish(short, "2")
    for name in (channel, long):
        publish(name, name)
    assert socket.wait_messages(3)[1:] == [channel, long]
    refused = socket.command("r", subscribe=[short])
    assert refused["status"] == 401
    again = socket.command(
        "a", subscribe=[short], since=cursor, **rights(short)
    )
    assert again["ok"] == "subscribe"
    assert socket.wait_messages(4)[3] == "2"
    assert len(ends(socket)) == 1


def test_the_last_channel_of_a_websocket_closes_it(shared, channel):
    site = shared.site(TOKEN)
    (other,) = channel.also("b")

    def attempt(seconds):
        made = rights(channel, ttl=f"{seconds}s")
        socket = site.websocket(channel, **made).ready()
        assert socket.command(1, subscribe=[other], **rights(other)).get("ok")
        return socket

    socket = opened_in_time(attempt)
    expired = {"reason": "expired", "channels": [channel]}
    assert ends(socket) == [expired]
    made = rights(other, ttl="5s")  # both at once would be one notice
    assert socket.command(2, subscribe=[other], **made).get("ok")
    assert socket.wait_close() == 4401
    assert ends(socket, 2) == [expired, {"reason": "expired"}]


def test_a_right_that_is_renewed_in_time_goes_on(shared, stage, channel):
    site = shared.site(TOKEN)
    (other,) = channel.also("b")

    def attempt(seconds):
        made = rights(channel, ttl=f"{seconds}s")
        socket = site.websocket(channel, **made).ready()
        renewed = socket.command(1, subscribe=[channel], **rights(channel))
        assert renewed.get("ok") == "subscribe", f"{renewed}"
        made = rights(other, ttl=f"{seconds + 1}s")
        assert socket.command(2, subscribe=[other], **made).get("ok")
        return socket

    socket = opened_in_time(attempt)
    assert ends(socket) == [{"reason": "expired", "channels": [other]}]
    stage.command(site).publish(channel, "still here")
    assert socket.wait_messages(1) == ["still here"]


# --- what nobody can publish ------------------------------------------------


def test_nobody_publishes_an_end(site, channel, stage):
    answer = site.post(channel, "x", event="end")
    assert answer.status == 400, f"{answer!r}"
    done = stage.command(site).run("--event", "end", channel, "x")
    assert done.status != 0, f"{done!r}"
