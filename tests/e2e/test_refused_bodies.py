# SPDX-License-Identifier: MIT
"""A request with a body that is refused, through each server: its client gets
the whole answer, because the program reads the body away."""

import http.client
import socket

import pytest

from harness import apache, lighttpd, web
from harness.check import WAIT

SERVERS = [
    pytest.param(lighttpd.Lighttpd, id="lighttpd_fastcgi"),
    pytest.param(lighttpd.LighttpdCgi, id="lighttpd_cgi"),
    pytest.param(
        apache.ApacheFcgid, id="apache_mod_fcgid", marks=pytest.mark.apache
    ),
    pytest.param(
        apache.ApacheProxy,
        id="apache_mod_proxy_fcgi",
        marks=pytest.mark.apache,
    ),
    pytest.param(
        apache.ApacheCgi, id="apache_mod_cgid", marks=pytest.mark.apache
    ),
]
NOBODY = {"access.publish": "none"}
LARGE = 100000
TIMES = 20  # of these, mod_cgid once cut 14
PAUSE = 4  # s


def head(target, *lines):
    return "\r\n".join(
        (
            f"POST {target} HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/x-www-form-urlencoded",
            "Connection: close",
            *lines,
            "",
            "",
        )
    ).encode()


class Raw:
    """A client that sends what it likes, when it likes."""

    def __init__(self, site):
        self.socket = socket.create_connection(("127.0.0.1", site.port))
        self.socket.settimeout(WAIT)

    def send(self, data):
        self.socket.sendall(data)

    def silent(self, seconds):
        """True: nothing comes for so long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(WAIT)

    def response(self):
        """Whole, or http.client raises."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        body = response.read()
        self.socket.close()
        return web.Response(response.status, response.headers, body)


def refused(response, status, word):
    assert response.status == status, f"status of {response!r}"
    said = response.json()
    assert said["status"] == status
    assert word in said["detail"]


@pytest.mark.parametrize("server", SERVERS)
def test_an_answer_to_a_large_body_is_whole(stage, server):
    site = stage.site(NOBODY, server=server)
    body = b"x" * LARGE
    for target, status, word in (
        ("/push/publish", 403, "access.publish"),
        ("/push/sse?channel=a", 405, "POST"),
    ):
        for _ in range(TIMES):
            refused(
                web.request(site.port, "POST", target, body, web.FORM),
                status,
                word,
            )


@pytest.mark.parametrize("server", SERVERS)
def test_an_answer_to_a_slow_body_is_whole(stage, server):
    """The program has answered when the rest of the body comes."""
    site = stage.site(NOBODY, server=server)
    for target, status, word in (
        ("/push/publish", 403, "access.publish"),
        ("/push/sse?channel=a", 405, "POST"),
    ):
        client = Raw(site)
        client.send(head(target, f"Content-Length: {LARGE}"))
        client.send(b"x" * (LARGE // 2))
        client.silent(PAUSE)
        client.send(b"x" * (LARGE // 2))
        refused(client.response(), status, word)


@pytest.mark.parametrize("server", SERVERS)
def test_a_body_over_the_limit_is_413(stage, server):
    site = stage.site({"message.max_bytes": 1000}, server=server)
    for size in (1001, 20000, 100000, 250000):
        body = web.form(channel="news", data="x" * size)
        for _ in range(5):
            refused(
                web.request(
                    site.port, "POST", "/push/publish", body, web.FORM
                ),
                413,
                "1000",
            )


def chunked(text):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)


@pytest.mark.parametrize("server", SERVERS)
def test_a_body_without_content_length_is_read_or_411(stage, server):
    """FastCGI marks its end; CGI does not, unless the server counts it
    first, as lighttpd does."""
    site = stage.site(server=server)
    for data in ("short", "x" * 50000):
        body = web.form(channel="news", data=data)
        client = Raw(site)
        client.send(head("/push/publish", "Transfer-Encoding: chunked"))
        client.send(chunked(body))
        response = client.response()
        if server is apache.ApacheCgi:
            refused(response, 411, "Content-Length")
            assert site.redis("EXISTS", "push:{news}:log") == 0
        else:
            assert response.status == 201, f"{response!r}"
            newest = site.redis("XREVRANGE", "push:{news}:log", "+", "-")[0]
            assert data in newest[1], "another body was stored"


@pytest.mark.parametrize("server", SERVERS)
def test_a_body_that_breaks_off_is_not_published(stage, server):
    """What arrived of it looks like a whole form."""
    site = stage.site(server=server)
    body = web.form(channel="news", data="x" * 2000)
    client = Raw(site)
    client.send(head("/push/publish", f"Content-Length: {len(body) + 500}"))
    client.send(body)
    client.socket.shutdown(socket.SHUT_WR)
    while client.socket.recv(65536):
        pass
    whole = web.request(
        site.port, "POST", "/push/publish", body, web.FORM
    )
    assert whole.status == 201
    assert site.redis("XLEN", "push:{news}:log") == 1


@pytest.mark.parametrize("server", SERVERS)
def test_a_compressed_body_is_415(stage, server):
    site = stage.site(server=server)
    body = web.form(channel="news", data="x" * 5000)
    for coding in ("gzip", "br", "deflate, gzip"):
        response = web.request(
            site.port,
            "POST",
            "/push/publish",
            body,
            {**web.FORM, "Content-Encoding": coding},
        )
        refused(response, 415, "compressed")
        assert response.headers["Accept-Encoding"] == "identity"
    response = web.request(
        site.port,
        "POST",
        "/push/publish",
        body,
        {**web.FORM, "Content-Encoding": "identity"},
    )
    assert response.status == 201
    assert site.redis("XLEN", "push:{news}:log") == 1
