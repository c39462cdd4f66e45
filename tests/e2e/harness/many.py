# SPDX-License-Identifier: MIT
"""Thousands of subscribers of Apache that hands them over, in one process; also
over TLS, behind the shipped haproxy."""

import selectors
import ssl
import time

from harness import process
from harness.crowd import for_all
from harness.handoff import TEN_THREADS, ApacheHandoff
from harness.in_front import ShippedHaproxy
from harness.sse import Stream

TARGET = "/push/sse?channel=news"
MESSAGES = 3
WINDOW = 200  # of them may be waiting for their cursors


class Secure(Stream):
    """Over TLS, without a look at the certificate."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])

    def connected(self, to):
        return self.context.wrap_socket(to)

    def read(self, seconds):
        """A record has less than is read at once."""
        try:
            return super().read(seconds)
        except ssl.SSLWantReadError:
            return False
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self.ended = self.ended or "cut"
            return True


def memory_kb(pids):
    """Proportional, of all of them."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            for line in f:
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total


class Many:
    """`count` subscribers on a site with 10 threads. What it measures is for
    a note."""

    def __init__(self, stage, count, haproxy=False):
        self.count, self.haproxy = count, haproxy
        self.site = stage.site(
            {"log.level": "info", "access.proxies": "127.0.0.1"},
            server=ApacheHandoff,
            after=TEN_THREADS,
        )
        self.kind, self.port = Stream, self.site.port
        if haproxy:
            front = stage.add(
                ShippedHaproxy(
                    stage.sub("haproxy"), self.site, str(count + 500)
                )
            )
            self.kind, self.port = Secure, front.tls
        self.held, self.selector = [], selectors.DefaultSelector()

    def pids(self):
        root = self.site.process.pid
        return [root, *process.descendants(root), self.site.responder("sse")]

    def subscribe(self):
        before, began = memory_kb(self.pids()), time.monotonic()
        for _ in range(self.count):
            one = self.kind(self.port, TARGET)
            self.selector.register(one, selectors.EVENT_READ, one)
            self.held.append(one)
            if len(self.held) % WINDOW == 0:
                self.await_cursors()
        self.await_cursors()
        self.seconds = time.monotonic() - began
        self.grown = memory_kb(self.pids()) - before

    def await_cursors(self):
        for_all(
            self.selector, self.held[-WINDOW:], lambda r: r.cursor, "a cursor"
        )

    def page(self):
        """A page of the site, from Apache itself: its status and seconds."""
        began = time.monotonic()
        status = self.site.request("GET", "/index.html").status
        return status, time.monotonic() - began

    def all_get(self, texts):
        for text in texts:
            self.site.publish("news", text)
        for_all(
            self.selector,
            self.held,
            lambda r: len(r.data) >= len(texts),
            "all messages",
        )
        assert all(one.data == texts for one in self.held)
        assert not [one for one in self.held if one.ended]

    def run(self):
        self.subscribe()
        status, seconds = self.page()
        assert status == 200
        self.all_get([f"message {n}" for n in range(MESSAGES)])
        for one in self.held:
            one.close()
        front = "haproxy with TLS, " if self.haproxy else ""
        return (
            f"{front}Apache with 10 threads: {self.count} subscribers held "
            f"after {self.seconds:.1f} s, all got {MESSAGES} messages in order; "
            f"a page took {seconds * 1000:.1f} ms meanwhile; Apache and sse.fcgi "
            f"took {self.grown * 1024 / self.count:.0f} bytes each (PSS)"
        )
