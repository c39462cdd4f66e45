# SPDX-License-Identifier: MIT
"""The files for Apache, besides the matrix."""

import os
import socket
import time

import pytest

from harness import process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy, ApacheThreads
from harness.check import Failed, note

pytestmark = pytest.mark.apache

HELD = 2000

# A FastCGI or CGI program that returns the Authorization it got. It imports
# nothing of the harness: Apache's user may be unable to read that.
TELLS = """\
#!/usr/bin/python3
import os, re, socket, struct
HEAD = b"Content-Type: text/plain\\r\\n\\r\\n"
def record(kind, data):
    return struct.pack(">BBHHBx", 1, kind, 1, len(data), 0) + data
if "HTTP_HOST" in os.environ:
    os.write(1, HEAD + os.environ.get("HTTP_AUTHORIZATION", "").encode())
    raise SystemExit
while True:
    got, end = b"", socket.socket(fileno=os.dup(0)).accept()[0]
    while b"\\x01\\x05\\x00\\x01\\x00\\x00" not in got:
        got += end.recv(65536)
    said = re.search(rb"HTTP_AUTHORIZATION(Basic [a-zA-Z0-9=]*)", got)
    end.sendall(record(6, HEAD + (said[1] if said else b"nothing"))
                + record(6, b"") + record(3, bytes(8)))
    end.close()
"""


def test_authorization_reaches_cgi_programs(stage):
    tells_authorization(stage.site(server=ApacheCgi))


def test_authorization_reaches_programs_of_mod_fcgid(stage):
    tells_authorization(stage.site(server=ApacheFcgid))


def test_authorization_reaches_programs_behind_mod_proxy_fcgi(stage):
    site = stage.site(server=ApacheProxy)
    site.programs["http"].stop()
    path = site.own("http.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        os.chmod(path, 0o777)
        listening.listen()
        script = site.own("programs", "tells")
        write_script(script)
        site.programs["http"] = process.Process(
            ["/usr/bin/python3", script],
            site.own("tells.log"),
            stdin=listening,
        )
    tells_authorization(site, False)


def write_script(path):
    with open(path, "w") as out:
        out.write(TELLS)
    os.chmod(path, 0o755)


def tells_authorization(site, write=True):
    if write:
        path = site.own("programs", "http.fcgi")
        os.unlink(path)
        write_script(path)
    response = site.get("http", "news", {"Authorization": "Basic dTpw"})
    assert (
        response.body == b"Basic dTpw"
    ), f"what the program got: {response!r}"


@pytest.mark.alone
def test_event_mpm_holds_2000_streams_and_still_serves_pages(stage):
    """The limits of the shipped files, with a heartbeat each 15 s."""
    site = stage.site({"hold.budget": 2000}, server=ApacheThreads)
    start = time.monotonic()
    subscribers = [site.sse("news") for _ in range(HELD)]
    for subscriber in subscribers:
        subscriber.until(lambda r=subscriber: r.cursor, "cursor", 90)
    took = time.monotonic() - start
    start = time.monotonic()
    assert site.request("GET", "/index.html").status == 200
    page = time.monotonic() - start
    start = time.monotonic()
    site.publish("news", "for all")
    for subscriber in subscribers:
        assert subscriber.wait_messages(1) == ["for all"]
    note(
        f"mod_proxy_fcgi, event: {HELD} subscribers held after {took:.1f} s; "
        f"a plain page took {page * 1000:.1f} ms; "
        f"a message was with all after {time.monotonic() - start:.2f} s; "
        f"private memory {process.private_kb(site.responder('sse'))} KB"
    )


def test_prefork_with_hold_max_leaves_workers_for_the_site(stage):
    site = stage.site(
        {"hold.max": 3, "sse.retry": 100},
        server=ApacheProxy,
        mpm="prefork",
        after="MaxRequestWorkers 6\n",
    )
    subscribers = [site.sse("news").ready() for _ in range(3)]
    for _ in range(8):
        more = site.sse("news").ready()
        assert more.wait_end(), "a subscriber above hold.max is held"
        assert more.lines.retry is not None
        assert site.request("GET", "/index.html").status == 200
    site.publish("news", "hello")
    for subscriber in subscribers:
        assert subscriber.wait_messages(1) == ["hello"]


def test_streams_are_not_compressed_and_documents_are(shared, channel):
    site = shared.site(server=ApacheProxy)
    gzip = {"Accept-Encoding": "gzip"}
    site.publish(channel, "x" * 2000)
    response = site.get("http", channel, gzip)
    assert response.headers["Content-Encoding"] == "gzip"
    tag = response.headers["ETag"]
    again = site.get("http", channel, {**gzip, "If-None-Match": tag})
    assert again.status == 304, f"status with the ETag {tag}"
    stream = site.stream("iframe", channel, gzip, callback="got").opened()
    assert "content-encoding" not in stream.headers, f"{stream.headers}"


def test_apache_names_the_missing_module(stage):
    for server, module in (
        (ApacheFcgid, "fcgid"),
        (ApacheProxy, "proxy_fcgi"),
    ):
        without = type(
            server.__name__,
            (server,),
            {"modules": (), "directives": lambda self: ""},
        )
        try:
            stage.site(server=without)
        except Failed as why:
            assert f"a2enmod {module}" in str(why)
        else:
            raise Failed(f"Apache runs without {module}")


def test_a_program_behind_mod_proxy_fcgi_may_be_restarted(stage):
    """With retry=0 Apache returns no 503 for a minute afterwards."""
    site = stage.site(server=ApacheProxy)
    subscriber = site.sse("news").ready()
    site.programs["sse"].stop()
    assert subscriber.wait_end(), "the stream continues"
    assert site.get("sse", "news").status == 503
    site.start_program("sse")
    again = site.sse("news", {"Last-Event-ID": subscriber.cursor}).opened()
    site.publish("news", "hello")
    assert again.wait_messages(1) == ["hello"]


def test_a_stream_that_is_cut_ends_at_once(stage):
    """Without nokeepalive Apache waits for KeepAliveTimeout."""
    site = stage.site(server=ApacheProxy, after="KeepAliveTimeout 60\n")
    subscriber = site.sse("news").ready()
    start = time.monotonic()
    site.programs["sse"].stop()
    assert subscriber.wait_end(30) == "cut"
    assert time.monotonic() - start < 30, "the end came late"
