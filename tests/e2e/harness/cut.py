# SPDX-License-Identifier: MIT
"""Streams that are cut, and what clients see of it."""

import os
import signal
import subprocess

from harness import npm
from harness.apache import Apache
from harness.check import Failed, until
from harness.lighttpd import Lighttpd

ENDLESS = "9007199254740991"  # bytes that a stream never reaches
PAGE = "clients/cuts.html"
ONCE = ("fetch", "XMLHttpRequest")  # they do not reconnect by themselves
CLIENTS = (
    "EventSource",
    *ONCE,
    "fetchEventSource",
    "htmx2",
    "htmx4",
)
# curl's exit status, or what it stands for
CURL = {0: "end", 18: "error", 56: "error", 92: "error"}


def with_libraries(server, options):
    """The options of a site whose pages use those of clients/package.json."""
    modules = npm.folder()
    if issubclass(server, Apache):
        lines = (
            f'Alias "/lib/" "{modules}/"\n'
            f'<Directory "{modules}">\nRequire all granted\n</Directory>\n'
        )
    elif issubclass(server, Lighttpd):
        lines = f'alias.url += ( "/lib/" => "{modules}/" )\n'
    return {**options, "after": options.get("after", "") + lines}


# --- how streams end ---------------------------------------------------------


def end_programs(site, number):
    """SIGTERM, as at a restart, or SIGKILL. Others run when it returns."""
    started = site.programs.get("sse")
    if started:
        started.signal(number)
        started.wait(30)
        site.start_program("sse")
        return
    for pid in site.responders("sse"):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # a plain CGI whose client had left


def stopped(site):
    end_programs(site, signal.SIGTERM)


def killed(site):
    end_programs(site, signal.SIGKILL)


# --- curl --------------------------------------------------------------------


class Curl:
    """One stream, and its head. `url` may have a scheme of either protocol."""

    def __init__(self, url, *options):
        self.popen = subprocess.Popen(
            ["curl", "-sikN", "--max-time", "60", *options, url],
            stdout=subprocess.PIPE,
        )
        self.head = ""

    def ready(self):
        """Its stream is held: it has its cursor."""
        self.head = self.has("id: ")
        return self

    def has(self, text):
        """Waits for a line with this; returns what came until then."""
        out = ""
        for line in self.popen.stdout:
            out += line.decode()
            if text in line.decode():
                return out
        raise Failed(f"curl: {self.popen.wait(30)}, {out}")

    def end(self):
        """ "error" or "end", and what came."""
        out = self.popen.stdout.read().decode(errors="replace")
        status = self.popen.wait(60)
        return CURL.get(status, f"curl {status}"), out

    def close(self):
        self.popen.kill()
        self.popen.stdout.close()
        self.popen.wait()


# --- clients in a page -------------------------------------------------------


class CutPage:
    """The clients, each with a stream of its own, in a page of `browser`."""

    def __init__(self, browser, url, channel, clients=CLIENTS, held=True):
        self.browser, self.clients = browser, clients
        browser.go(url(PAGE))
        for client in clients:
            browser.run("add(...arguments)", client, f"channel={channel}")
            if held:
                self.wait_for(client, lambda s: s["live"], "its stream")

    def seen(self):
        return self.browser.run("return seen()")

    def wait_for(self, client, condition, what, seconds=30):
        def right():
            seen = self.seen().get(client)
            return seen and condition(seen)

        try:
            until(right, what, seconds, 0.05)
        except Failed as why:
            raise Failed(f"{client}: {why}; {self.seen()[client]}") from None

    def has(self, message, clients=None):
        for client in clients or self.clients:
            self.wait_for(client, lambda s: message in s["got"], message)

    def told(self, client, seconds=20):
        """What it was told of its first end; "nothing" in all that time."""
        try:
            self.wait_for(client, lambda s: s["ends"], "an end", seconds)
        except Failed:
            return "nothing"
        return self.seen()[client]["ends"][0]

    def back(self, client, message, seconds=15):
        """Did it come back, and get what was published meanwhile?"""
        try:
            self.wait_for(
                client, lambda s: message in s["got"], message, seconds
            )
        except Failed:
            return False
        return True
