# SPDX-License-Identifier: MIT
"""client/push.js: twelve tabs of a browser on a site without WebSocket and
without https, where a browser opens six connections and has no Web Locks."""

import pytest

from harness import signed
from harness.check import Failed, in_order, until
from harness.client import client_page
from harness.engines import Firefox
from harness.webdriver import INSECURE, Browser
from test_client_tabs import connected, wait_held

pytestmark = [pytest.mark.browser, pytest.mark.long]

TABS = 12


class Crowd:
    """Tabs with a channel each; each has all messages of its channel."""

    def __init__(self, stage, browser, settings=None, rights=None):
        self.site = stage.site(settings, websocket=False)
        self.command = stage.command(self.site)
        self.idle = connected(self.site, "sse")
        self.sent = 0
        self.tabs = []
        for n in range(TABS):
            name = f"tab-{n}"
            if self.tabs:
                page = self.tabs[0].another()
            else:
                page = client_page(browser, self.site, name, host=INSECURE)
            page.channel = name
            assert page.run("return isSecureContext") is False
            url = f"/push/?{rights(name)}" if rights else "/push/"
            page.start(url=url, interval=300)
            self.tabs.append(page)

    def opened(self):
        for page in self.tabs:
            page.opened()
        return self

    def wait_held(self, count):
        wait_held(self.site, self.idle, count)

    def publish(self):
        """To each channel, while nobody waits for it."""
        texts = [f"number {self.sent + n}" for n in range(5)]
        for page in self.tabs:
            self.command.lines(page.channel, texts)
        self.sent += len(texts)

    def have(self, first=0):
        """Each tab has all once and in order, and the site answers."""
        want = [f"number {n}" for n in range(first, self.sent)]
        for page in self.tabs:
            in_order(page.has(want[-1], 60), want)
            assert page.run("return gaps") == []
        self.answers()

    def answers(self):
        page = self.tabs[-1]
        page.run(
            "window.page = 0; fetch('/client.html', { cache: 'no-store' })"
            ".then((its) => { window.page = its.status; })"
        )
        page.until("return page === 200", "a page of the site")

    def leaders(self):
        return [
            page for page in self.tabs if page.run("return !!push.tabs.lines")
        ]

    def leader(self):
        until(lambda: len(self.leaders()) == 1, "one leader")
        return self.leaders()[0]

    def shut(self, page):
        self.tabs.remove(page)
        page.shut()


def away_and_back(crowd, page):
    """Messages meanwhile are there when the page is back."""
    page.look()
    page.browser.go(crowd.site.url("index.html"))
    crowd.publish()
    page.look()
    page.browser.call("POST", "/back", {})
    page.until("return window.kept", "the page, as it was")


def crash(page):
    """Ends the process of the tab. The tab stays, and says so."""
    page.look()
    with pytest.raises(Failed, match="crashed"):
        page.browser.go("chrome://crash")


def open_channels(stage, browser, leads):
    """Firefox keeps no page with an open request: not the leader's."""
    crowd = Crowd(stage, browser).opened()
    crowd.publish()
    crowd.have()
    crowd.wait_held(1)
    away_and_back(crowd, crowd.tabs[0 if leads else 1])
    crowd.have()
    while len(crowd.tabs) > 6:
        crowd.publish()
        crowd.shut(crowd.leader())
        crowd.publish()
        crowd.have()
    crowd.wait_held(1)
    return crowd


def test_twelve_tabs_of_open_channels_hold_one_connection(stage):
    # Its own: the tab that crashes cannot be closed.
    browser = stage.add(Browser(stage.sub("browser")))
    crowd = open_channels(stage, browser, leads=True)
    leader = crowd.leader()
    crash(leader)
    crowd.tabs.remove(leader)
    crowd.publish()
    crowd.have()


@pytest.mark.browser("firefox-esr")
def test_twelve_tabs_of_open_channels_hold_one_connection_in_firefox(stage):
    firefox = stage.add(Firefox(stage.sub("browser")))
    open_channels(stage, firefox, leads=False)


PRIVATE = {"access.subscribe": "token", "access.secret": signed.SECRET}


def signed_urls(stage, browser, last):
    """Leaders are closed until only `last` tabs are left."""
    crowd = Crowd(stage, browser, PRIVATE, signed.sign).opened()
    crowd.publish()
    crowd.have()
    crowd.wait_held(4)
    while len(crowd.tabs) > last:
        crowd.publish()
        crowd.shut(crowd.leader())
        crowd.publish()
        crowd.have()
        crowd.wait_held(min(4, len(crowd.tabs)))


def test_twelve_tabs_of_signed_urls_hold_four_connections(stage, browser):
    signed_urls(stage, browser, 3)


@pytest.mark.browser("firefox-esr")
def test_twelve_tabs_of_signed_urls_hold_four_connections_in_firefox(stage):
    firefox = stage.add(Firefox(stage.sub("browser")))
    signed_urls(stage, firefox, 9)  # it takes long to look at a tab
