# SPDX-License-Identifier: MIT
"""Each way for a WebSocket to get to its program."""
import time

from harness.apache import ApacheProxy
from harness.front import FastcgiFront
from harness.lighttpd import (Lighttpd, LighttpdCgi, LighttpdUpgrade,
                              upgrades_fastcgi)
from harness.tap import fact, true

# name in a fact, server, command it needs
WAYS = [("lighttpd_mod_proxy", Lighttpd, "lighttpd"),
        ("lighttpd_mod_cgi", LighttpdCgi, "lighttpd"),
        ("apache_mod_proxy_http", ApacheProxy, "apache2"),
        ("fastcgi", FastcgiFront, "redis-server")]
if upgrades_fastcgi():  # Debian 13's
    WAYS.append(("lighttpd_mod_fastcgi", LighttpdUpgrade, "lighttpd"))


def way(stage, server, settings=None, **options):
    """A site with WebSocket."""
    if server is not FastcgiFront:
        options["websocket"] = True
    return stage.site(settings, server=server, **options)


def through_each_way(limit=60, of=None):
    """Makes a function of a stage and a server a fact for each, or for those
    of some servers."""
    def register(function):
        for name, server, command in WAYS:
            if of and server not in of:
                continue

            def test(stage, server=server):
                function(stage, server)
            test.__name__ = f"{function.__name__}_by_{name}"
            test.__module__ = function.__module__
            fact(limit=limit, needs=("redis-server", command))(test)
        return function
    return register


def comes_back(site, cursor, seconds=60, **options):
    """As a client does: tries again while it is refused with 50x."""
    end = time.monotonic() + seconds
    while True:
        reader = site.websocket("news", since=cursor, **options)
        reader.until(lambda: reader.status is not None, "head")
        if reader.status == 101:
            return reader
        true(500 <= reader.status < 600 and time.monotonic() < end,
             f"refused: {reader.story()}")
        reader.close()
        time.sleep(0.3)
