# SPDX-License-Identifier: MIT
"""push-doctor --kick: who is disconnected, everywhere, and kept out."""

import json
import shlex
import subprocess

import pytest

from harness import jwt, process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.check import until
from harness.jwt import bearer
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.private import TOKEN, ask, status
from harness.samples import sample
from harness.site import build
from harness.techniques import ALL, Reading
from harness.ways import through_each_way, way

LINES = sample("doc/operating.md", "sh", "--kick").splitlines()

BY_NAME = {technique.name: technique for technique in ALL}

servers = pytest.mark.parametrize(
    "server",
    [
        Lighttpd,
        LighttpdCgi,
        *(
            pytest.param(server, marks=pytest.mark.apache)
            for server in (ApacheProxy, ApacheFcgid, ApacheCgi)
        ),
    ],
    ids=lambda server: server.__name__,
)


def doctor(settings, *words, status=0):
    done = subprocess.run(
        [build("push-doctor"), *words],
        capture_output=True,
        text=True,
        env=process.clean_environment(settings),
        timeout=60,
        check=False,
    )
    assert done.returncode == status, f"{done}"
    return done.stdout + done.stderr


def kick(site, whom, seconds=60):
    """How many processes heard it."""
    words = ("--kick", whom, "--for", str(seconds), "--json")
    told = json.loads(doctor(site.settings, *words))
    assert (told["kicked"], told["seconds"]) == (whom, seconds)
    return told["processes"]


def wait_for_end(reading):
    reading.stream.until(
        lambda: [i["end"] for i in reading.items if "end" in i]
        == [{"reason": "kicked"}],
        "end",
    )
    reading.stream.until(lambda: reading.stream.ended, "the end")


def is_kept_out(stream):
    """Refused, or, by a process that had not read the list, ended."""
    stream.until(lambda: stream.status is not None, "head")
    if stream.status == 403:
        assert 0 < int(stream.headers["retry-after"]) <= 60
        return
    stream.until(lambda: '"kicked"' in stream.story(), "notice")
    stream.until(lambda: stream.ended, "the end")


@servers
def test_a_client_is_disconnected_and_kept_out(
    shared, stage, channel, server
):
    site = shared.site(server=server)
    publish = stage.command(site).publish
    name = f"tab-{server.__name__}"
    streams = [
        Reading(site, BY_NAME[technique], channel, client=name).ready()
        for technique in ("sse", "stream", "iframe")
    ]
    publish(channel, "one")
    waits = site.stream(
        "longpoll",
        channel,
        since=streams[0].wait_data(1) and streams[0].cursor,
        wait=50,
        client=name,
    )
    site.holds("longpoll", channel, 1)
    stays = Reading(site, BY_NAME["sse"], channel, client="other").ready()
    assert kick(site, f"client={name}") > 0
    for reading in streams:
        wait_for_end(reading)
    waits.until(lambda: waits.status is not None, "answer")
    assert waits.status == 403, waits.story()
    for technique in ("sse", "stream"):
        is_kept_out(ask(site, technique, channel, client=name))
    for technique in ("longpoll", "poll"):  # answered at once until it is read
        until(
            lambda t=technique: status(site, t, channel, client=name) == 403,
            f"a refusal of {technique}",
        )
        is_kept_out(ask(site, technique, channel, client=name))
    publish(channel, "two")
    assert stays.wait_data(1) == ["two"]


@through_each_way
def test_a_websocket_is_closed_with_4403(shared, channel, server):
    site = way(shared, server)
    (other,) = channel.also("b")
    name = f"socket-{server.__name__}"
    reading = Reading(
        site, BY_NAME["websocket"], [channel, other], client=name
    ).ready()
    stream = reading.stream
    kick(site, f"channel={other}")
    stream.until(
        lambda: reading.items[-1].get("end")
        == {"reason": "kicked", "channels": [other]},
        "the end of one channel",
    )
    kick(site, f"client={name}")
    assert stream.wait_close() == 4403


def test_a_user_is_the_subject_of_a_token(shared, channel):
    site = shared.site(TOKEN)
    claims = {"mercure": {"subscribe": [channel]}, "sub": "Ann B"}
    headers = bearer(jwt.forge({"alg": "HS256"}, claims, jwt.SECRET))
    sse = Reading(site, BY_NAME["sse"], channel, headers=headers).ready()
    kick(site, "user=Ann B")
    wait_for_end(sse)
    is_kept_out(ask(site, "sse", channel, headers))
    kick(site, "user=Ann B", 0)
    until(
        lambda: status(site, "sse", channel, headers) == 200,
        "that the program reads it",
    )
    Reading(site, BY_NAME["sse"], channel, headers=headers).ready()


def test_a_process_that_is_born_later_knows_it(stage, channel):
    redis = stage.redis()
    first = stage.site(redis=redis)
    until(  # its programs are not subscribed as soon as they run
        lambda: kick(first, f"channel={channel}") > 0, "a process that hears it"
    )
    site = stage.site(redis=redis)
    is_kept_out(ask(site, "sse", channel))


def test_the_lines_of_the_manual(stage):
    site = stage.site()
    out = [doctor(site.settings, *shlex.split(line)[1:]) for line in LINES]
    assert "user=ann is disconnected, and kept out for 3600 s. " in out[0]
    assert "channel=orders-42 is disconnected, and kept out for 60 s." in out[1]
    assert "client=tab-7 is disconnected, and may come back at once." in out[2]
    for line in out:
        assert line.endswith(("processes have heard it.\n", "has heard it.\n"))


def test_without_redis_it_says_so(stage):
    settings = {"bus.url": f"unix://{stage.folder}/none", "bus.timeout": 1}
    out = doctor(settings, "--kick", "user=ann", status=1)
    assert out.startswith("push-doctor: Redis cannot be reached: "), out
