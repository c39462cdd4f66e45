# SPDX-License-Identifier: MIT
"""Every lane of the demo page, in Chromium."""

import os
import subprocess

import pytest

from harness import web
from harness.buffering import BufferingProxy, ErrorPage
from harness.check import Failed, until
from harness.demo import Demo

pytestmark = pytest.mark.browser

HELD = ("longpoll", "jsonp", "sse", "stream", "iframe", "websocket")
LANES = ("http", "poll", *HELD)
SHOWN = """
return [...document.querySelectorAll('[data-lane=' + arguments[0] +
  '] [data-messages] li .data')].map(data => data.textContent).reverse()"""
STATE = """
return document.querySelector('[data-lane=' + arguments[0] +
  '] [data-state]')?.dataset.state"""  # none before the page began
NUMBER = """
return document.querySelector('[data-lane=' + arguments[0] +
  '] [data-' + arguments[1] + ']').textContent"""
AWKWARD = (
    "plain",
    "</script><b>&amp;",
    "two\nlines",
    "\u2028 \U0001f600 ]]>",
    "'\"\\ <!--",
)


@pytest.fixture
def site(shared):
    return shared.site({"hold.wait": 3})


def open_page(browser, site, channel):
    browser.go(site.url("?" + web.query(channel)))
    for lane in LANES:
        wait_state(browser, lane, "live")
    until(
        lambda: subscribers(site, channel) >= len(HELD),
        "subscribers of the page",
        30,
    )


def subscribers(site, channel):
    """The number of programs subscribed to the page's channel."""
    return int(site.redis("PUBSUB", "NUMSUB", channel.announced)[1])


def wait_state(browser, lane, state):
    until(
        lambda: browser.run(STATE, lane) == state,
        f"lane {lane} {state}",
        40,
        0.1,
    )


def wait_shown(browser, lane, messages, seconds=40):
    try:
        until(
            lambda: browser.run(SHOWN, lane) == messages,
            f"{messages!r} in lane {lane}",
            seconds,
            0.1,
        )
    except Failed as why:
        raise Failed(
            f"{why}; it shows {browser.run(SHOWN, lane)!r},"
            f" the console {browser.console()[:5]}"
        ) from None


def every_lane_receives(stage, browser, channel, server):
    site = stage.add(Demo(stage.sub("demo"), server))
    open_page(browser, site, channel)
    command = stage.command(site)
    for text in AWKWARD:
        command.publish(channel, text)
    for lane in LANES:
        wait_shown(browser, lane, list(AWKWARD))
        assert browser.run(NUMBER, lane, "count") == str(
            len(AWKWARD)
        ), f"messages counted by {lane}"
        for number in ("requests", "bytes", "median", "last"):
            assert (
                browser.run(NUMBER, lane, number)[0] in "123456789"
            ), f"lane {lane} shows its {number}"
    assert (
        browser.run(
            "return document.querySelectorAll(" "'[data-messages] b').length"
        )
        == 0
    )
    assert browser.console() == []
    the_page_publishes(browser, site, channel)


def the_page_publishes(browser, site, channel):
    """By its form and by its chat box, with the cookie of its script, which no
    other client has."""
    browser.type("form#publish input[name=data]", "by the form")
    browser.run("document.querySelector('#publish').requestSubmit()")
    browser.until(
        "return document.querySelector('#published').textContent"
        ".startsWith('Stored as ')",
        "that the form published",
    )
    browser.type(".talk input", "by the chat")
    browser.run("document.querySelector('.talk').requestSubmit()")
    wait_shown(browser, "sse", [*AWKWARD, "by the form", "by the chat"])
    assert browser.run("return document.cookie") == ""
    refused = site.post(channel, "x")
    assert refused.status == 401, f"{refused!r}"


