# SPDX-License-Identifier: MIT
"""The FastCGI authorizer of doc/access.md."""

import os
import subprocess

import pytest

from harness.apache import ApacheFcgid, ApacheProxy, module
from harness.lighttpd import Lighttpd
from harness.samples import sample

ACCESS = "doc/access.md"
SESSIONS = "/var/lib/shop/sessions"  # of the sample
PROGRAM = "/usr/lib/shop/authorizer.pl"
SOCKET = "/run/lighttpd/shop-authorizer.sock"


def install(stage):
    """The program, the settings, and sessions of alice and bob. Returns the
    paths of the first two."""
    if subprocess.run(["perl", "-MFCGI", "-e1"], check=False).returncode != 0:
        pytest.skip("the module FCGI of Perl is not installed (libfcgi-perl)")
    folder, sessions = stage.sub("shop"), stage.sub("sessions")
    for path in (folder, sessions):
        os.chmod(path, 0o755)
    program, conf = (os.path.join(folder, n) for n in ("a.pl", "push.conf"))
    with open(program, "w", encoding="utf-8") as out:
        out.write(sample(ACCESS, "perl", "use FCGI").replace(SESSIONS, sessions))
    os.chmod(program, 0o755)
    with open(conf, "w", encoding="utf-8") as out:
        out.write(sample(ACCESS, "ini", 'channel "orders-*"'))
    for session, user in (("s1", "alice"), ("s2", "bob")):
        with open(
            os.path.join(sessions, session), "w", encoding="utf-8"
        ) as out:
            out.write(f"{user}\n")
    return program, conf


def with_fcgid(folder):
    """mod_fcgid beside mod_proxy_fcgi."""
    os.chmod(folder, 0o777)
    return (
        f'{module("fcgid")}\nFcgidIPCDir "{folder}"\n'
        f'FcgidProcessTableFile "{folder}/shm"\n'
    )


def shop(stage, server):
    program, conf = install(stage)
    if server is Lighttpd:
        lines = sample(ACCESS, "lighttpd", "authorizer").replace(PROGRAM, program)
        lines = lines.replace(SOCKET, os.path.join(stage.folder, "a.sock"))
        return stage.site({"conf": conf}, server=server, after=lines)
    lines = sample(ACCESS, "apache", "FcgidAccessChecker").replace(PROGRAM, program)
    before = "" if server is ApacheFcgid else with_fcgid(stage.sub("ipc"))
    return stage.site(
        {"conf": conf}, server=server, before=before, after=lines
    )


def as_session(session):
    return {"Cookie": f"session={session}"}


@pytest.mark.needs("perl")
@pytest.mark.parametrize(
    "server",
    [
        Lighttpd,
        pytest.param(ApacheFcgid, marks=pytest.mark.apache),
        pytest.param(ApacheProxy, marks=pytest.mark.apache),
    ],
    ids=lambda server: server.__name__,
)
def test_the_authorizer_names_the_user(stage, server):
    site = shop(stage, server)
    publish = stage.command(site).publish
    publish("orders-alice", "for alice")
    publish("orders-bob", "for bob")
    for session, user in (("s1", "alice"), ("s2", "bob")):
        batch = site.longpoll(
            f"orders-{user}", as_session(session), since="0", wait=0
        )
        assert [m["data"] for m in batch["messages"]] == [f"for {user}"]
    for headers, channel in (
        ({}, "orders-alice"),
        (as_session("s3"), "orders-alice"),
        (as_session("s2"), "orders-alice"),
        (as_session("s1"), ["orders-alice", "orders-bob"]),
        (as_session("s1"), "other"),
        ({"Remote-User": "alice"}, "orders-alice"),
        ({**as_session("s2"), "Remote-User": "alice"}, "orders-alice"),
        (
            {**as_session("s2"), "Variable-Remote-User": "alice"},
            "orders-alice",
        ),
    ):
        answer = site.get("longpoll", channel, headers, since="0", wait=0)
        assert answer.status in (401, 403), f"{headers} {channel}: {answer!r}"
        assert b"for alice" not in answer.body
    reader = site.sse("orders-alice", as_session("s1")).ready()
    publish("orders-alice", "live")
    assert reader.wait_messages(1) == ["live"]
