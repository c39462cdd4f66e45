# SPDX-License-Identifier: MIT
"""Clients that Apache hands off, behind the shipped haproxy that ends TLS and
HTTP/2, and without it; in real browsers."""

import http.client
import ssl

import pytest

from harness.apache import module
from harness.check import until
from harness.cut import ENDLESS, Curl, CutPage, killed, stopped, with_libraries
from harness.engines import WebKit
from harness.handoff import TEN_THREADS, ApacheHandoff
from harness.in_front import ShippedHaproxy
from test_cut import come_back, comes_back

pytestmark = [pytest.mark.apache, pytest.mark.needs("haproxy", "curl")]

BEHIND = {"access.proxies": "127.0.0.1"}
SOON = {**BEHIND, "hold.beat": 1, "sse.retry": 300}
# Not before a new program listens: nothing holds its port meanwhile, as systemd
# does, and an EventSource that is refused stays closed.
LATER = {**SOON, "sse.retry": 5000}
TARGET = "push/sse?channel=news"

# Streams of one page: an EventSource each, and how they were transported.
MANY = """
window.heard = [];
for (let n = 0; n < arguments[0]; n++) {
	heard[n] = [];
	const source = new EventSource("/push/sse?channel=news");
	source.onmessage = (event) => heard[n].push(event.data);
}
"""
PROTOCOLS = """
return [...new Set(performance.getEntriesByType("resource")
	.map((entry) => entry.nextHopProtocol))];
"""


def in_front(stage, settings=None, **options):
    """The site, and haproxy."""
    site = stage.site(settings or BEHIND, server=ApacheHandoff, **options)
    return site, stage.add(ShippedHaproxy(stage.sub("haproxy"), site))


def many_streams(browser, site, front, count):
    """An empty page, as the demo's own streams would be counted, too."""
    site.page("blank.html", "<!DOCTYPE html><title>blank</title>")
    browser.go(front.secure("blank.html"))
    browser.run(MANY, count)
    until(
        lambda: site.log().count(" state=live ") >= count,
        f"{count} live subscribers",
        30,
    )


# --- by command ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "version, hows",
    [("1.1", ("error",)), ("2", ("end", "error"))],
    ids=("http1", "http2"),
)
def test_the_end_of_a_stream_passes_haproxy(stage, version, hows):
    """haproxy 2.6 ends each stream of HTTP/2 properly, newer ones may not; it
    has no length there."""
    site, front = in_front(stage, SOON)
    for end in (stopped, killed):
        held = stage.add(Curl(front.secure(TARGET), f"--http{version}"))
        held.ready()
        assert held.head.startswith(f"HTTP/{version} 200")
        assert (ENDLESS in held.head) == (version == "1.1")
        site.publish("news", "hello")
        held.has("hello")
        end(site)
        assert held.end()[0] in hows


@pytest.mark.parametrize("version", ("--http2", "--http1.1"))
def test_a_client_that_leaves_haproxy_is_released_at_once(stage, version):
    """By option abortonclose; no heartbeat is sent."""
    site, front = in_front(stage, {**BEHIND, "hold.beat": 3600})
    held = stage.add(Curl(front.secure(TARGET), version)).ready()
    held.popen.kill()
    site.wait_ended("sse", 1)


def test_haproxy_states_the_client_whatever_it_states_itself(stage):
    site, front = in_front(stage)
    forged = ("-H", "X-Forwarded-For: 192.0.2.7")
    stage.add(Curl(front.secure(TARGET), *forged)).ready()
    assert "event=subscriber_start client=127.0.0.1 " in site.log()
    assert "192.0.2.7" not in site.log()


REFUSES_LATE = """
<Location /push>
	RewriteEngine On
	RewriteCond %{QUERY_STRING} refused
	RewriteRule ^ - [F]
</Location>
"""


def test_a_rule_that_refuses_late_harms_no_other_client(stage):
    """The connection that its request was granted for goes on."""
    site, front = in_front(
        stage, before=module("rewrite") + "\n", after=REFUSES_LATE
    )
    clients = []
    for query, status in (("refused", 403), ("news", 200), ("more", 200)):
        client = http.client.HTTPSConnection(
            "127.0.0.1",
            front.tls,
            timeout=20,
            context=ssl._create_unverified_context(),
        )
        clients.append(client)
        # Of a later request than the first haproxy shares connections.
        for path in ("/index.html", f"/push/sse?channel={query}"):
            client.request("GET", path)
            response = client.getresponse()
            if path == "/index.html":
                response.read()
        assert response.status == status
        if status == 200:
            assert response.read(8)
    for client in clients:
        client.close()


def test_a_refusal_passes_haproxy(stage):
    _, front = in_front(stage)
    how, said = stage.add(Curl(front.secure("push/sse"))).end()
    assert how == "end"
    assert said.startswith("HTTP/2 400")
    assert "content-type: application/problem+json" in said


# --- in pages -----------------------------------------------------------------------


@pytest.mark.browser
def test_a_page_holds_30_streams_over_http2(stage, browser):
    """More than the 6 of HTTP/1.1, and than Apache has threads."""
    site, front = in_front(stage, after=TEN_THREADS)
    many_streams(browser, site, front, 30)
    site.publish("news", "hello")
    browser.until(
        'return heard.every((of) => of[0] === "hello")', "a message each"
    )
    assert browser.run(PROTOCOLS) == ["h2"]


@pytest.mark.browser
def test_each_message_arrives_before_the_next_is_sent(stage, browser):
    site, front = in_front(stage)
    many_streams(browser, site, front, 1)
    wanted = [f"message {n}" for n in range(20)]
    for text in wanted:
        site.publish("news", text)
        browser.until(f"return heard[0].at(-1) === {text!r}", text)
    assert browser.run("return heard[0]") == wanted


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.npm
def test_behind_haproxy_a_client_that_reconnects_misses_nothing(
    stage, browser
):
    """fetch-event-source does if its onclose throws: see below."""
    site, front = in_front(stage, LATER, **with_libraries(ApacheHandoff, {}))
    page = CutPage(browser, front.secure, "news")
    site.publish("news", "before")
    page.has("before")
    stopped(site)
    for client in page.clients:
        assert page.told(client) in ("error", "end"), client
    site.publish("news", "after")
    page.has("after", ["EventSource", "htmx2", "htmx4"])


@pytest.mark.browser
@pytest.mark.npm
def test_behind_haproxy_fetch_event_source_comes_back_if_its_onclose_throws(
    stage, browser
):
    site, front = in_front(stage, SOON, **with_libraries(ApacheHandoff, {}))
    comes_back(site, browser, front.secure)


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_behind_haproxy_webkit_comes_back(stage):
    site, front = in_front(stage, LATER)
    webkit = stage.add(WebKit(stage.sub("browser")))
    site.page("blank.html", "<!DOCTYPE html><title>blank</title>")
    webkit.go(front.secure("blank.html"))
    webkit.run(MANY, 1)
    for text in ("one", "two"):
        site.wait_ready("sse", "news")
        site.publish("news", text)
        webkit.until(f"return heard[0].includes({text!r})", text)
        stopped(site)


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.npm
def test_every_client_that_apache_hands_over_sees_an_error(stage, browser):
    site = stage.site(
        LATER, server=ApacheHandoff, **with_libraries(ApacheHandoff, {})
    )
    come_back(site, CutPage(browser, site.url, "news"), "error")
