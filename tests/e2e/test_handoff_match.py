# SPDX-License-Identifier: MIT
"""Which request belongs to a client that is handed off: what Apache does, in
any order, and what others on the machine could do. harness/handoff.py is in
Apache's place."""

import socket

import pytest

from harness.check import until
from harness.handoff import SECRET, Program

SHOWN = "PUSHCGI_HANDOFF_SECRET"
PORT = "PUSHCGI_HANDOFF_PORT"
PEER = "PUSHCGI_HANDOFF_PEER"


@pytest.fixture
def sse(stage):
    return stage.responder("sse", kind=Program)


def gets(client, channel, sse, stage):
    """It is subscribed to that channel."""
    client.has("event: cursor")
    stage.command(sse).publish(channel, f"for {channel}")
    client.has(f"data: for {channel}")


def is_cut(client):
    """It is subscribed to nothing."""
    assert client.ended() == ""


def still_works(sse, stage):
    client = sse.client()
    assert sse.ask(client, "channel=still").status == 200
    sse.hand(client.accepted)
    gets(client, "still", sse, stage)


# --- both arrive ------------------------------------------------------------------


def test_a_client_gets_what_its_request_asked_for(sse, stage):
    client = sse.client()
    answer = sse.ask(client, "channel=news")
    assert answer.status == 200
    assert answer.headers["Variable-Pushcgi_Handoff"] == "yes"
    sse.hand(client.accepted)
    gets(client, "news", sse, stage)


def test_a_client_that_arrives_before_its_request_is_cut(sse, stage):
    """Apache passes none before the program has allowed its request."""
    client = sse.client()
    sse.hand(client.accepted)
    is_cut(client)
    assert sse.ask(client, "channel=news").status == 200
    still_works(sse, stage)


def test_clients_arrive_in_another_order_than_their_requests(sse, stage):
    clients = [sse.client() for _ in range(20)]
    for n, client in enumerate(clients):
        sse.ask(client, f"channel=c{n}")
    for client in clients[::-1]:
        sse.hand(client.accepted)
    for n, client in enumerate(clients):
        gets(client, f"c{n}", sse, stage)
    for n, client in enumerate(clients):
        assert client.got.decode().count("data: for") == 1, f"c{n}"


def test_of_two_requests_from_one_port_neither_counts(sse, stage):
    """One was given up, and Apache may have asked about it later: it reads
    what a client sent before it left."""
    client = sse.client()
    sse.ask(client, "channel=one")
    sse.ask(client, "channel=two")
    sse.hand(client.accepted)
    is_cut(client)
    still_works(sse, stage)


def test_a_request_that_is_asked_about_twice_counts(sse, stage):
    client = sse.client()
    for _ in range(2):
        sse.ask(client, "channel=news")
    sse.hand(client.accepted)
    gets(client, "news", sse, stage)


def test_behind_mod_remoteip_the_address_of_the_connection_counts(sse, stage):
    client = sse.client()
    answer = sse.ask(client, "channel=news", REMOTE_ADDR="192.0.2.7")
    assert answer.status == 200
    sse.hand(client.accepted)
    gets(client, "news", sse, stage)


# --- one of both is missing ---------------------------------------------------------


def test_a_client_without_a_request_is_cut(sse, stage):
    client = sse.client()
    sse.hand(client.accepted)
    is_cut(client)
    still_works(sse, stage)


def test_a_request_counts_for_one_client(sse, stage):
    client = sse.client()
    sse.ask(client, "channel=news")
    again = client.accepted.dup()
    sse.hand(client.accepted)
    client.has("event: cursor")
    sse.hand(again)
    until(lambda: "event=handoff " in sse.log(), "a line in the log")
    gets(client, "news", sse, stage)
    assert client.got.decode().count("event: cursor") == 1


def test_a_refused_request_admits_no_client(sse):
    client = sse.client()
    assert sse.ask(client, "").status == 400
    sse.hand(client.accepted)
    is_cut(client)


def test_thousands_of_requests_without_clients_harm_nothing(sse, stage):
    for n in range(3000):
        client = sse.client()
        sse.ask(client, f"channel=c{n}")
        client.close()
        sse.clients.clear()
    still_works(sse, stage)


def test_a_client_that_left_is_not_held(sse, stage):
    client = sse.client()
    sse.ask(client, "channel=news")
    client.socket.close()
    sse.hand(client.accepted)
    still_works(sse, stage)
    assert sse.redis.subscribers("news") == 0
    started = [l for l in sse.log().splitlines() if "subscriber_start" in l]
    assert any("channel=still" in line for line in started)
    assert not any("channel=news" in line for line in started)


