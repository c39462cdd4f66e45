# SPDX-License-Identifier: MIT
"""Commands of a WebSocket that bring a right of their own."""

import os

import pytest

from harness import jwt, signed
from harness.jwt import bearer, mercure
from harness.private import ask, servers
from harness.signed import rights

CONF = f"""
[access]
subscribe = token
publish = token
secret = {signed.SECRET}
jwt_key = {jwt.SECRET}

[channel "open*"]
subscribe = any
publish = any
"""


@pytest.fixture
def site(stage, server):
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(CONF)
    settings = {"conf": path, "access.publish": "token"}
    return stage.site(settings, server=server, websocket=True)


def token(subscribe=(), publish=(), **claims):
    return jwt.forge(
        {"alg": "HS256"}, mercure(subscribe, publish, **claims), jwt.SECRET
    )


class Talk:
    """Commands, numbered."""

    def __init__(self, socket):
        self.socket, self.count = socket, 0

    def status(self, **command):
        """200, or that of the refusal."""
        self.count += 1
        reply = self.socket.command(self.count, **command)
        if "error" in reply:
            assert "token" not in command or command["token"] not in str(reply)
            return reply["status"]
        return 200

    def subscribe(self, channel, **show):
        return self.status(subscribe=[channel], **show)

    def publish(self, channel, **show):
        publication = {"channel": channel, "data": f"to {channel}"}
        return self.status(publish=publication, **show)


@servers
def test_a_command_may_bring_a_token_or_a_signature(site):
    talk = Talk(site.websocket("open").ready())
    assert talk.subscribe("open2") == 200
    assert talk.subscribe("a") == 401
    assert talk.subscribe("a", token="x.y.z") == 401
    assert talk.subscribe("a", token=token(["b"])) == 403
    assert talk.subscribe("a", token=token(publish=["a"])) == 403
    assert talk.subscribe("a", token=token(["a"], exp=1)) == 401
    assert talk.subscribe("a", **rights("b")) == 401
    assert talk.subscribe("a", **rights("a", publish=True)) == 401
    assert talk.subscribe("a", **rights("a", "open")) == 401
    assert talk.status(subscribe=["open3", "a"]) == 401
    assert talk.subscribe("a", token=token(["a"])) == 200
    assert talk.subscribe("b", **rights("b")) == 200
    made = rights("c")
    made["expires"] = int(made["expires"])  # a number, not a string
    assert talk.subscribe("c", **made) == 200
    assert talk.publish("a") == 401
    assert talk.publish("a", token=token(["a"])) == 403
    assert talk.publish("a", **rights("a")) == 401
    assert talk.publish("a", token=token(publish=["a"])) == 200
    assert talk.publish("b", **rights("b", publish=True)) == 200
    assert talk.publish("open") == 200
    assert talk.socket.wait_messages(3) == ["to a", "to b", "to open"]


@servers
def test_what_a_command_brings_counts_for_it_alone(site):
    talk = Talk(site.websocket("open").ready())
    assert talk.subscribe("a", token=token(["*"], ["*"])) == 200
    assert talk.subscribe("b") == 401
    assert talk.publish("a") == 401
    assert talk.publish("a", token=token(publish=["a"])) == 200
    assert talk.publish("a") == 401
    assert talk.socket.wait_messages(1) == ["to a"]


@servers
def test_the_token_of_the_handshake_counts_for_all_commands(site):
    shown = bearer(token(["a", "b"], ["b"]))
    talk = Talk(site.websocket("a", shown).ready())
    assert talk.subscribe("b") == 200
    assert talk.subscribe("c") == 403
    assert talk.publish("b") == 200
    assert talk.publish("a") == 403
    assert talk.publish("a", token=token(publish=["a"])) == 200
    assert talk.subscribe("c", token=token(["c"])) == 200
    assert talk.socket.wait_messages(2) == ["to b", "to a"]


@servers
def test_a_page_of_another_site_gets_no_websocket(site):
    shown = token(["a"], ["a"])
    for headers in (
        {"Origin": "https://evil.example", "Cookie": f"pushcgi={shown}"},
        {"Origin": "null", "Cookie": f"pushcgi={shown}"},
        {"Origin": "https://evil.example", **bearer(shown)},
    ):
        assert ask(site, "websocket", "a", headers).status == 403
        assert ask(site, "websocket", "open", headers).status == 403
    own = {"Origin": "http://localhost", "Host": "localhost"}
    answer = ask(site, "websocket", "a", {**own, **bearer(shown)})
    assert answer.status == 101, answer.story()
