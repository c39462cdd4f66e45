# SPDX-License-Identifier: MIT
"""Clients that Apache hands off to the programs: what they are answered."""

import socket
import subprocess

import pytest

from harness import techniques
from harness.apache import module
from harness.check import until
from harness.cut import ENDLESS
from harness.handoff import TEN_THREADS, ApacheHandoff
from harness.http2 import Http2
from harness.https import with_https
from harness.site import HOLDING
from harness.techniques import Reading

pytestmark = [pytest.mark.apache, pytest.mark.shipped]

TECHNIQUES = {t.name: t for t in techniques.ALL}
STREAMS = ("sse", "stream", "iframe")
ORIGIN = "https://shop.example"
CORS = {"access.origins": ORIGIN}
# Lines of the connection, not of the response; and Apache adds these.
OF_THE_SERVER = (
    *("accept-ranges", "connection", "date", "server"),
    *("transfer-encoding", "upgrade"),
)


@pytest.fixture
def site(shared):
    return shared.site(server=ApacheHandoff)


def raw(port, text):
    """All that is answered until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), 20) as to:
        to.sendall(text.encode())
        out = b""
        while data := to.recv(65536):
            out += data
    return out.decode()


# --- held ---------------------------------------------------------------------


def test_subscribers_take_no_thread_of_apache(stage):
    """It has 10 of them."""
    site = stage.site(server=ApacheHandoff, after=TEN_THREADS)
    held = [site.sse("news").ready() for _ in range(50)]
    assert site.request("GET", "/index.html").status == 200
    site.publish("news", "hello")
    assert [one.wait_messages(1) for one in held] == [["hello"]] * 50


def test_subscribers_are_not_counted_by_hold_budget(stage):
    site = stage.site({"hold.budget": 1}, server=ApacheHandoff)
    held = [site.sse("news").ready() for _ in range(3)]
    site.publish("news", "hello")
    assert [one.wait_messages(1) for one in held] == [["hello"]] * 3


def test_a_subscriber_continues_from_its_cursor(site, channel):
    for text in ("one", "two"):
        site.publish(channel, text)
    subscriber = site.sse(channel, since="0")
    assert subscriber.wait_messages(2) == ["one", "two"]
    subscriber.close()
    site.publish(channel, "three")
    again = site.sse(channel, {"Last-Event-ID": subscriber.cursor})
    assert again.wait_messages(1) == ["three"]


def test_a_request_with_much_in_its_head_is_handed_off(site, channel):
    cookies = "; ".join(f"c{n}={'x' * 100}" for n in range(60))
    subscriber = site.sse(channel, {"Cookie": cookies}).ready()
    site.publish(channel, "hello")
    assert subscriber.wait_messages(1) == ["hello"]


# --- heads --------------------------------------------------------------------


def head(site, name, channel):
    """Of a response, without what is the server's."""
    headers = {"Origin": ORIGIN}
    reading = Reading(
        site, TECHNIQUES[name], channel, headers=headers, wait=0
    )
    reading.stream.opened()
    reading.close()
    return {
        name: value
        for name, value in reading.stream.headers.items()
        if name not in OF_THE_SERVER
    }


@pytest.mark.parametrize("name", HOLDING)
def test_a_response_has_the_headers_it_has_over_fastcgi(
    shared, name, channel
):
    here = head(shared.site(CORS, server=ApacheHandoff), name, channel)
    there = head(shared.site(CORS), name, channel)
    if name in STREAMS:
        assert here.pop("content-length") == ENDLESS
    there.pop("content-length", None)
    assert here == there


def test_a_message_of_a_batch_is_not_cut_off(shared, channel):
    """Its length is not known when Apache sends the head."""
    site = shared.site(server=ApacheHandoff)
    site.publish(channel, "x" * 60000)
    for name in ("longpoll", "jsonp"):
        reading = Reading(site, TECHNIQUES[name], channel, "0").wait_end()
        assert reading.messages[0]["data"] == "x" * 60000
        assert "content-length" not in reading.stream.headers


# --- what is refused ------------------------------------------------------------


