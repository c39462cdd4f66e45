# SPDX-License-Identifier: MIT
"""What subscribers may take of a web server (hold.budget and
hold.budget_lighttpd)."""

import socket
import time

import pytest

from harness import process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.check import WAIT, until
from harness.front import FastcgiFront
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.websocket import WebSocket

WORKERS, DESCRIPTORS = "hold.budget", "hold.budget_lighttpd"
apache = pytest.mark.apache
PROGRAMS = [
    pytest.param(ApacheFcgid, WORKERS, "sse", marks=apache, id="mod_fcgid"),
    pytest.param(ApacheCgi, WORKERS, "sse", marks=apache, id="mod_cgid"),
    pytest.param(
        ApacheProxy, WORKERS, "sse", marks=apache, id="mod_proxy_fcgi"
    ),
    pytest.param(
        ApacheProxy, WORKERS, "websocket", marks=apache, id="mod_proxy_http"
    ),
    pytest.param(Lighttpd, DESCRIPTORS, "sse", id="lighttpd_mod_fastcgi"),
    pytest.param(LighttpdCgi, WORKERS, "sse", id="lighttpd_mod_cgi"),
    pytest.param(LighttpdCgi, WORKERS, "websocket", id="lighttpd_cgi_upgrade"),
    pytest.param(Lighttpd, DESCRIPTORS, "websocket", id="lighttpd_mod_proxy"),
]
each_way = pytest.mark.parametrize("server,setting,program", PROGRAMS)
ABOVE = 'reason="above {} = {}: not held"'

# What a client can send: header fields, and a path.
FORGED = {
    "Push-Budget": "none",
    "PUSH-BUDGET": "none",
    "X-Push-Budget": "none",
}


def arrived(site, program, headers=None):
    """One that has ended, or has what was published after it came."""
    stream = site.stream(program, "news", headers, since="0")
    stream.wait_messages(1)
    more = site.publish("news", "more")

    def has_more():
        return more in [the_id(m) for m in stream.messages]

    stream.until(lambda: stream.ended or has_more(), "its end, or the message")
    return stream


def the_id(message):
    return message["id"] if isinstance(message, dict) else message.id


def held(site, program, headers=None):
    stream = arrived(site, program, headers)
    assert stream.ended is None, "it is not held"
    return stream


def refused(stream):
    """It got what there is, and when to come back."""
    assert stream.wait_end() is not None, "the response was held"
    assert stream.data[0] == "first"
    retries = (
        stream.retries
        if isinstance(stream, WebSocket)
        else [stream.lines.retry]
    )
    assert retries and retries[-1] is not None
    return stream


def is_refused(site, program):
    stream = arrived(site, program)
    stream.close()
    return stream.ended is not None


def says(site, line):
    until(lambda: line in site.log(), f"{line} in the log")


def site_of(stage, server, settings, program):
    site = stage.site(
        settings, server=server, websocket=program == "websocket"
    )
    site.publish("news", "first")
    return site


@each_way
def test_a_subscriber_above_the_budget_is_not_held(
    stage, server, setting, program
):
    site = site_of(stage, server, {setting: 2, "hold.beat": 1}, program)
    first, second = held(site, program), held(site, program)
    refused(site.stream(program, "news", since="0"))
    says(site, ABOVE.format(setting, 2))
    assert site.request("GET", "/index.html").status == 200
    site.publish("news", "last")
    for stream in (first, second):
        stream.until(lambda s=stream: s.data[-1] == "last", "the last message")
        assert stream.ended is None
    first.close()
    until(
        lambda: not is_refused(site, program), "room after one left", step=0.3
    )


@each_way
def test_a_client_cannot_leave_the_budget(stage, server, setting, program):
    site = site_of(stage, server, {setting: 1}, program)
    held(site, program, FORGED)
    refused(site.stream(program, "news", FORGED, since="0"))


@pytest.mark.parametrize(
    "server,program",
    [
        pytest.param(ApacheProxy, "sse", marks=apache),
        pytest.param(ApacheProxy, "websocket", marks=apache),
        pytest.param(ApacheFcgid, "sse", marks=apache),
        pytest.param(ApacheCgi, "sse", marks=apache),
    ],
)
def test_many_that_are_not_held_at_once_get_what_there_is(
    stage, server, program
):
    site = site_of(stage, server, {WORKERS: 1}, program)
    held(site, program)
    crowd = [site.stream(program, "news", since="0") for _ in range(10)]
    for one in crowd:
        refused(one)
    assert site.request("GET", "/index.html").status == 200


