# SPDX-License-Identifier: MIT
"""The web servers, and modules, that pass WebSocket on."""

import time

import pytest

from harness.apache import ApacheProxy
from harness.front import FastcgiFront
from harness.lighttpd import (
    Lighttpd,
    LighttpdCgi,
    LighttpdUpgrade,
    upgrades_fastcgi,
)

WAYS = [
    pytest.param(Lighttpd, id="lighttpd_mod_proxy"),
    pytest.param(LighttpdCgi, id="lighttpd_mod_cgi"),
    pytest.param(
        ApacheProxy, id="apache_mod_proxy_http", marks=pytest.mark.apache
    ),
    pytest.param(FastcgiFront, id="fastcgi"),
]
if upgrades_fastcgi():  # Debian 13's
    WAYS.append(pytest.param(LighttpdUpgrade, id="lighttpd_mod_fastcgi"))
through_each_way = pytest.mark.parametrize("server", WAYS, scope="module")


def way(servers, server, settings=None, **options):
    """A site with WebSocket, of `shared` or of a stage."""
    return servers.site(settings, server=server, websocket=True, **options)


def comes_back(site, cursor, seconds=60, **options):
    """Reconnects, as a client does, while it is refused with 50x."""
    end = time.monotonic() + seconds
    while True:
        subscriber = site.websocket("news", since=cursor, **options)
        subscriber.until(lambda: subscriber.status is not None, "head")
        if subscriber.status == 101:
            return subscriber
        assert (
            500 <= subscriber.status < 600 and time.monotonic() < end
        ), subscriber.story()
        subscriber.close()
        time.sleep(0.3)
