# SPDX-License-Identifier: MIT
"""The demo page in Chromium."""

import os
import signal
import subprocess

import pytest

from harness import process, web
from harness.site import build

pytestmark = pytest.mark.browser

LANE = "[data-lane=sse] "
SHOWS = """
return [...document.querySelectorAll('[data-lane=sse] [data-messages] li')]
  .map(li => li.textContent).filter(text => text.includes(%s)).length"""


def shows(text):
    return SHOWS % repr(text)


def open_page(browser, site, channel):
    """The page, subscribed to the channel."""
    browser.go(site.url("?" + web.query(channel)))
    browser.until(
        f"return document.querySelector('{LANE}[data-state]')"
        "?.dataset.state === 'live'",
        "the lane, live",
        40,
    )
    site.wait_ready("sse", channel)


def test_the_page_shows_what_push_publish_sends(site, channel, browser, stage):
    open_page(browser, site, channel)
    command = stage.command(site)
    for n in range(3):
        command.publish(channel, f"hello number {n} \u2028 <b>&</b>")
        browser.until(shows(f"hello number {n}"), f"message {n}")
    assert browser.run(shows("<b>&</b>")) == 3
    assert (
        browser.run(
            "return document.querySelectorAll("
            f"'{LANE}[data-messages] b').length"
        )
        == 0
    )


def test_the_page_shows_what_its_own_form_sends(site, channel, browser):
    open_page(browser, site, channel)
    browser.type("form#publish input[name=data]", "typed by hand")
    browser.run("document.querySelector('form#publish').requestSubmit()")
    browser.until(shows("typed by hand"), "what was typed")
    assert "/push/publish" not in browser.run(
        "return location.href"
    ), "the form left the page"


def test_the_page_subscribes_to_the_channel_in_its_url(
    site, channel, browser, stage
):
    path = os.path.join(stage.folder, "some.txt")
    with open(path, "w") as log:
        open_page(browser, site, channel)
        tail = subprocess.Popen(
            ["tail", "-n", "+1", "-F", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        settings = stage.command(site).settings
        sender = subprocess.Popen(
            [build("push-publish"), "--lines", channel],
            stdin=tail.stdout,
            stdout=subprocess.DEVNULL,
            env=process.clean_environment(settings),
        )
        try:
            for n in range(3):
                log.write(f"entry {n}\n")
                log.flush()
                browser.until(shows(f"entry {n}"), f"entry {n}")
        finally:
            tail.kill()
            tail.wait()
            tail.stdout.close()
            sender.wait(30)


def test_the_page_reconnects_after_its_responder_is_killed(
    stage, channel, browser
):
    site = stage.site()
    open_page(browser, site, channel)
    command = stage.command(site)
    command.publish(channel, "before")
    browser.until(shows("before"), "the message before")
    for number, kind in ((1, signal.SIGKILL), (2, signal.SIGTERM)):
        os.kill(site.responder("sse"), kind)
        command.publish(channel, f"missed {number}")
        browser.until(
            shows(f"missed {number}"), "the message sent meanwhile", 60
        )
        assert browser.run(shows(f"missed {number}")) == 1
    assert browser.run(shows("before")) == 1


def test_the_page_has_no_errors_in_its_console(site, channel, browser, stage):
    open_page(browser, site, channel)
    stage.command(site).publish(channel, "hello")
    browser.until(shows("hello"), "a message")
    said = [line for line in browser.console() if "favicon" not in line]
    assert said == []
