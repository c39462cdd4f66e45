# SPDX-License-Identifier: MIT
"""nginx with the lines of doc/nginx.md."""

import pytest

from harness import matrix, process
from harness.check import until
from harness.nginx import Nginx
from test_leave import settled

pytestmark = pytest.mark.nginx


def test_every_technique_works_behind_nginx(stage, channel):
    # As in test_matrix.py: its WebSocket client may answer pings late.
    site = stage.site({"hold.beat": 3}, server=Nginx)
    assert matrix.faults(matrix.column(site, channel)) == []


def test_a_subscriber_disconnected_from_nginx_is_released_at_once(stage):
    site = stage.site({"hold.beat": 3600}, server=Nginx)
    site.sse("other").ready()
    pid = site.responder("sse")
    settled(pid)
    before = process.sockets(pid)
    subscribers = [site.sse("news").ready() for _ in range(10)]
    for subscriber in subscribers:
        subscriber.close()
    until(
        lambda: process.sockets(pid) == before,
        f"{before} sockets again after the subscribers left",
    )
