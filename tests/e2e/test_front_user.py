# SPDX-License-Identifier: MIT
"""What a client cannot say through a front: who it is."""

import base64
import hashlib
import os

import pytest

from harness.apache import ApacheFcgid, ApacheProxy, module
from harness.lighttpd import Lighttpd, LighttpdUnits
from harness.nginx import Nginx
from harness.websocket import WebSocket
from harness.site import change

HEADER = "X-Push-User"
USER = {
    "access.subscribe": "user",
    "access.user_header": HEADER,
}
FORGED = (
    {HEADER: "alice"},
    {HEADER.lower(): "alice"},
    {HEADER.replace("-", "_"): "alice"},
    {HEADER: "alice", "Connection": f"Upgrade, {HEADER}"},
    {"Remote-User": "alice"},
    {"REMOTE_USER": "alice"},
    {"Authorization": "Basic YWxpY2U6d3Jvbmc="},
)
LOGIN = "\n".join(
    map(module, ("authn_core", "authn_file", "authz_user", "auth_basic"))
)


def head(socket):
    socket.until(lambda: socket.status is not None, "a head")
    return socket.status


def says_no(site):
    """Whatever it sends, the client is nobody."""
    for forged in FORGED:
        assert head(site.websocket("news", forged)) in (400, 401), forged
        for technique in ("poll", "sse"):
            answer = site.get(technique, "news", forged)
            assert answer.status == 401, f"{technique} {forged}: {answer!r}"


def test_the_program_itself_believes_the_header(stage):
    """Of HTTP/1.1, and of no other name."""
    program = stage.responder("websocket", USER, tcp=True)
    port = program.address[1]
    target = "/push/websocket?channel=news"
    for forged, status in (
        ({HEADER: "alice"}, 101),
        ({HEADER.replace("-", "_"): "alice"}, 401),
        ({"Remote-User": "alice"}, 401),
        ({}, 401),
    ):
        socket = WebSocket(port, target, forged)
        try:
            assert head(socket) == status, forged
        finally:
            socket.close()


@pytest.mark.parametrize("server", (Lighttpd, LighttpdUnits))
def test_lighttpd_forwards_no_user_of_a_client(stage, server):
    says_no(stage.site(USER, server=server, websocket=True))


@pytest.mark.apache
@pytest.mark.parametrize("server", (ApacheProxy, ApacheFcgid))
def test_apache_forwards_no_user_of_a_client(stage, server):
    says_no(stage.site(USER, server=server, websocket=True))


@pytest.mark.nginx
def test_nginx_forwards_no_user_of_a_client(stage):
    says_no(stage.site(USER, server=Nginx))


def basic(user):
    word = base64.b64encode(f"{user}:secret".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def users(stage):
    word = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    folder = stage.sub("users")
    os.chmod(folder, 0o755)
    path = os.path.join(folder, "users")
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"alice:{{SHA}}{word}\nbob:{{SHA}}{word}\n")
    conf = os.path.join(folder, "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write('[access]\nsubscribe = none\n[channel "user-*"]\nsubscribe = user\n')
    return path, conf


def has_the_user(site):
    for user, channel, status in (
        ("alice", "user-alice", 101),
        ("bob", "user-alice", 403),
    ):
        headers = {**basic(user), HEADER: "alice"}
        assert head(site.websocket(channel, headers)) == status, user
    assert head(site.websocket("user-alice", {HEADER: "alice"})) == 401


@pytest.mark.apache
def test_a_websocket_behind_apache_has_the_user_of_its_login(stage):
    path, conf = users(stage)
    lines = (
        f'{LOGIN}\n<Location "/push/">\nAuthType Basic\nAuthName push\n'
        f'AuthUserFile "{path}"\nRequire valid-user\n</Location>\n'
    )
    has_the_user(
        stage.site(
            {"conf": conf, "access.user_header": HEADER},
            server=ApacheProxy,
            websocket=True,
            before=lines,
        )
    )


@pytest.mark.nginx
def test_behind_nginx_a_client_has_the_user_of_its_login(stage):
    path, conf = users(stage)

    class WithLogin(Nginx):
        def adapt(self, config):
            change(
                config,
                r'(proxy_set_header X-Push-User) "";',
                rf'\1 $remote_user; auth_basic push; auth_basic_user_file "{path}";',
            )
            change(
                config,
                r'(fastcgi_param REMOTE_USER) "";',
                rf'\1 $remote_user; auth_basic push; auth_basic_user_file "{path}";',
            )

    site = stage.site(
        {"conf": conf, "access.user_header": HEADER}, server=WithLogin
    )
    has_the_user(site)
    for user, status in (("alice", 200), ("bob", 403)):
        assert site.get("poll", "user-alice", basic(user)).status == status


# --- what is below a URL --------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    (
        Lighttpd,
        pytest.param(ApacheProxy, marks=pytest.mark.apache),
        pytest.param(ApacheFcgid, marks=pytest.mark.apache),
        pytest.param(Nginx, marks=pytest.mark.nginx),
    ),
    ids=lambda server: server.__name__,
)
def test_nothing_below_a_url_is_forwarded(stage, server):
    """Rules for the URL would not match it."""
    options = {} if server is Nginx else {"websocket": True}
    site = stage.site(server=server, **options)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"channel=news&data=x"
    assert site.request("POST", "/push/publish", body, form).status == 201
    for below in ("/x", "/", "x", ".fcgi", "%2fx", "//"):
        target = f"/push/publish{below}"
        answer = site.request("POST", target, body, form)
        assert answer.status in (403, 404, 405), f"{target}: {answer!r}"
        for technique in ("poll", "websocket"):
            target = f"/push/{technique}{below}?channel=news"
            answer = site.request("GET", target)
            assert answer.status in (403, 404), f"{target}: {answer!r}"
    assert site.redis("XLEN", "push:{news}:log") == 1
