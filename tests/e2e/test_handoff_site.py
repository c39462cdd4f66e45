# SPDX-License-Identifier: MIT
"""pushcgi-handoff.conf in a site that has more than that."""

import base64
import hashlib
import os
import socket
import subprocess

import pytest

from harness import process
from harness.apache import module
from harness.check import Failed, until
from harness.handoff import SECRET, ApacheHandoff
from harness.sse import Stream

pytestmark = [pytest.mark.apache, pytest.mark.shipped]

LOGIN = "Define pushcgi_handoff_login\n"
# Tells all variables of its request.
ERROR_PAGE = """#!/bin/sh
printf 'Content-Type: text/plain\\n\\n'
env
"""


def served(site, channel="news"):
    """The hand-off works, and a client that leaves is seen at once."""
    subscriber = site.sse(channel).ready()
    assert "chunked" not in subscriber.headers.get("transfer-encoding", "")
    site.publish(channel, "hello")
    assert subscriber.wait_messages(1) == ["hello"]


# --- beside other files -----------------------------------------------------------


@pytest.mark.parametrize("proxy_first", (False, True), ids=("after", "before"))
def test_the_other_techniques_are_those_of_pushcgi_proxy(stage, proxy_first):
    site = stage.site(server=ApacheHandoff, proxy_first=proxy_first)
    served(site)
    site.publish("news", "hello")
    assert site.get("http", "news").body == b"hello"


def test_in_one_virtual_host_another_is_served_by_mod_proxy_fcgi(stage):
    """The lines outside of it are those that the file has for the server."""
    site = stage.site(server=OneVirtualHost)
    served(site)
    other = site.client()
    other.port = site.other
    response = other.request("GET", "/push/sse?channel=news")
    assert response.status == 503, "there is no program for it"
    assert other.request("GET", "/push/poll?channel=news").status == 200


class OneVirtualHost(ApacheHandoff):
    """pushcgi-proxy.conf is the whole server's; `other` is the other port."""

    def shipped(self):
        super().shipped()
        self.other = process.free_port()
        with open(self.own("pushcgi-handoff.conf")) as f:
            text = f.read()
        begin = text.index("\n<IfDefine !pushcgi_virtual_host>") + 1
        inside = text[begin:].partition("\n</IfDefine>")[0]
        outside = inside.partition("\n")[2] + "\n"
        for host, lines in (
            (self.other, ""),
            (
                self.port,
                "Define pushcgi_virtual_host\n"
                f'Include "{self.own("pushcgi-handoff.conf")}"\n',
            ),
        ):
            outside += (
                f"<VirtualHost 127.0.0.1:{host}>\n"
                f'DocumentRoot "{self.own("root")}"\n{lines}</VirtualHost>\n'
            )
        path = self.own("one.conf")
        with open(path, "w") as out:
            out.write(
                f'Listen 127.0.0.1:{self.other}\n{outside}\n'
                f'Include "{self.own("pushcgi-proxy.conf")}"\n'
            )
        return path


def test_apache_names_the_missing_module(stage):
    for name in ("proxy_fdpass", "authnz_fcgi", "headers"):
        names = [n for n in ApacheHandoff.modules if n != name]
        without = type("Without", (ApacheHandoff,), {"modules": names})
        with pytest.raises(Failed, match=f"a2enmod {name}"):
            stage.site(server=without)


def test_without_a_secret_apache_does_not_start(stage):
    class WithoutSecret(ApacheHandoff):
        def shipped(self):
            path = super().shipped()
            with open(self.own("handoff-secret.conf"), "w"):
                return path

    with pytest.raises(Failed, match="needs a secret"):
        stage.site(server=WithoutSecret)