def forged_websocket(site):
    """With the path that a web server would ask for."""
    target = "/PUSH_BUDGET=descriptors/push/websocket?channel=news&since=0"
    socket = WebSocket(site.port, target)
    site.clients.append(socket)
    socket.until(lambda: socket.status is not None, "a response")
    return socket


@pytest.mark.parametrize(
    "server", [pytest.param(ApacheProxy, marks=apache), Lighttpd]
)
def test_a_client_cannot_state_a_budget_by_the_path(stage, server):
    site = stage.site({}, server=server, websocket=True)
    assert forged_websocket(site).status == 404


def test_what_a_client_states_behind_an_unmarked_server_is_not_counted(stage):
    settings = {WORKERS: 1, DESCRIPTORS: 1}
    site = site_of(stage, FastcgiFront, settings, "websocket")
    for mark in ("worker", "descriptors"):
        for _ in range(2):
            held(site, "websocket", {name: mark for name in FORGED})


@apache
def test_all_programs_have_one_budget(stage):
    site = site_of(stage, ApacheProxy, {WORKERS: 2}, "websocket")
    held(site, "sse")
    held(site, "websocket")
    refused(site.sse("news", since="0"))
    refused(site.websocket("news", since="0"))


@apache
def test_programs_of_mod_fcgid_leave_a_process_free(stage):
    site = stage.site({}, server=ApacheFcgid, class_size=4)
    site.publish("news", "first")
    for _ in range(3):
        held(site, "sse")
    refused(site.sse("news", since="0"))
    says(site, ABOVE.format("3/4 of class", 3))
    site.stream("stream", "news", since="0")  # another class
    live = "program=stream event=subscriber client=127.0.0.1 state=live"
    until(lambda: live in site.log(), "one of another program")


@apache
def test_a_bad_mark_is_logged_and_counts_for_nothing(stage):
    site = stage.site(
        {WORKERS: 1},
        server=ApacheProxy,
        after='<Location "/push/sse">\nSetEnv PUSH_BUDGET 7\n</Location>\n',
    )
    site.publish("news", "first")
    held(site, "sse")
    held(site, "sse")
    assert site.log().count("event=bad_budget") == 1


def crowd_of(site, count):
    """Comes one after the other. Returns those that are held, and those that
    are not, which have left."""
    crowd = []
    for _ in range(count):
        one = site.sse("news", since="0")
        one.wait_messages(1)
        crowd.append(one)
    site.publish("news", "second")
    for one in crowd:
        read_on(one, 2)
        if one.ended is not None:
            one.close()
    held_now = [one for one in crowd if one.ended is None]
    return held_now, [one for one in crowd if one.ended is not None]


def read_on(one, count):
    end = time.monotonic() + WAIT
    while one.ended is None and len(one.data) < count:
        assert time.monotonic() < end, one.story()
        one.read(1)


def test_a_full_lighttpd_serves_pages_polls_and_all_messages(stage):
    site = stage.site({}, descriptors=512)
    site.publish("news", "first")
    held_now, above = crowd_of(site, 230)
    assert len(held_now) == 179  # 35 %
    says(site, ABOVE.format(DESCRIPTORS, 179))
    assert site.request("GET", "/index.html").status == 200
    site.publish("news", "third")
    for one in held_now:
        assert one.wait_messages(3) == ["first", "second", "third"]
    for one in above:
        batch = site.get("poll", "news", since=one.cursor).json()
        later = [message["data"] for message in batch["messages"]]
        assert one.data + later == ["first", "second", "third"]


def test_a_full_lighttpd_recovers_from_a_burst(stage):
    site = stage.site({}, descriptors=512)
    site.publish("news", "first")
    held_now, _ = crowd_of(site, 200)
    burst = [
        socket.create_connection(("127.0.0.1", site.port)) for _ in range(150)
    ]
    stopped = "sockets disabled"
    until(lambda: stopped in process.read_log(site.logs()[0]), stopped)
    for one in burst:
        one.close()
    assert site.request("GET", "/index.html").status == 200
    site.publish("news", "third")
    for one in held_now:
        assert one.wait_messages(3) == ["first", "second", "third"]
