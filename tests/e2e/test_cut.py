# SPDX-License-Identifier: MIT
"""Streams that are cut: whatever ends one, and whatever is between, clients
notice. `cuts` prints what each client sees behind each server."""

import pytest

from harness import in_front
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.check import until
from harness.cut import (
    ENDLESS,
    ONCE,
    Curl,
    CutPage,
    killed,
    stopped,
    with_libraries,
)
from harness.engines import Firefox
from harness.https import with_https
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.samples import sample

SOON = {"hold.beat": 1, "sse.retry": 300}
TARGET = "push/sse?channel=news"
BACKLOG = "event=backlog "

# Behind these a cut would look as if the stream were complete.
HIDING = [
    pytest.param(LighttpdCgi, id="lighttpd_mod_cgi"),
    pytest.param(ApacheFcgid, id="mod_fcgid", marks=pytest.mark.apache),
    pytest.param(ApacheCgi, id="mod_cgid", marks=pytest.mark.apache),
]
OVER_HTTP2 = [
    pytest.param(Lighttpd, id="lighttpd"),
    pytest.param(ApacheFcgid, id="mod_fcgid", marks=pytest.mark.apache),
    pytest.param(ApacheProxy, id="mod_proxy_fcgi", marks=pytest.mark.apache),
]


@pytest.fixture
def curl(stage):
    """A stream; over HTTP/2 where the URL's server offers it."""
    return lambda url: stage.add(Curl(url + TARGET))


# --- how it ends -------------------------------------------------------------


@pytest.mark.needs("curl")
@pytest.mark.parametrize("server", HIDING)
def test_a_stream_whose_program_is_killed_is_an_error(stage, curl, server):
    site = stage.site(SOON, server=server)
    held = curl(site.url()).ready()
    killed(site)
    assert held.end()[0] == "error"


@pytest.mark.apache
@pytest.mark.needs("curl")
def test_a_stream_that_is_older_than_hold_max_age_is_an_error(stage, curl):
    site = stage.site({**SOON, "hold.max_age": 1}, server=ApacheFcgid)
    how, out = curl(site.url()).end()
    assert (how, out.count("retry: ")) == ("error", 2)  # also at its start


@pytest.mark.apache
@pytest.mark.needs("curl")
def test_a_stream_that_falls_behind_hold_max_backlog_is_an_error(stage, curl):
    site = stage.site({**SOON, "hold.max_backlog": 4096}, server=ApacheFcgid)
    held = curl(site.url()).ready()

    def behind():
        site.publish("news", "x" * 60000)
        return BACKLOG in site.log()

    until(behind, "a cut", step=0)
    assert held.end()[0] == "error"


# --- HTTP/2 ------------------------------------------------------------------


@pytest.mark.needs("curl")
@pytest.mark.parametrize("server", OVER_HTTP2)
def test_over_http2_a_stream_has_no_length_and_ends(stage, curl, server):
    """No browser compares the length there, and WebKit waits for the rest.
    mod_proxy_fcgi leaves a stream open that is cut."""
    site = with_https(stage, server, SOON)
    streams = [curl(site.secure()).ready() for _ in range(4)]
    assert all(ENDLESS not in one.head for one in streams)
    stopped(site)
    assert [one.end()[0] for one in streams] == ["end"] * 4


# --- in front ----------------------------------------------------------------

FRONTS = [
    pytest.param(in_front.Nginx, id="nginx", marks=pytest.mark.nginx),
    pytest.param(
        in_front.Haproxy, id="haproxy", marks=pytest.mark.needs("haproxy")
    ),
]


@pytest.mark.apache
@pytest.mark.needs("curl")
@pytest.mark.parametrize("front", FRONTS)
def test_a_proxy_in_front_passes_the_stream_and_its_cut_on(
    stage, curl, front
):
    """Over HTTP/2, too: it compares the length itself."""
    site = stage.site(SOON, server=ApacheFcgid)
    before = stage.add(front(stage.sub("front"), site, in_front.KEEPS_ALIVE))
    for url in (before.url(), before.secure()):
        held = curl(url).ready()
        assert ENDLESS in held.head
        site.publish("news", "hello")
        held.has("hello")
        stopped(site)
        assert held.end()[0] == "error"


# --- in pages ----------------------------------------------------------------


def come_back(site, page, told):
    """All clients have been told of the cut so, and miss nothing."""
    site.publish("news", "before")
    page.has("before")
    stopped(site)
    assert {c: page.told(c) for c in page.clients} == dict.fromkeys(
        page.clients, told
    )
    site.publish("news", "after")
    page.has("after", [c for c in page.clients if c not in ONCE])


@pytest.mark.apache
@pytest.mark.browser
@pytest.mark.long
@pytest.mark.npm
def test_every_client_in_chromium_sees_an_error(stage, browser):
    site = stage.site(
        SOON, server=ApacheFcgid, **with_libraries(ApacheFcgid, {})
    )
    come_back(site, CutPage(browser, site.url, "news"), "error")


@pytest.mark.apache
@pytest.mark.browser("firefox-esr")
@pytest.mark.long
@pytest.mark.npm
def test_every_client_in_firefox_sees_an_error(stage):
    site = stage.site(
        SOON, server=ApacheFcgid, **with_libraries(ApacheFcgid, {})
    )
    firefox = stage.add(Firefox(stage.sub("browser")))
    come_back(site, CutPage(firefox, site.url, "news"), "error")


@pytest.mark.browser
@pytest.mark.npm
def test_over_http2_fetch_event_source_comes_back_if_its_onclose_throws(
    stage, browser
):
    site = with_https(stage, Lighttpd, SOON, **with_libraries(Lighttpd, {}))
    comes_back(site, browser, site.secure)


def comes_back(site, browser, url):
    """fetch-event-source does, as doc/techniques/sse.md has it."""
    code = sample("doc/techniques/sse.md", "js", "onclose")
    browser.go(url("clients/cut.html?client=none"))
    browser.run(
        "window.said = []; console.log = (text) => said.push(text);"
        ' import("fetch-event-source").then(({ fetchEventSource }) =>'
        ' new Function("fetchEventSource", arguments[0])(fetchEventSource))',
        code,
    )
    site.wait_ready("sse", "news")
    for message in ("before", "after"):
        site.publish("news", message)
        browser.until(f"return said.includes({message!r})", message)
        stopped(site)