@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_the_printed_command_publishes(stage):
    site = stage.add(Demo(stage.sub("demo"), "lighttpd"))
    done = subprocess.run(
        ["bash", "-c", site.command],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, f"{done!r}"
    assert '"channel":"demo"' in done.stdout
    ready, after = site.process.output().split("ready: ")[1].split("\n")[:2]
    assert (ready, after.split()[0]) == (site.url(), "publish:")


@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_the_demo_counts_in_a_table_of_its_own(stage):
    site = stage.add(Demo(stage.sub("demo"), "lighttpd"))
    assert os.path.getsize(os.path.join(site.work, "table")) > 0
    with open(os.path.join(site.work, "web.log")) as log:
        assert "event=host_table" not in log.read()


@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_the_script_of_the_demo_gives_no_right_to_all_channels(stage):
    site = stage.add(Demo(stage.sub("demo"), "lighttpd"))

    def right(query):
        answer = web.request(site.port, "GET", f"/cgi-bin/right?{query}")
        return answer.status, answer.headers.get("Set-Cookie", "")

    for query in (
        "",
        "channel=",
        "channel=*",
        "channel=%2A",
        "channel=%7Bx%7D",
        "channel=a b".replace(" ", "+"),
        "channel=a&channel=%2A",
        "channel=%FF",
        "channel=a%20b",
        "channel=a%0Ab",
        "channel=a%00b",
        "channel=" + 256 * "a",
    ):
        status, cookie = right(query)
        assert status == 400 and not cookie, f"{query}: {status} {cookie}"
    status, cookie = right("channel=a&channel=%C3%BC")
    assert status == 204
    name, _, rest = cookie.partition("; ")
    assert rest == "Path=/push/; Max-Age=600; HttpOnly; SameSite=Strict"
    for channel, want in (("a", 201), ("\u00fc", 201), ("b", 403)):
        answer = site.post(channel, "x", {"Cookie": name})
        assert answer.status == want, f"{channel}: {answer!r}"


@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_every_lane_receives_a_message_by_lighttpd(stage, browser, channel):
    every_lane_receives(stage, browser, channel, "lighttpd")


@pytest.mark.apache
@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_every_lane_receives_a_message_by_apache_fcgid(
    stage, browser, channel
):
    every_lane_receives(stage, browser, channel, "apache-fcgid")


@pytest.mark.apache
@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_every_lane_receives_a_message_by_apache_proxy(
    stage, browser, channel
):
    every_lane_receives(stage, browser, channel, "apache-proxy")


@pytest.mark.apache
@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_every_lane_receives_a_message_by_apache_handoff(
    stage, browser, channel
):
    every_lane_receives(stage, browser, channel, "apache-handoff")


@pytest.mark.apache
@pytest.mark.needs("bash", "curl", "make", "setpriv")
def test_every_lane_receives_a_message_by_apache_cgi(stage, browser, channel):
    every_lane_receives(stage, browser, channel, "apache-cgi")


def test_a_lane_survives_an_error_page_in_its_body(
    stage, site, channel, browser
):
    """Its response ends as if it were complete."""
    lanes = ("sse", "stream", "iframe")
    proxy = stage.add(BufferingProxy(site.port, handler=ErrorPage))
    browser.go(f"http://127.0.0.1:{proxy.port}/?" + web.query(channel))
    for lane in lanes:
        wait_state(browser, lane, "live")
    site.publish(channel, "before")
    for lane in lanes:
        wait_shown(browser, lane, ["before"])
    site.publish(channel, "CUT here")
    site.publish(channel, "after")
    for lane in lanes:
        wait_shown(browser, lane, ["before", "CUT here", "after"])
    assert {f"/push/{lane}" for lane in lanes} <= set(proxy.cut)


def test_the_form_publishes_while_every_lane_is_connected(
    site, channel, browser
):
    open_page(browser, site, channel)
    for number in ("1", "2", "3"):
        browser.type("form#publish input[name=data]", number)
        browser.run("document.querySelector('#publish').requestSubmit()")
        for lane in HELD:
            wait_shown(browser, lane, ["1", "2", "3"][: int(number)])


def test_the_chat_box_publishes_through_the_socket(site, channel, browser):
    open_page(browser, site, channel)
    requests = browser.run(NUMBER, "websocket", "requests")
    browser.type(".talk input", "hello")
    browser.run("document.querySelector('.talk').requestSubmit()")
    for lane in LANES:
        wait_shown(browser, lane, ["hello"])
    browser.until(
        "return document.querySelector('.talk output')"
        ".textContent.startsWith('Stored as ')",
        "its id",
    )
    assert browser.run(NUMBER, "websocket", "requests") == requests
    assert (
        browser.run(
            "return performance.getEntriesByType('resource')"
            ".filter(e => e.name.includes('/push/publish'))"
            ".length"
        )
        == 0
    )
    browser.click("[data-lane=websocket] button.quiet")
    wait_state(browser, "websocket", "paused")
    browser.run("document.querySelector('.talk').requestSubmit()")
    browser.until(
        "return document.querySelector('.talk output')"
        ".textContent === 'Not sent: There is no connection.'",
        "why it was not sent",
    )


def test_a_paused_page_disconnects_and_misses_nothing(
    site, channel, browser, stage
):
    open_page(browser, site, channel)
    command = stage.command(site)
    command.publish(channel, "before")
    for lane in LANES:
        wait_shown(browser, lane, ["before"])
    browser.click("#pause")
    for lane in LANES:
        assert browser.run(STATE, lane) == "paused", f"state of {lane}"
    until(
        lambda: subscribers(site, channel)
        <= 1,  # a script tag cannot be cancelled
        "the end of the paused subscribers",
        40,
    )
    command.publish(channel, "meanwhile")
    browser.click("#pause")
    command.publish(channel, "after")
    for lane in LANES:
        wait_shown(browser, lane, ["before", "meanwhile", "after"])


def test_a_button_pauses_one_lane(site, channel, browser, stage):
    open_page(browser, site, channel)
    browser.click("[data-lane=stream] button")
    wait_state(browser, "stream", "paused")
    stage.command(site).publish(channel, "hello")
    wait_shown(browser, "sse", ["hello"])
    assert browser.run(SHOWN, "stream") == []
    browser.click("[data-lane=stream] button")
    wait_shown(browser, "stream", ["hello"])


def test_the_lanes_run_in_the_tab_opened_last(site, channel, browser, stage):
    open_page(browser, site, channel)
    first = browser.call("GET", "/window")
    second = browser.call("POST", "/window/new", {"type": "tab"})["handle"]
    browser.look(second)
    open_page(browser, site, channel)
    stage.command(site).publish(channel, "hello")
    for lane in LANES:
        wait_shown(browser, lane, ["hello"])
    browser.look(first)
    for lane in LANES:
        wait_state(browser, lane, "paused")
    browser.click("#pause")
    for lane in LANES:
        wait_shown(browser, lane, ["hello"])


def test_an_event_type_without_listener_reaches_every_lane(
    site, channel, browser, stage
):
    open_page(browser, site, channel)
    stage.command(site).publish("--event", "weather", channel, "rain")
    for lane in LANES:
        wait_shown(browser, lane, ["rain"])
        assert (
            browser.run(
                "return document.querySelector('[data-lane=' +"
                "arguments[0] + '] li .type').textContent",
                lane,
            )
            == "weather"
        ), f"type shown by {lane}"
