# SPDX-License-Identifier: MIT
"""A program whose descriptors are used up: each client comes back."""

import selectors
import socket
import time

import pytest

from harness import fastcgi, process, web
from harness.check import WAIT, Failed, until
from harness.client import client_page
from harness.handoff import ApacheHandoff
from harness.public_clients import InPage
from test_come_back import EVENT_SOURCE

FEW = 300  # descriptors of a program
USED = 254  # sockets of a full one, which still has some descriptors
CROWD = 2000  # clients that come together
LEAVE = 3  # s: whoever is not held has left
SOON = {"hold.retry": 1, "request.timeout": 600}
SUBSCRIBE = (
    "GET /push/{}?channel={}&since=0&callback=f HTTP/1.1\r\n"
    "Host: localhost\r\n\r\n"
)


class Crowd:
    """Takes all descriptors of a program behind Apache: it holds as many as it
    may, and of the rest nearly all wait for a socket of Apache's."""

    def __init__(self, site, name):
        self.site, self.name = site, name
        self.held = [self.subscribe("crowd") for _ in range(FEW)]
        for one in self.held:
            one.recv(4096)
        self.used = 0
        until(self.settles, "those not held left", step=LEAVE)
        for _ in range(USED - self.used):
            self.held.append(socket.socket(socket.AF_UNIX))
            self.held[-1].connect(site.descriptor_socket(name))
        until(lambda: self.count() >= USED, "used descriptors")

    def count(self):
        return process.sockets(self.site.responder(self.name))

    def settles(self):
        before, self.used = self.used, self.count()
        return before == self.used

    def subscribe(self, channel):
        to = socket.create_connection(("127.0.0.1", self.site.port), WAIT)
        to.sendall(SUBSCRIBE.format(self.name, channel).encode())
        return to

    def answer(self, channel="news"):
        """All that a further client gets."""
        got = b""
        with self.subscribe(channel) as to:
            try:
                while data := to.recv(4096):
                    got += data
            except (ConnectionResetError, TimeoutError):
                pass
        return got.decode()

    def gets(self, text):
        """Whether a further client does; Apache sends the head before it."""
        got = b""
        with self.subscribe("news") as to:
            try:
                while text not in got and (data := to.recv(4096)):
                    got += data
            except ConnectionResetError:
                pass
        return text in got

    def leave(self):
        for one in self.held:
            one.close()
        self.held = []


def handoff(stage):
    site = stage.site(SOON, server=ApacheHandoff, nofile=FEW)
    site.publish("news", "first")
    return site


# --- by hand-off -------------------------------------------------------------


@pytest.mark.apache
@pytest.mark.parametrize("name", ["sse", "stream", "iframe"])
def test_a_full_program_tells_a_stream_to_come_back(stage, name):
    site = handoff(stage)
    crowd = Crowd(site, name)
    for _ in range(200):
        got = crowd.answer()
        assert got.startswith("HTTP/1.1 200 ")
        assert "first" not in got
        assert "retry" in got.split("\r\n\r\n", 1)[1]
    assert site.request("GET", "/index.html").status == 200
    crowd.leave()
    until(lambda: crowd.gets(b"first"), "room")


@pytest.mark.apache
@pytest.mark.parametrize("name", ["longpoll", "jsonp"])
def test_a_full_program_gives_a_long_poll_503(stage, name):
    site = handoff(stage)
    crowd = Crowd(site, name)
    got = crowd.answer()
    assert got.startswith("HTTP/1.1 503 ")
    assert "\r\nRetry-After: 1\r\n" in got
    crowd.leave()


@pytest.mark.apache
@pytest.mark.browser
def test_an_event_source_comes_back_to_a_full_program(stage, browser):
    site = handoff(stage)
    site.page("event-source.html", EVENT_SOURCE)
    crowd = Crowd(site, "sse")
    page = InPage.__new__(InPage)
    page.browser = browser
    browser.go(site.url("event-source.html?channel=a&since=0"))
    browser.until("return times >= 3", "EventSource coming back")
    assert page.said("got") == []
    crowd.leave()
    site.publish("a", "hello")
    until(lambda: page.said("got") == ["hello"], "the message", 30)
    assert page.said("odd") == []


@pytest.mark.apache
@pytest.mark.browser
@pytest.mark.parametrize("name", ["sse", "stream", "longpoll", "jsonp"])
def test_push_js_comes_back_to_a_full_program(stage, browser, name):
    """Also after a 503."""
    site = handoff(stage)
    crowd = Crowd(site, name)
    page = client_page(browser, site, "a")
    page.start(techniques=[name], share=False, resume=False)
    page.until("return errors.length > 0", "a refusal")
    crowd.leave()
    page.opened(name)
    site.publish("a", "hello")
    assert page.has("hello") == ["hello"]


# --- by FastCGI --------------------------------------------------------------


def answers(address, count):
    """How many of so many requests that come together are told to come back;
    the others are held."""
    ask = fastcgi.request(fastcgi.environment(web.query("news", since="0")))
    selector, got, told = selectors.DefaultSelector(), {}, 0
    for _ in range(count):
        to = socket.socket(socket.AF_UNIX)
        to.connect(address)
        to.sendall(ask)
        selector.register(to, selectors.EVENT_READ)
        got[to] = b""
    end = time.monotonic() + WAIT
    try:
        while not all(got.values()):
            if time.monotonic() > end:
                raise Failed(f"{list(got.values()).count(b'')} wait")
            for key, _ in selector.select(1):
                got[key.fileobj] += key.fileobj.recv(4096) or b"?"
        told = sum(b"\nretry: 1" in text for text in got.values())
        assert all(b"Status: 200 OK" in text for text in got.values())
    finally:
        for to in got:
            to.close()
    return told


def test_a_crowd_at_a_full_program_is_told_to_come_back(stage):
    sse = stage.responder("sse", {"hold.max": 1000000}, nofile=100)
    stage.command(sse).publish("news", "first")
    for _ in range(3):
        assert answers(sse.address, CROWD) > CROWD - 100
