# SPDX-License-Identifier: MIT
"""What Apache's files promise besides the matrix."""
import os
import socket
import time

from harness import process
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.tap import Failed, contains, equal, fact, note, true

APACHE = ("redis-server", "apache2")
HELD = 2000

# A FastCGI or CGI program that answers what Authorization it got. No module
# of ours: Apache's user need not be able to read them.
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


@fact(needs=APACHE)
def authorization_reaches_cgi_programs(stage):
    tells_authorization(stage.site(server=ApacheCgi))


@fact(needs=APACHE)
def authorization_reaches_programs_of_mod_fcgid(stage):
    tells_authorization(stage.site(server=ApacheFcgid))


@fact(needs=APACHE)
def authorization_reaches_programs_behind_mod_proxy_fcgi(stage):
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
            ["/usr/bin/python3", script], site.own("tells.log"),
            stdin=listening)
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
    answer = site.get("http", "news", {"Authorization": "Basic dTpw"})
    equal(answer.body, b"Basic dTpw", f"what the program got: {answer!r}")


@fact(limit=150, needs=APACHE, alone=True)
def event_mpm_holds_two_thousand_and_answers_the_site(stage):
    """Numbers of the shipped file, at Debian's 15 s between heartbeats."""
    site = stage.site(server=ApacheProxy)
    start = time.monotonic()
    readers = [site.sse("news") for _ in range(HELD)]
    for reader in readers:
        reader.until(lambda r=reader: r.cursor, "cursor", 90)
    took = time.monotonic() - start
    start = time.monotonic()
    equal(site.request("GET", "/index.html").status, 200, "status")
    page = time.monotonic() - start
    true(page < 5, f"a plain page took {page:.1f} s")
    start = time.monotonic()
    site.publish("news", "for all")
    for reader in readers:
        equal(reader.wait_messages(1), ["for all"], "data")
    note(
        f"mod_proxy_fcgi, event: {HELD} readers held after {took:.1f} s; a "
        f"plain page took {page * 1000:.1f} ms; a message was with all after "
        f"{time.monotonic() - start:.2f} s; our process has "
        f"{process.private_kb(site.responder('sse'))} KB of its own")


@fact(needs=APACHE)
def prefork_with_hold_max_keeps_the_sites_share(stage):
    site = stage.site({"hold.max": 3, "sse.retry": 100}, server=ApacheProxy,
                      mpm="prefork", after="MaxRequestWorkers 6\n")
    readers = [site.sse("news").ready() for _ in range(3)]
    for _ in range(8):
        more = site.sse("news").ready()
        true(more.wait_end(), "a reader above hold.max is held")
        equal(more.lines.retry is not None, True, "it was told to come back")
        equal(site.request("GET", "/index.html").status, 200, "status")
    site.publish("news", "hello")
    for reader in readers:
        equal(reader.wait_messages(1), ["hello"], "data")


@fact(needs=APACHE)
def streams_are_not_compressed_and_documents_are(stage):
    site = stage.site(server=ApacheProxy)
    gzip = {"Accept-Encoding": "gzip"}
    site.publish("news", "x" * 2000)
    answer = site.get("http", "news", gzip)
    equal(answer.headers["Content-Encoding"], "gzip", "encoding of http")
    tag = answer.headers["ETag"]
    again = site.get("http", "news", {**gzip, "If-None-Match": tag})
    equal(again.status, 304, f"status with the ETag {tag}")
    stream = site.stream("iframe", "news", gzip, callback="got").opened()
    true("content-encoding" not in stream.headers, f"{stream.headers}")


@fact(needs=APACHE)
def a_module_that_is_missing_is_named(stage):
    for server, module in ((ApacheFcgid, "fcgid"), (ApacheProxy,
                                                    "proxy_fcgi")):
        without = type(server.__name__, (server,), {
            "modules": (), "told": lambda self: ""})
        try:
            stage.site(server=without)
        except Failed as why:
            contains(str(why), f"a2enmod {module}", "what Apache said")
        else:
            raise Failed(f"Apache runs without {module}")


@fact(needs=APACHE)
def a_program_behind_mod_proxy_fcgi_may_be_restarted(stage):
    """retry=0: Apache does not answer 503 for a minute after."""
    site = stage.site(server=ApacheProxy)
    reader = site.sse("news").ready()
    site.programs["sse"].stop()
    true(reader.wait_end(), "the stream goes on")
    equal(site.get("sse", "news").status, 503, "status meanwhile")
    site.start_program("sse")
    again = site.sse("news", {"Last-Event-ID": reader.cursor}).opened()
    site.publish("news", "hello")
    equal(again.wait_messages(1), ["hello"], "data")


@fact(needs=APACHE)
def a_stream_that_is_cut_ends_at_once(stage):
    """nokeepalive: else Apache waits KeepAliveTimeout for another request."""
    site = stage.site(server=ApacheProxy, after="KeepAliveTimeout 60\n")
    reader = site.sse("news").ready()
    start = time.monotonic()
    site.programs["sse"].stop()
    equal(reader.wait_end(30), "cut", "the end of the stream")
    true(time.monotonic() - start < 30, "the end came late")
