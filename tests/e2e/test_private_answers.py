# SPDX-License-Identifier: MIT
"""What answers for private channels say: to caches, as scripts, as refusals,
and in logs."""

import os
import re
import time

from harness import jwt, signed
from harness.check import until
from harness.jwt import bearer
from harness.lighttpd import Lighttpd
from harness.private import TOKEN, ask, is_refusal, post, servers, status
from harness.samples import sample
from harness.signed import rights
from harness.techniques import ALL

ACCESS = "doc/access.md"
OPEN = {"access.subscribe": "any"}
CLOSED = {k: v for k, v in TOKEN.items() if k != "access.scripts"}
SCRIPTS = [
    technique for technique in ALL if "callback" in technique.parameters
]
FORGED = jwt.forge({"alg": "HS256"}, jwt.mercure(["*"]), "x" * 32)


# --- caches -----------------------------------------------------------------


@servers
def test_no_cache_keeps_what_needs_a_right(shared, stage, channel, server):
    site = shared.site(TOKEN, server=server)
    stage.command(site).publish(channel, "x")
    made = rights(channel)
    for technique in ALL:
        if technique.name == "websocket":
            continue  # 101 is no response that a cache keeps
        answer = ask(
            site,
            technique.name,
            channel,
            **technique.parameters,
            wait=0,
            **made,
        )
        assert answer.status == 200, technique.name
        said = answer.headers["cache-control"]
        assert said.startswith(
            "private, no-store"
        ), f"{technique.name}: {said}"


def test_no_cache_keeps_what_was_sent_to_who_showed_something(shared, channel):
    """Of an open channel."""
    site = shared.site(OPEN)
    plain = site.get("poll", channel).headers["Cache-Control"]
    assert "private" not in plain and "no-store" not in plain
    made = rights(channel)
    for headers, parameters in (
        (bearer(FORGED), {}),
        ({"Cookie": "session=1"}, {}),
        ({}, {"token": FORGED}),
        ({}, made),
    ):
        answer = site.get("poll", channel, headers, **parameters)
        assert answer.status == 200, f"{headers} {parameters}: {answer!r}"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert site.get("poll", channel).headers["Cache-Control"] == plain


# --- iframe and jsonp -------------------------------------------------------


@servers
def test_a_script_is_not_sent_for_what_needs_a_right(shared, channel, server):
    site = shared.site(CLOSED, server=server)
    for technique in SCRIPTS:
        name, more = technique.name, technique.parameters
        answer = ask(site, name, channel, **more, **rights(channel))
        assert answer.status == 403, f"{name}: {answer.story()}"
        answer.wait_end()
        assert b"access.scripts" in answer.body
        assert ask(site, name, channel, **more).status == 401
    assert status(site, "sse", channel, **rights(channel)) == 200


def test_a_script_is_sent_of_an_open_channel_to_whom_ever(shared, channel):
    site = shared.site(OPEN)
    cookie = {"Cookie": "session=1"}
    for technique in SCRIPTS:
        for headers in ({}, cookie, {"Sec-Fetch-Site": "cross-site"}):
            answer = ask(
                site, technique.name, channel, headers, callback="f", wait=0
            )
            assert answer.status == 200, f"{technique.name} {headers}"


# --- what a refusal says ----------------------------------------------------


@servers
def test_a_refusal_names_the_first_channel_and_what_it_takes(shared, server):
    site = shared.site(CLOSED, server=server)
    a, b = (f"{server.__name__}-{name}" for name in "ab")
    for program in ("longpoll", "poll", "sse", "stream"):
        problem = is_refusal(
            site.get(program, [b, a], wait=0),
            401,
            a,
            "a token or a signed URL",
        )
        assert problem["title"] == "Unauthorized"
        assert b not in problem["detail"]
    answer = site.get("poll", a)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="push"'
    answer = site.get("poll", a, bearer("x"))
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="push", error="invalid_token"'
    )
    token = jwt.forge({"alg": "HS256"}, jwt.mercure([a]), jwt.SECRET)
    assert site.get("poll", a, bearer(token)).status == 200
    is_refusal(site.get("poll", [a, b], bearer(token)), 403, b)