# --- another connection -----------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"REMOTE_PORT": "1"},
        {PEER: "127.0.0.9"},
        {PORT: "1"},
        {"SERVER_ADDR": "127.0.0.9"},
    ],
    ids=("port", "address", "local_port", "local_address"),
)
def test_a_request_of_another_connection_does_not_count(sse, changed):
    client = sse.client()
    answer = sse.ask(client, "channel=news", **changed)
    assert answer.status == 200
    sse.hand(client.accepted)
    is_cut(client)


# --- who asks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {SHOWN: SECRET[:-1] + "e"},
        {SHOWN: SECRET[:-1]},
        {SHOWN: SECRET + "0"},
        {SHOWN: ""},
        {SHOWN: None},
        {SHOWN: None, f"HTTP_{SHOWN}": SECRET},
        {SHOWN: None, f"REDIRECT_{SHOWN}": SECRET},
    ],
    ids=str,
)
def test_who_does_not_show_the_secret_is_refused(sse, stage, changed):
    refused(sse, stage, changed, 403)


@pytest.mark.parametrize(
    "changed",
    [
        {PORT: None},
        {PORT: "http"},
        {"REMOTE_PORT": None},
        {"FCGI_APACHE_ROLE": None},
    ],
    ids=str,
)
def test_what_does_not_name_a_connection_is_refused(sse, stage, changed):
    refused(sse, stage, changed)


def refused(sse, stage, changed, status=None):
    client = sse.client()
    answer = sse.ask(client, "channel=news", **changed)
    assert answer.status == status or (not status and answer.status >= 400)
    assert "Variable-Pushcgi_Handoff" not in answer.headers
    sse.hand(client.accepted)
    is_cut(client)
    still_works(sse, stage)


def test_a_login_that_apache_did_not_check_is_refused(sse):
    """mod_authnz_fcgi asks before mod_auth_basic does, with the name and the
    password that the client sent."""
    client = sse.client()
    claimed = {
        "REMOTE_USER": "alice",
        "AUTH_TYPE": "Basic",
        "REMOTE_PASSWD": "wrong",
    }
    answer = sse.ask(client, "channel=news", **claimed)
    assert answer.status == 403
    assert "pushcgi_handoff_login" in answer.json()["detail"]
    assert "wrong" not in sse.log()


def test_without_a_secret_everybody_is_refused(stage):
    sse = stage.responder("sse", {"handoff.secret": ""}, kind=Program)
    client = sse.client()
    assert sse.ask(client, "channel=news").status == 503
    assert "handoff.secret" in sse.log()


# --- what is passed ---------------------------------------------------------------


def test_what_is_no_connection_of_a_client_is_closed(sse, stage):
    """A local user may pass anything, if the socket's mode lets him."""
    inside, outside = socket.socketpair()
    sse.hand(inside)
    assert outside.recv(1) == b""
    sse.hand(socket.create_server(("127.0.0.1", 0)))
    sse.hand(socket.socket())
    sse.hand(socket.socket(type=socket.SOCK_DGRAM))
    sse.hand(open("/dev/null", "rb"))
    sse.hand([], b"\0")
    sse.hand([], b"")
    sse.hand([], b"GET / HTTP/1.1\r\n\r\n")
    still_works(sse, stage)


def test_of_several_descriptors_none_stays_open(sse, stage):
    pairs = [socket.socketpair() for _ in range(3)]
    sse.hand([inside for inside, _ in pairs])
    assert [outside.recv(1) for _, outside in pairs] == [b""] * 3
    still_works(sse, stage)


def test_who_connects_and_passes_nothing_harms_nothing(sse, stage):
    silent = []
    for _ in range(200):
        silent.append(socket.socket(socket.AF_UNIX))
        silent[-1].connect(sse.path)
    still_works(sse, stage)
    for one in silent:
        one.close()


def test_what_a_client_sends_afterwards_is_ignored(sse, stage):
    client = sse.client()
    sse.ask(client, "channel=news")
    client.socket.sendall(b"GET /x HTTP/1.1\r\n\r\n" * 100)
    sse.hand(client.accepted)
    client.has("event: cursor")
    client.socket.sendall(b"x" * 1000)
    gets(client, "news", sse, stage)
