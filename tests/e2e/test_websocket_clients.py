# SPDX-License-Identifier: MIT
"""Public WebSocket clients, unmodified: npm's ws and Debian's
python3-websockets."""

import json
import os
import signal
import subprocess

import pytest

from harness import process
from harness.apache import ApacheProxy
from harness.check import in_order, until
from harness.lighttpd import Lighttpd
from harness.npm import HERE, folder
from harness.site import source
from harness.ways import way

PYTHON = "/usr/bin/python3"  # Debian's packages are for this one
LINES = "first\nsecond\n\n  fourth: \u00e9 \U0001f600"


class Client:
    """`program` of tests/e2e/clients, run by `runs`."""

    def __init__(self, stage, site, runs, program, deflate, **environment):
        self.process = process.Process(
            [
                runs,
                source(*HERE, program),
                f"ws://127.0.0.1:{site.port}/push/websocket?channel=a",
                "yes" if deflate else "no",
            ],
            os.path.join(stage.sub("client"), "client.log"),
            {**process.clean_environment(), **environment},
            stdin=subprocess.PIPE,
        )
        stage.add(self)

    def said(self, kind):
        """What it printed, of a kind."""
        out = []
        for line in self.process.output().splitlines(keepends=True):
            if line.startswith('["') and line.endswith("\n"):
                item = json.loads(line)
                if item[0] == kind:
                    out.append(item[1])
        if not self.process.alive():
            text = self.process.tail(3)
            if "not installed" in text:
                pytest.skip(text)
            assert False, f"it ended: {text}"
        return out

    def has(self, last):
        until(
            lambda: last in self.said("got"),
            f"the message {last!r}",
            60,
            0.1,
        )
        return self.said("got")

    def send(self, **command):
        pipe = self.process.popen.stdin
        pipe.write(json.dumps(command).encode() + b"\n")
        pipe.flush()

    def close(self):
        self.process.popen.stdin.close()
        self.process.stop()


def in_node(stage, site, deflate):
    return Client(
        stage,
        site,
        "node",
        "websocket_in_node.js",
        deflate,
        NODE_PATH=folder(),
    )


def in_python(stage, site, deflate):
    return Client(stage, site, PYTHON, "websocket_in_python.py", deflate)


def receives(stage, client, deflate, server=Lighttpd):
    """Live messages, pings, commands, and reconnecting after SIGTERM and
    SIGKILL: nothing is lost, nothing comes twice."""
    site = way(
        stage,
        server,
        {
            "hold.beat": 2,
            "websocket.deflate_min": 0,
                },
    )
    it = client(stage, site, deflate)
    until(lambda: it.said("other"), "a cursor", 60)
    assert it.said("open") == ["permessage-deflate" if deflate else ""]
    # It answers pings: one that does not, and began later, is closed.
    assert site.websocket("a", pongs=False).wait_end() == "cut"
    assert it.said("closed") == []
    large = "x" * 65536
    wanted = ["one", LINES, large, "chat: hi"]
    for text in wanted[:3]:
        site.publish("a", text)
    site.publish("a", "hi", event="chat")
    in_order(it.has("chat: hi"), wanted)
    it.send(publish={"channel": "a", "data": "mine"}, ref=7)
    it.has("mine")
    until(
        lambda: [
            t
            for t in it.said("other")
            if t.get("ok") == "publish" and t["ref"] == 7
        ],
        "a reply to what it sent",
    )
    wanted.append("mine")
    for n, number in enumerate((signal.SIGTERM, signal.SIGKILL)):
        os.kill(site.responder("websocket"), number)
        until(lambda n=n: len(it.said("closed")) > n, "its end")
        missed = [f"missed {n}.{m}" for m in range(20)]
        stage.command(site).lines("a", missed)
        if "websocket" in site.programs:
            site.programs["websocket"].wait(60)
            site.start_program("websocket")
        in_order(it.has(missed[-1]), [*wanted, *missed])
        wanted += missed
    assert it.said("closed") == [1001, 1006]
    assert it.said("unexpected") == []


@pytest.mark.npm
def test_ws_of_npm_receives_and_reconnects(stage):
    receives(stage, in_node, False)


@pytest.mark.npm
def test_ws_of_npm_receives_compressed_messages(stage):
    receives(stage, in_node, True)


@pytest.mark.apache
@pytest.mark.npm
def test_ws_of_npm_receives_behind_apache(stage):
    receives(stage, in_node, True, ApacheProxy)


def test_websockets_of_python_receives_and_reconnects(stage):
    receives(stage, in_python, False)


def test_websockets_of_python_receives_compressed_messages(stage):
    receives(stage, in_python, True)