@servers
def test_where_only_a_login_helps_no_token_is_asked_for(shared, server):
    site = shared.site({"access.subscribe": "user"}, server=server)
    answer = site.get("poll", f"{server.__name__}-a")
    is_refusal(answer, 401, "a login at this site", scheme="Login")


def test_refusals_are_logged_once_a_second_with_a_count(stage):
    site = stage.site(CLOSED)
    began, asked = time.monotonic(), 0

    def all_counted():
        nonlocal asked
        assert site.get("poll", "a").status == 401
        asked += 1
        said = re.findall(r"event=refused .*skipped=(\d+)", site.log())
        assert len(said) <= time.monotonic() - began + 2
        return asked > 100 and sum(map(int, said)) + len(said) == asked

    until(all_counted, "a line with all that was not logged", step=0)


# --- nobody sees a secret ---------------------------------------------------


def logged(stage, server):
    """A site whose access log is as doc/access.md has it."""
    if server is Lighttpd:
        path = os.path.join(stage.sub("access"), "access.log")
        return stage.site(
            TOKEN,
            server=server,
            websocket=True,
            before='server.modules += ( "mod_accesslog" )\n'
            f'accesslog.filename = "{path}"\n'
            + sample(ACCESS, "lighttpd", "accesslog.format"),
        )
    folder = stage.sub("access")
    lines = sample(ACCESS, "apache", "CustomLog")
    lines = lines.replace("${APACHE_LOG_DIR}", folder)
    return stage.site(TOKEN, server=server, websocket=True, before=lines)


@servers
def test_no_token_signature_or_secret_is_shown(stage, server):
    site = logged(stage, server)
    good = jwt.forge({"alg": "HS256"}, jwt.mercure(["*"], ["*"]), jwt.SECRET)
    writes = rights("a", publish=True)
    made = rights("a")
    tokens = (good, FORGED)
    hidden = [*tokens, made["sig"], writes["sig"], jwt.SECRET, signed.SECRET]
    bodies = []

    def went(stream):
        stream.quiet(0.05)
        bodies.append(stream.body)

    for technique in ALL:
        name, more = technique.name, {**technique.parameters, "wait": 0}
        for token in tokens:
            went(ask(site, name, "a", **more, token=token))
            went(ask(site, name, "a", bearer(token), **more))
            went(ask(site, name, "a", {"Cookie": f"pushcgi={token}"}, **more))
            went(ask(site, name, "a b", **more, token=token))
            went(ask(site, name, [], **more, token=token))
        went(ask(site, name, "a", **more, **made))
        went(ask(site, name, "b", **more, **made))
        went(ask(site, name, "a", **more, **made, since="?"))
    for token in tokens:
        for path in ("poll/x", "nothing", "publish", ""):
            target = f"/push/{path}?channel=a&token={token}&sig={made['sig']}"
            for headers in ({}, bearer(token)):
                answer = site.request("GET", target, None, headers)
                bodies.append(answer.body)
        bodies.append(post(site, "a", "x", token=token).body)
        bodies.append(post(site, "a", "x", bearer(token)).body)
    bodies.append(post(site, "a", "x", **writes).body)
    bodies.append(post(site, "b", "x", **writes).body)
    socket = site.websocket("a", bearer(good)).ready()
    for token in tokens:
        for command in (
            {"subscribe": ["b"]},
            {"publish": {"channel": "b", "data": "x"}},
            {"nothing": 1},
        ):
            socket.command(f"{len(socket.texts)}", **command, token=token)
    bodies += [text.text.encode() for text in socket.texts]
    logs = stage.logs()
    assert any("access.log" in path for path in logs), logs
    for path in logs:
        with open(path, "rb") as log:
            bodies.append(log.read())
    for word in hidden:
        for body in bodies:
            shown = [
                line for line in body.splitlines() if word.encode() in line
            ]
            assert not shown, f"{word} in {shown[0]!r}"
