# SPDX-License-Identifier: MIT
"""Ten tabs with an EventSource each. All requests of a browser to a site are in
one HTTP/2 connection, of which a server serves a few at a time; more tabs than
limit.connection_held are not held, and come back for their messages."""

import signal

import pytest

from harness.apache import Apache, ApacheFcgid, ApacheProxy
from harness.check import in_order, note, until
from harness.https import with_https
from harness.lighttpd import Lighttpd

pytestmark = pytest.mark.browser

TABS, HELD = 10, 4
# Nothing waits for a heartbeat: the next one is later than all that is waited
# for.
SETTINGS = {"hold.beat": 60}
ABOVE = f"above limit.connection_held = {HELD}: not held"
SERVERS = [
    pytest.param(Lighttpd, id="lighttpd"),
    pytest.param(
        ApacheProxy, id="apache_mod_proxy_fcgi", marks=pytest.mark.apache
    ),
    pytest.param(ApacheFcgid, id="apache_mod_fcgid", marks=pytest.mark.apache),
]
on_each_server = pytest.mark.parametrize("server", SERVERS)

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>tab</title>
<link rel="icon" href="data:,">
<script>
window.opens = []; window.errors = []; window.got = []; window.ready = false;
function listen(query) {
  window.source = new EventSource("/push/sse?" + query);
  source.onopen = () => opens.push(Date.now());
  source.onerror = () => errors.push(source.readyState);
  source.onmessage = (m) => got.push(
    { data: m.data, id: m.lastEventId, at: Date.now() });
  source.addEventListener("cursor", () => { ready = true; });
}
// An ordinary page, again and again.
window.pages = [];
async function visit() {
  for (;;) {
    const start = performance.now();
    const response = await fetch("/index.html", { cache: "no-store" });
    await response.text();
    pages.push([response.status, performance.now() - start]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
function protocols() {
  return performance.getEntries().map((entry) => entry.nextHopProtocol)
    .filter((name) => name); // empty: of its cache, or not told
}
</script>
<body>"""


class Tab:
    """A tab of the browser with the page."""

    def __init__(self, browser, url):
        new = browser.call("POST", "/window/new", {"type": "tab"})
        self.browser, self.handle = browser, new["handle"]
        self.browser.look(self.handle)
        self.browser.go(url)

    def run(self, script, *arguments):
        self.browser.look(self.handle)
        return self.browser.run(script, *arguments)

    def until(self, script, what, seconds=90):
        return until(lambda: self.run(script), what, seconds, 0.1)

    def listen(self, channel):
        self.run("listen(arguments[0])", f"channel={channel}")
        self.until("return ready", "its cursor")
        return self

    def data(self):
        return self.run("return got.map((m) => m.data)")

    def waits(self, message):
        """How often it came back for a message: opened between the time of
        its id and its arrival."""
        got = [m for m in self.run("return got") if m["data"] == message][0]
        sent = int(got["id"].split("-")[0])
        return sum(
            sent < opened <= got["at"] for opened in self.run("return opens")
        )


class Tabs:
    """Ten that listen, and one that visits the site meanwhile."""

    def __init__(self, browser, site, url, channels):
        site.page("tab.html", PAGE)
        self.site = site
        self.viewer = Tab(browser, url("tab.html"))
        self.viewer.run("visit()")
        self.listeners = []
        for channel in channels:
            self.listeners.append(
                Tab(browser, url("tab.html")).listen(channel)
            )
            self.visited()
        self.held = self.listeners[:HELD]
        self.others = self.listeners[HELD:]

    def visited(self):
        """The site answers."""
        before = self.viewer.run("return pages.length")
        self.viewer.until(
            f"return pages.length > {before + 1}", "a page of the site"
        )

    def publish(self, channels, message):
        for channel in dict.fromkeys(channels):
            self.site.publish(channel, message)

    def have(self, want):
        """All of them get these messages, while the site answers."""
        for tab in self.listeners:
            tab.until(f"return got.length >= {len(want)}", want[-1])
            self.visited()
            in_order(tab.data(), want)

    def states(self):
        return [tab.run("return source.readyState") for tab in self.listeners]

    def tell(self, name):
        pages = self.viewer.run("return pages")
        assert {status for status, _ in pages} == {200}
        slowest = max(ms for _, ms in pages)
        note(f"{name}: {len(pages)} pages, the slowest {slowest:.0f} ms")


@pytest.mark.long
@on_each_server
def test_the_site_answers_a_browser_with_ten_tabs_over_http_2(
    stage, browser, server
):
    site = with_https(stage, server, SETTINGS)
    channels = [f"news-{n}" for n in range(TABS)]
    tabs = Tabs(browser, site, site.secure, channels)
    messages = ["one", "two"]
    for count, message in enumerate(messages, 1):
        tabs.publish(channels, message)
        tabs.have(messages[:count])
    for tab in tabs.held:
        assert tab.run("return [opens.length, errors]") == [1, []]
    for tab in tabs.others:
        assert set(tab.run("return errors")) == {0}, "it does not come back"
        # Twice, if the first of these responses was sent before.
        assert max(tab.waits(message) for message in messages) <= 2
    assert ABOVE in site.log()
    for tab in (tabs.viewer, *tabs.listeners):
        assert set(tab.run("return protocols()")) == {"h2"}
    tabs.tell(server.__name__)


def restart(site):
    """The web server, without programs that it does not start."""
    site.process.signal(signal.SIGTERM)
    site.process.wait(25)
    (Apache if isinstance(site, Apache) else Lighttpd).start(site)


@pytest.mark.long
@on_each_server
def test_the_site_answers_when_ten_tabs_reconnect_at_once(
    stage, browser, server
):
    site = with_https(stage, server, SETTINGS)
    tabs = Tabs(browser, site, site.secure, ["news"] * TABS)
    site.publish("news", "before")
    tabs.have(["before"])
    restart(site)
    tabs.viewer.run("visit()")
    site.publish("news", "after")
    tabs.have(["before", "after"])
    until(lambda: tabs.states().count(1) == HELD, "as many held as may be")
    tabs.visited()
    tabs.tell(server.__name__ + ", restarted")


def test_the_limit_of_a_connection_is_none_over_http_1_1(stage, browser):
    """A browser opens six connections; each has a port of its own."""
    site = stage.site(SETTINGS)
    site.page("tab.html", PAGE)
    tabs = [
        Tab(browser, site.url("tab.html")).listen("news")
        for _ in range(HELD + 1)
    ]
    site.publish("news", "one")
    for tab in tabs:
        tab.until("return got.length", "the message")
        assert tab.run("return [opens.length, errors]") == [1, []]
        assert set(tab.run("return protocols()")) <= {"http/1.1"}
    assert tabs[0].run("return protocols()")
    assert ABOVE not in site.log()
