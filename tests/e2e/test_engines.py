# SPDX-License-Identifier: MIT
"""Streams and client/push.js in each browser engine there is."""

import time

import pytest

from harness.buffering import BufferingProxy, Unpadding
from harness.check import Failed, note
from harness.engines import Firefox, WebKit
from harness.rungs import every_rung

# Title, function of the page, parameters.
ROWS = (
    ("fetch", "fetched", ""),
    ("XHR", "stream", ""),
    ("XHR, padding=1024", "stream", "&padding=1024"),
    ("iframe", "iframe", ""),
)
TIMES = 3


def now():
    return str(int(time.time() * 1000))


def seen(browser, site, channel, name, more="", seconds=30):
    """Milliseconds until the page has a kept and a live message, while the
    response continues."""
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


def without_padding(stage, browser, site, channel):
    """The same without the padding at the start of a frame."""
    relay = stage.add(BufferingProxy(site.port, handler=Unpadding))
    browser.go(f"http://127.0.0.1:{relay.port}/clients/first.html")
    try:
        return "; ".join(
            f"{ms:.0f} ms"
            for ms in seen(browser, site, channel, "iframe", seconds=2)
        )
    except Failed:
        return "nothing in 2 s"


def first_bytes(stage, site, channel, browser):
    browser.go(site.url("clients/first.html"))
    channels = iter(channel.also(*map(str, range(TIMES * len(ROWS) + 1))))
    for row, name, more in ROWS:
        times = [
            seen(browser, site, next(channels), name, more)
            for _ in range(TIMES)
        ]
        tell(browser, row, "; ".join(map(listed, zip(*times))))
    tell(
        browser,
        "iframe without padding",
        without_padding(stage, browser, site, next(channels)),
    )


def tell(browser, row, times):
    note(f"{browser.name}, {row}: {times}")


def started(stage, engine):
    return stage.add(engine(stage.sub("browser")))


def listed(times):
    return " ".join(f"{ms:.0f}" for ms in sorted(times)) + " ms"


@pytest.mark.browser
def test_the_first_bytes_of_streams_are_seen_in_chromium(
    stage, site, channel, browser
):
    first_bytes(stage, site, channel, browser)


@pytest.mark.browser("firefox-esr")
def test_the_first_bytes_of_streams_are_seen_in_firefox(stage, site, channel):
    first_bytes(stage, site, channel, started(stage, Firefox))


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_the_first_bytes_of_streams_are_seen_in_webkit(stage, site, channel):
    first_bytes(stage, site, channel, started(stage, WebKit))


@pytest.mark.browser("firefox-esr")
def test_every_rung_loses_and_repeats_nothing_in_firefox(stage):
    site = stage.site({"hold.beat": 1}, websocket=True)
    every_rung(stage, site, started(stage, Firefox))


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_every_rung_loses_and_repeats_nothing_in_webkit(stage):
    site = stage.site({"hold.beat": 1}, websocket=True)
    every_rung(stage, site, started(stage, WebKit))
