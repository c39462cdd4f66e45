# SPDX-License-Identifier: MIT
"""Streams and client/push.js in each browser engine there is."""

import itertools
import time

import pytest

from harness.buffering import BufferingProxy, Unpadding
from harness.check import Failed, note
from harness.client import client_site
from harness.engines import Firefox, WebKit
from harness.rungs import every_rung
from harness.site import source
from harness.webdriver import Browser

# Title, function of the page, parameters.
ROWS = (
    ("fetch", "fetched", ""),
    ("XHR", "stream", ""),
    ("XHR, padding=1024", "stream", "&padding=1024"),
    ("iframe", "iframe", ""),
)
TIMES = 5
numbers = itertools.count()


def now():
    return str(int(time.time() * 1000))


def seen(browser, site, name, more="", seconds=30):
    """Milliseconds until the page has a kept and a live message, while the
    response continues."""
    channel = f"c{next(numbers)}"
    site.publish(channel, "first")
    browser.run(
        "window.seen = []; window[arguments[0]](arguments[1])",
        name,
        f"?channel={channel}&since=0{more}",
    )
    browser.until(
        "return seen.length > 0", f"the first message by {name}", seconds
    )
    time.sleep(0.1)  # two at once, and an engine shows the second later
    site.publish(channel, now())
    browser.until("return seen.length > 1", f"the live message by {name}")
    found = browser.run("stop(); return seen")
    assert [loading for _, loading in found] == [
        True,
        True,
    ], f"{name}: is more to come"
    return [ms for ms, _ in found]


def without_padding(stage, browser, site):
    """The same without the padding at the start of a frame."""
    relay = stage.add(BufferingProxy(site.port, handler=Unpadding))
    browser.go(f"http://127.0.0.1:{relay.port}/first.html")
    try:
        return "; ".join(
            f"{ms:.0f} ms" for ms in seen(browser, site, "iframe", seconds=2)
        )
    except Failed:
        return "nothing in 2 s"


def first_bytes(stage, engine):
    site = stage.site(root=source("tests", "e2e", "clients"))
    browser = stage.add(engine(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/first.html")
    for row, name, more in ROWS:
        times = [seen(browser, site, name, more) for _ in range(TIMES)]
        tell(engine, row, "; ".join(map(listed, zip(*times))))
    tell(
        engine, "iframe without padding", without_padding(stage, browser, site)
    )


def tell(engine, row, times):
    note(f"{engine.name}, {row}: {times}")


def listed(times):
    return " ".join(f"{ms:.0f}" for ms in sorted(times)) + " ms"


@pytest.mark.browser
def test_the_first_bytes_of_streams_are_seen_in_chromium(stage):
    first_bytes(stage, Browser)


@pytest.mark.browser("firefox-esr")
def test_the_first_bytes_of_streams_are_seen_in_firefox(stage):
    first_bytes(stage, Firefox)


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_the_first_bytes_of_streams_are_seen_in_webkit(stage):
    first_bytes(stage, WebKit)


@pytest.mark.browser("firefox-esr")
def test_every_rung_loses_and_repeats_nothing_in_firefox(stage):
    site = client_site(stage, {"hold.beat": 1}, websocket=True)
    every_rung(stage, site, Firefox)


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_every_rung_loses_and_repeats_nothing_in_webkit(stage):
    site = client_site(stage, {"hold.beat": 1}, websocket=True)
    every_rung(stage, site, WebKit)
