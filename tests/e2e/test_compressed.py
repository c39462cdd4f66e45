# SPDX-License-Identifier: MIT
"""Sites that compress all they send: what is not for streams leaves them alone.
Compressed, a stream would have no Content-Length, and a cut would not show."""

import pytest

from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy, module
from harness.lighttpd import LighttpdCgi

APACHE = """<Location "/">
	SetOutputFilter BROTLI_COMPRESS;DEFLATE
</Location>
"""
ENDLESS = "9007199254740991"
LIGHTTPD = """server.modules += ( "mod_deflate" )
deflate.mimetypes = ( "text/" )
deflate.allowed-encodings = ( "gzip", "br" )
"""


def leaves_streams_alone(site, channel):
    for coding in ("gzip", "br"):
        asks = {"Accept-Encoding": coding}
        page = site.request("GET", "/index.html", headers=asks)
        assert page.headers["Content-Encoding"] == coding
        stream = site.sse(channel, asks).ready()
        assert "content-encoding" not in stream.headers
        assert stream.headers["content-length"] == ENDLESS
        site.publish(channel, coding)
        assert stream.wait_messages(1) == [coding]
        stream.close()


@pytest.mark.apache
@pytest.mark.parametrize("server", [ApacheFcgid, ApacheCgi, ApacheProxy])
def test_mod_deflate_and_mod_brotli_leave_streams_alone(
    stage, channel, server
):
    site = stage.site(
        {"hold.beat": 1}, server=server, before=module("brotli"), after=APACHE
    )
    leaves_streams_alone(site, channel)


def test_mod_deflate_of_lighttpd_leaves_streams_alone(stage, channel):
    site = stage.site({"hold.beat": 1}, server=LighttpdCgi, after=LIGHTTPD)
    leaves_streams_alone(site, channel)
