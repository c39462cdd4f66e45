# SPDX-License-Identifier: MIT
"""Two instances side by side behind one web server, each for a virtual host."""

import os

import pytest

from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.instances import HOST, two
from harness.lighttpd import Lighttpd, LighttpdCgi, LighttpdUnits
from harness.site import build
from harness.stage import Command

SERVERS = (
    LighttpdUnits,
    Lighttpd,
    LighttpdCgi,
    *(
        pytest.param(server, marks=pytest.mark.apache)
        for server in (ApacheProxy, ApacheFcgid, ApacheCgi)
    ),
)


@pytest.mark.parametrize("server", SERVERS)
def test_each_virtual_host_has_its_instance_and_push_js(stage, server):
    """With the lines of the shipped files. The channel has the same name, and the
    document root has no push.js."""
    site, second = two(stage, server)
    to_second = {"Host": HOST}
    first = [site.sse("news"), site.websocket("news")]
    other = [site.sse("news", to_second), site.websocket("news", to_second)]
    for subscriber in first + other:
        subscriber.ready()
    stage.command(site).publish("news", "to the first")
    Command(stage, second.settings).publish("news", "to the second")
    for subscriber in first:
        assert subscriber.wait_messages(1) == ["to the first"]
    for subscriber in other:
        assert subscriber.wait_messages(1) == ["to the second"]
    assert site.get("http", "news").body == b"to the first"
    assert site.get("http", "news", to_second).body == b"to the second"
    os.unlink(os.path.join(site.folder, "root", "client"))
    for host in ("one.example", HOST):
        response = site.request(
            "GET", "/client/push.js", headers={"Host": host}
        )
        assert response.headers["Content-Type"].startswith("text/javascript")
        with open(build("client", "push.js"), "rb") as f:
            assert response.body == f.read()