@pytest.mark.parametrize("name", HOLDING)
def test_a_request_without_a_channel_is_refused(site, name):
    answer = site.get(name)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "channel" in answer.json()["detail"]


def test_a_subscriber_without_a_right_is_refused(shared, channel):
    site = shared.site(
        {"access.subscribe": "token", "access.secret": "s" * 32, **CORS},
        server=ApacheHandoff,
    )
    answer = site.get("sse", channel, {"Origin": ORIGIN})
    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["WWW-Authenticate"]
    assert answer.json()["status"] == 401


def test_a_page_of_another_origin_may_not_read(site, channel):
    stream = site.sse(channel, {"Origin": ORIGIN}).ready()
    assert "access-control-allow-origin" not in stream.headers


def test_a_preflight_is_answered(shared, channel):
    site = shared.site(CORS, server=ApacheHandoff)
    answer = site.request(
        "OPTIONS",
        f"/push/sse?channel={channel}",
        None,
        {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "last-event-id",
        },
    )
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "last-event-id" in allowed
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("method", ("HEAD", "POST", "PUT"))
def test_another_method_is_refused(site, channel, method):
    answer = site.request(method, f"/push/sse?channel={channel}")
    assert answer.status == 405
    assert "GET, OPTIONS" in answer.headers.get_all("Allow")


def test_http_1_0_is_refused(site, channel):
    answer = raw(site.port, f"GET /push/sse?channel={channel} HTTP/1.0\r\n\r\n")
    assert answer.split()[1] == "505"
    assert "HTTP/1.1" in answer


def test_http_2_is_refused_and_its_connection_goes_on(stage):
    site = stage.site(
        server=ApacheHandoff,
        before=module("http2") + "\nProtocols h2c http/1.1\n",
    )
    browser = Http2(site.port)
    request = browser.ask("/push/sse?channel=news")
    browser.until(lambda: request in browser.ended, 20, "an answer")
    assert b"HTTP/1.1" in browser.bodies[request]
    assert browser.page()


@pytest.mark.needs("curl")
def test_https_is_refused(stage):
    site = with_https(stage, ApacheHandoff, http2=False)
    done = subprocess.run(
        ["curl", "-sik", site.secure("push/sse?channel=news")],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    head, _, body = done.stdout.partition("\n\n")
    assert head.startswith("HTTP/1.1 501 ")
    assert "TLS" in body


def test_a_program_that_does_not_run_is_a_500_that_says_when_to_retry(stage):
    site = stage.site(server=ApacheHandoff)
    site.programs["sse"].stop()
    answer = site.get("sse", "news")
    assert (answer.status, answer.headers["Retry-After"]) == (500, "2")
    assert answer.json()["status"] == 500
    site.start_program("sse")
    subscriber = site.sse("news").ready()
    site.publish("news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]


# --- connections ----------------------------------------------------------------


def test_a_connection_that_had_other_requests_is_handed_off(site, channel):
    site.publish(channel, "hello")
    text = raw_until(
        site.port,
        "GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /push/poll?channel=x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        f"GET /push/sse?channel={channel}&since=0 HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n",
        "data: hello",
    )
    assert text.count("HTTP/1.1 200 OK") == 3


def raw_until(port, text, end):
    with socket.create_connection(("127.0.0.1", port), 20) as to:
        to.sendall(text.encode())
        out = ""
        while end not in out:
            data = to.recv(65536)
            assert data, f"the connection ended after {out[-500:]!r}"
            out += data.decode()
    return out


def test_a_refused_request_leaves_its_connection_usable(site, channel):
    client = site.client()
    assert client.request("GET", "/push/sse").status == 400
    assert client.request("GET", "/index.html").status == 200


def test_a_pipelined_request_behind_a_stream_harms_nothing(site, channel):
    """Its bytes are Apache's, or are dropped: the stream has no end."""
    request = (
        f"GET /push/sse?channel={channel}&since=0 HTTP/1.1\r\n"
        "Host: localhost\r\n\r\n"
    )
    until(lambda: site.publish(channel, "hello"), "a message")
    text = raw_until(site.port, request * 2, "data: hello")
    assert text.count("HTTP/1.1 200") == 1
