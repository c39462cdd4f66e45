# SPDX-License-Identifier: MIT
"""A mistake in push.conf does not take a site down: its programs serve, tell
every client to come back, and go on when the file is right."""

import os

import pytest

from harness.apache import ApacheCgi, ApacheFcgid
from harness.check import until
from harness.lighttpd import Lighttpd

RIGHT = "[hold]\nbeat = 2\nretry = 1\n"
WRONG = "[hold]\nbeat = often\n"
SENTENCE = "hold.beat"


class File:
    """A push.conf."""

    def __init__(self, stage, text):
        self.path = os.path.join(stage.sub("conf"), "push.conf")
        self.write(text)

    def write(self, text):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(self.path + ".new", self.path)


def started(stage, server, settings=None):
    """A site whose settings are wrong."""
    file = File(stage, WRONG)
    site = stage.site({"conf": file.path, **(settings or {})}, server=server)
    return file, site


def comes_back(stream):
    """200, when to come back, and a cut: a clean end is the end for some."""
    assert stream.wait_end() is not None, "the response goes on"
    assert stream.status == 200
    assert stream.headers["content-length"] == "9007199254740991"
    assert stream.lines.retry >= 10000


def is_503(response):
    assert response.status == 503
    assert int(response.headers["Retry-After"]) >= 10
    assert b"settings" in response.body


def goes_on(stage, server):
    """From the mistake to the first message after it is mended."""
    file, site = started(stage, server)
    site.page("page.txt", "a page of the site")
    comes_back(site.sse("news"))
    is_503(site.get("poll", "news"))
    is_503(site.get("longpoll", "news"))
    refused = site.post("news", "hello")
    assert refused.status == 503
    assert refused.json()["stored"] is False
    assert site.request("GET", "/page.txt").status == 200
    until(lambda: SENTENCE in site.log(), "the sentence in the log")
    file.write(RIGHT)
    until(lambda: site.post("news", "one").status == 201, "published", step=0.5)

    def is_served():
        stream = site.sse("news", since="0")
        stream.until(lambda: stream.data or stream.ended, "an answer")
        stream.close()
        return stream.data == ["one"]

    until(is_served, "a stream that is held", step=0.5)


def test_programs_of_lighttpd_go_on_when_the_file_is_right(stage):
    goes_on(stage, Lighttpd)


@pytest.mark.apache
def test_programs_of_mod_fcgid_go_on_when_the_file_is_right(stage):
    goes_on(stage, ApacheFcgid)


@pytest.mark.apache
def test_cgi_programs_go_on_when_the_file_is_right(stage):
    goes_on(stage, ApacheCgi)


def test_a_websocket_is_told_to_come_back(stage):
    file = File(stage, WRONG)
    site = stage.site({"conf": file.path}, websocket=True)
    socket = site.websocket("news")
    socket.wait_close()
    assert socket.close_code == 1013
    file.write(RIGHT)

    def is_held():
        again = site.websocket("news")
        again.until(lambda: again.cursor or again.ended, "an answer")
        again.close()
        return again.cursor is not None

    until(is_held, "one that is held", step=0.5)


def test_a_secret_that_cannot_be_read_is_a_wrong_setting(stage):
    path = os.path.join(stage.sub("keys"), "secret")
    site = stage.site({"access.secret_file": path})
    comes_back(site.sse("news"))
    until(lambda: path in site.log(), "the path in the log")
    with open(path, "w", encoding="ascii") as f:
        f.write("0123456789abcdef0123456789abcdef\n")
    os.chmod(path, 0o600)

    def is_held():
        stream = site.sse("news")
        stream.until(lambda: stream.cursor or stream.ended, "an answer")
        stream.close()
        return stream.ended is None

    until(is_held, "a stream that is held", step=0.5)


def test_the_sentence_is_logged_once(stage):
    file, site = started(stage, Lighttpd)
    comes_back(site.sse("news"))
    file.write(WRONG.replace("often", "never"))
    until(lambda: "never" in site.log(), "the other sentence")
    lines = [l for l in site.log().splitlines() if "program=sse" in l]
    assert len([l for l in lines if "often" in l]) == 1
