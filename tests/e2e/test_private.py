# SPDX-License-Identifier: MIT
"""Channels that need a right, by the ways of doc/access.md."""

import base64
import hashlib
import os

from harness.apache import module
from harness.handoff import ApacheHandoff
from harness.lighttpd import Lighttpd
from harness.private import servers
from harness.samples import sample

ACCESS = "doc/access.md"
SESSIONS = "/var/lib/shop/sessions"  # of the sample
SCRIPT = "/cgi-bin/orders.pl"
REDIRECT = {
    "access.subscribe": "redirect",
    "access.redirect_from": SCRIPT,
}


# --- a script of the site ---------------------------------------------------


def install(stage):
    """The script, and two sessions: `s1` of alice, `s2` of another."""
    folder, sessions = stage.sub("cgi-bin"), stage.sub("sessions")
    for path in (folder, sessions):
        os.chmod(path, 0o755)
    path = os.path.join(folder, "orders.pl")
    with open(path, "w", encoding="utf-8") as out:
        out.write(
            sample(ACCESS, "perl", "Location: /push").replace(SESSIONS, sessions)
        )
    os.chmod(path, 0o755)
    for session, user in (("s1", "alice"), ("s2", "x&channel=orders-bob")):
        with open(
            os.path.join(sessions, session), "w", encoding="utf-8"
        ) as out:
            out.write(user + "\n")
    return folder


def shop(stage, server):
    folder = install(stage)
    if server is Lighttpd:
        lines = (
            'server.modules += ( "mod_cgi" )\n'
            f'alias.url = ( "/cgi-bin/" => "{folder}/" )\n'
            '$HTTP["url"] =~ "^/cgi-bin/" {\n'
            'cgi.assign = ( ".pl" => "/usr/bin/perl" )\n}\n'
            + sample(ACCESS, "lighttpd", "local-redir")
        )
        return stage.site(REDIRECT, server=server, before=lines)
    lines = f'ScriptAlias "/cgi-bin/" "{folder}/"\n'
    lines += f'<Directory "{folder}">\nRequire all granted\n</Directory>\n'
    if "cgid" not in server.modules:
        lines = module("cgid") + f'\nScriptSock "{folder}/sock"\n' + lines
        os.chmod(folder, 0o777)
    return stage.site(REDIRECT, server=server, before=lines)


def orders(site, query="", session="s1"):
    headers = {"Cookie": f"session={session}"}
    return site.request("GET", f"{SCRIPT}?{query}", None, headers)


@servers
def test_the_script_of_the_site_decides(stage, server):
    site = shop(stage, server)
    site.publish("orders-alice", "first")
    site.publish("orders-bob", "of another")
    answer = orders(site, "by=longpoll&since=0&wait=0")
    assert answer.status == 200, f"{answer!r}"
    assert [m["data"] for m in answer.json()["messages"]] == ["first"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert orders(site, session="none").status == 403
    for technique in ("sse", "longpoll", "poll", "http"):
        direct = site.get(technique, "orders-alice", wait=0)
        assert direct.status == 403, f"{technique}: {direct!r}"
        assert "orders-alice" in direct.json()["detail"]


@servers
def test_a_long_poll_resumes_through_the_script(stage, server):
    site = shop(stage, server)
    site.publish("orders-alice", "one")
    cursor = orders(site, "by=longpoll&since=0&wait=0").json()["cursor"]
    site.publish("orders-alice", "two")
    answer = orders(site, f"by=longpoll&since={cursor}&wait=20")
    assert [m["data"] for m in answer.json()["messages"]] == ["two"]


@servers
def test_a_visitor_cannot_add_a_channel_or_forge_the_redirect(stage, server):
    site = shop(stage, server)
    site.publish("orders-bob", "secret")
    for query in (
        "channel=orders-bob&since=0&wait=0",
        "since=0&wait=0&channel=orders-bob",
        "since=0%26channel%3Dorders-bob&wait=0",
        "since=0&wait=0%0d%0aX: y",
    ):
        answer = orders(site, "by=longpoll&" + query.replace(" ", "%20"))
        assert b"secret" not in answer.body, query
        assert "X" not in answer.headers, query
    for headers in (
        {"REDIRECT_URL": SCRIPT},
        {"Redirect-Url": SCRIPT},
        {"Redirect-Status": "200"},
        {"X-Original-Url": SCRIPT},
        {"X-Rewrite-Url": SCRIPT},
        {"Request-Uri": SCRIPT},
        {"Remote-User": "bob"},
    ):
        answer = site.get("longpoll", "orders-bob", headers, since=0, wait=0)
        assert answer.status in (400, 403), f"{headers}: {answer!r}"
    for target in (
        f"{SCRIPT}/../../push/longpoll?channel=orders-bob&since=0&wait=0",
        f"{SCRIPT}%2f..%2f..%2fpush/longpoll?channel=orders-bob&since=0&wait=0",
        f"/push/longpoll?channel=orders-bob&since=0&wait=0#{SCRIPT}",
        f"//push/longpoll?channel=orders-bob&since=0&wait=0",
    ):
        answer = site.request("GET", target)
        assert b"secret" not in answer.body, f"{target}: {answer!r}"


def test_a_name_of_a_user_cannot_add_a_channel(stage):
    site = shop(stage, Lighttpd)
    site.publish("orders-bob", "of another")
    site.publish("orders-x&channel=orders-bob", "own")
    answer = orders(site, "by=longpoll&since=0&wait=0", session="s2")
    assert answer.status == 200, f"{answer!r}"
    assert [m["data"] for m in answer.json()["messages"]] == ["own"]


# --- the login of the server ------------------------------------------------


def basic(user, password="secret"):
    word = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def clubhouse(stage, server):
    """A site where alice and bob can log in."""
    folder = stage.sub("conf")
    os.chmod(folder, 0o755)
    conf, users = (os.path.join(folder, n) for n in ("push.conf", "users"))
    with open(conf, "w", encoding="utf-8") as out:
        out.write(sample(ACCESS, "ini", "user-*"))
    word = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    with open(users, "w", encoding="utf-8") as out:
        out.write(f"alice:{{SHA}}{word}\nbob:{{SHA}}{word}\n")
    if server is Lighttpd:
        lines = sample(ACCESS, "lighttpd", "mod_auth")
        return stage.site(
            {"conf": conf},
            server=server,
            before=lines.replace("/etc/lighttpd/users", users),
        )
    modules = "authn_core", "authn_file", "authz_user", "auth_basic"
    lines = "\n".join(map(module, modules)) + "\n"
    lines += sample(ACCESS, "apache", "AuthType").replace("/etc/apache2/users", users)
    options = {}
    if server is ApacheHandoff:
        options["defines"] = "Define pushcgi_handoff_login"
    return stage.site({"conf": conf}, server=server, before=lines, **options)


@servers
def test_a_user_has_the_channel_of_that_name(stage, server):
    site = clubhouse(stage, server)
    for user, channel, status in (
        ("alice", "user-alice", 200),
        ("bob", "user-bob", 200),
        ("bob", "user-alice", 403),
        ("alice", "user-", 403),
        ("alice", "user-alice2", 403),
        ("alice", "other", 403),
    ):
        answer = site.get("poll", channel, basic(user))
        assert answer.status == status, f"{user} {channel}: {answer!r}"
    assert site.get("poll", "user-alice").status == 401  # of the server
    assert (
        site.get("poll", ["user-alice", "user-bob"], basic("alice")).status
        == 403
    )
    reader = site.sse("user-alice", basic("alice")).ready()
    site.post("user-alice", "hello", basic("bob"))
    assert reader.wait_messages(1) == ["hello"]
