# SPDX-License-Identifier: MIT
"""Streams that a browser leaves in an HTTP/2 connection that it goes on using.
Apache serves a few requests of a connection at a time, fewer after streams were
left, and counts those until they are written to (hold.beat_h2)."""

import pytest

from harness.apache import ApacheFcgid, ApacheProxy, module
from harness.check import until
from harness.http2 import Http2
from harness.lighttpd import Lighttpd
from harness.site import ENDED

HELD = 4  # limit.connection_held
# Nothing waits for a heartbeat over HTTP/1.1: it comes too late.
SETTINGS = {"hold.beat": 3600, "hold.beat_h2": 1}
APACHE = {"before": module("http2") + "\nProtocols h2c http/1.1\n"}
LIGHTTPD = {"before": 'server.feature-flags = ( "server.h2c" => "enable" )\n'}


@pytest.mark.parametrize(
    "server, options",
    [
        pytest.param(
            ApacheProxy,
            APACHE,
            id="apache_mod_proxy_fcgi",
            marks=pytest.mark.apache,
        ),
        pytest.param(
            ApacheFcgid,
            APACHE,
            id="apache_mod_fcgid",
            marks=pytest.mark.apache,
        ),
        pytest.param(Lighttpd, LIGHTTPD, id="lighttpd"),
    ],
)
def test_pages_are_answered_after_streams_were_left(stage, server, options):
    site = stage.site(SETTINGS, server=server, **options)
    browser = Http2(site.port)
    for _ in range(HELD):
        stream = browser.ask("/push/sse?channel=news")
        browser.leave(browser.has(stream, b"event: cursor"))
        browser.page()
    until(
        lambda: site.log().count(ENDED) == HELD,
        "the ends of the streams that were left",
    )
    browser.close()