def test_apache_neither_compresses_nor_times_out(stage):
    """What it would still write at the end of its response would be in the
    middle of the stream."""
    site = stage.site(
        server=ApacheHandoff,
        after=(
            "KeepAlive Off\nTimeout 5\nRequestReadTimeout header=5 body=5\n"
            "AddOutputFilterByType DEFLATE text/event-stream application/json\n"
            "<Location />\nSetOutputFilter DEFLATE\n</Location>\n"
        ),
    )
    gzip = {"Accept-Encoding": "gzip"}
    subscriber = site.sse("news", gzip).ready()
    assert "content-encoding" not in subscriber.headers
    with socket.create_connection(("127.0.0.1", site.port), 30) as later:
        later.sendall(b"GET / HTTP/1.1\r\n")
        while later.recv(4096):  # until the timeout of a head that has no end
            pass
    site.publish("news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]
    frame = site.stream("iframe", "news", gzip, callback="got", since="0")
    frame.until(lambda: b"hello" in frame.body, "a message")
    assert site.longpoll("news", gzip, since="0")["messages"]


# --- what the site requires ---------------------------------------------------------


def test_the_site_may_require_addresses(stage):
    lines = "<Location />\nRequire ip {}\n</Location>\n"
    site = stage.site(server=ApacheHandoff, after=lines.format("127.0.0.0/8"))
    served(site)
    site = stage.site(server=ApacheHandoff, after=lines.format("192.0.2.1"))
    assert site.get("sse", "news").status == 403
    assert "subscriber" not in site.programs["sse"].output()


def users(stage):
    """Lines by which alice can log in, with the password `secret`."""
    folder = stage.sub("users")
    word = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    with open(os.path.join(folder, "users"), "w") as out:
        out.write(f"alice:{{SHA}}{word}\n")
    return (
        "<Location />\n"
        f'AuthType Basic\nAuthName site\nAuthUserFile "{folder}/users"\n'
        "Require valid-user\n</Location>\n"
    )


def basic(user, password):
    word = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


@pytest.mark.parametrize("where", ("before", "after"))
def test_a_login_that_is_not_asked_lets_nobody_in(stage, where):
    """mod_authnz_fcgi comes first, and checks no password."""
    site = stage.site(server=ApacheHandoff, **{where: users(stage)})
    for headers, status in (
        ({}, 401),
        (basic("alice", "wrong"), 403),
        (basic("alice", "secret"), 403),
    ):
        assert site.get("sse", "news", headers).status == status
        assert "event=subscriber_start" not in site.log()


@pytest.mark.needs("curl")
def test_a_login_of_another_module_lets_nobody_in(stage):
    """Debian loads them in the order of their names."""

    class Loaded(ApacheHandoff):
        modules = ("auth_digest", *ApacheHandoff.modules)

    folder = stage.sub("users")
    hashed = hashlib.md5(b"alice:site:secret").hexdigest()
    with open(os.path.join(folder, "users"), "w") as out:
        out.write(f"alice:site:{hashed}\n")
    site = stage.site(
        server=Loaded,
        after=(
            "<Location />\nAuthType Digest\nAuthName site\n"
            f'AuthUserFile "{folder}/users"\nRequire valid-user\n'
            "</Location>\n"
        ),
    )
    for user, path, status in (
        ("alice:secret", "index.html", "200"),
        ("alice:secret", "push/sse?channel=news", "401"),
        ("alice:wrong", "push/sse?channel=news", "401"),
    ):
        done = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"]
            + ["--digest", "-u", user, site.url(path)],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert done.stdout == status, f"{user} {path}"
    assert "event=subscriber_start" not in site.log()


@pytest.mark.parametrize("where", ("before", "after"))
def test_with_pushcgi_handoff_login_the_site_checks_its_users(stage, where):
    site = stage.site(
        {"access.subscribe": "user"},
        server=ApacheHandoff,
        defines=LOGIN,
        **{where: users(stage)},
    )
    assert site.get("sse", "news").status == 401
    assert site.get("sse", "news", basic("alice", "wrong")).status == 401
    subscriber = site.sse("news", basic("alice", "secret")).ready()
    stage.command(site).publish("news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]


def test_with_pushcgi_handoff_login_a_refusal_is_a_403(stage):
    site = stage.site(
        {"access.subscribe": "none"},
        server=ApacheHandoff,
        defines=LOGIN,
        after=users(stage),
    )
    assert site.get("sse", "news", basic("alice", "secret")).status == 403


def test_with_pushcgi_handoff_login_and_no_login_nobody_is_let_in(stage):
    site = stage.site(server=ApacheHandoff, defines=LOGIN)
    assert site.get("sse", "news").status == 500
    assert "event=subscriber_start" not in site.log()


# --- addresses --------------------------------------------------------------------

REMOTEIP = module("remoteip") + "\n"


def test_mod_remoteip_may_rewrite_the_address(stage):
    site = stage.site(
        {"log.level": "debug"},
        server=ApacheHandoff,
        before=REMOTEIP
        + "RemoteIPHeader X-Forwarded-For\n"
        + "RemoteIPInternalProxy 127.0.0.1\n",
    )
    subscriber = site.sse("news", {"X-Forwarded-For": "192.0.2.7"}).ready()
    site.publish("news", "hello")
    assert subscriber.wait_messages(1) == ["hello"]
    assert "event=subscriber_start client=192.0.2.7 " in site.log()


def gets_hello(address, before=b""):
    with socket.create_connection(address, 20) as client:
        client.sendall(
            before + b"GET /push/sse?channel=news&since=0 HTTP/1.1\r\n"
            b"Host: localhost\r\n\r\n"
        )
        got = b""
        while b"data: hello" not in got:
            data = client.recv(65536)
            assert data, got
            got += data


def test_a_proxy_may_send_the_proxy_protocol(stage):
    site = stage.site(
        server=ApacheHandoff,
        before=REMOTEIP + "RemoteIPProxyProtocol On\n",
    )
    stage.command(site).publish("news", "hello")
    gets_hello(
        ("127.0.0.1", site.port), b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n"
    )
    assert "client=192.0.2.7" in site.log()


def test_behind_a_proxy_of_access_proxies_its_client_counts(stage):
    site = stage.site(
        {"access.proxies": "127.0.0.1", "limit.address_held": 2},
        server=ApacheHandoff,
    )
    client = {"X-Forwarded-For": "192.0.2.7"}
    for _ in range(2):
        site.sse("news", client).ready()
    more = site.sse("news", client).ready()
    assert more.wait_end() == "cut"
    site.sse("news", {"X-Forwarded-For": "192.0.2.8"}).ready()


@pytest.mark.parametrize("address", ("127.0.0.1", "::1"))
def test_a_port_of_both_families_is_handed_off(stage, address):
    """As of Debian's `Listen 80`: IPv4 addresses are then those of IPv6."""
    port = process.free_port()
    site = stage.site(
        server=ApacheHandoff,
        defines=f'Define pushcgi_handoff_port "{port}"\n',
        after=f"Listen [::]:{port}\n",
    )
    stage.command(site).publish("news", "hello")
    gets_hello((address, port))


# --- ports and secrets --------------------------------------------------------------


def test_another_port_of_the_server_is_not_handed_off(stage):
    other = process.free_port()
    site = stage.site(
        server=ApacheHandoff, after=f"Listen 127.0.0.1:{other}\n"
    )

    def reason():
        stream = Stream(other, "/push/sse?channel=news")
        assert (stream.wait_end(), stream.lines.raw) == ("cut", b"")
        stream.close()
        return "PUSHCGI_HANDOFF_PORT" in site.log()

    until(reason, "the reason in the log, at most one line a second")
    served(site)


def test_no_header_of_a_client_is_taken_for_a_variable(stage):
    site = stage.site(server=ApacheHandoff)
    headers = {
        "Pushcgi-Handoff-Secret": "x",
        "PUSHCGI_HANDOFF_PEER": "192.0.2.7",
        "Pushcgi-Handoff-Port": "1",
        "Redirect-Pushcgi-Handoff-Secret": "x",
    }
    assert site.sse("news", headers).ready()


def test_no_page_for_errors_is_told_the_secret(stage):
    """Apache renames the variables of the request to REDIRECT_…"""
    folder = stage.sub("cgi-bin")
    path = os.path.join(folder, "error")
    with open(path, "w") as out:
        out.write(ERROR_PAGE)
    os.chmod(path, 0o755)
    os.chmod(folder, 0o777)
    pages = "".join(
        f"ErrorDocument {status} /cgi-bin/error\n"
        for status in (400, 401, 403, 404, 405, 500, 503, 505)
    )
    site = stage.site(
        server=ApacheHandoff,
        before=module("cgid")
        + "\n"
        + module("env")
        + f'\nScriptSock "{folder}/sock"\n',
        after=(
            f'ScriptAlias "/cgi-bin/" "{folder}/"\n{pages}'
            f'<Directory "{folder}">\nRequire all granted\n</Directory>\n'
            f"<Location />\n{pages}Require all granted\n</Location>\n"
        ),
    )
    until(
        lambda: b"REDIRECT_STATUS=404" in site.request("GET", "/none").body,
        "a page for errors",
    )
    answers = [
        site.get("sse"),
        site.request("POST", "/push/sse?channel=news"),
        site.request("GET", "/push/sse/more"),
    ]
    for forwards in ("0", "x"):
        headers = {"Max-Forwards": forwards}
        site.sse("news", headers).ready()
    site.programs["sse"].stop()
    answers.append(site.get("sse", "news"))
    site.start_program("sse")
    os.rename(site.descriptor_socket("sse"), site.own("moved"))
    answers.append(site.get("sse", "news"))
    assert [a.status for a in answers] == [400, 405, 404, 500, 500]
    assert not [a for a in answers if SECRET.encode() in a.body]
