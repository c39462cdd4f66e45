# SPDX-License-Identifier: MIT
"""The HTML examples in doc/techniques/."""

import json
import re

import pytest

from harness.apache import ApacheFcgid
from harness.buffering import BufferingProxy, ErrorPage
from harness.check import until
from harness.samples import sample

pytestmark = pytest.mark.browser

HEAD = """<!DOCTYPE html>
<meta charset="utf-8"><title>%s</title>
<body><script>
window.seen = [];
console.log = (...words) => seen.push(words.join(" "));
</script>
"""


PAGES = {
    "sse": sample("doc/techniques/sse.md", "html", "EventSource"),
    "stream": sample("doc/techniques/stream.md", "html", "<script>"),
    "iframe": sample("doc/techniques/iframe.md", "html", "pushed"),
    "websocket": sample("doc/techniques/websocket.md", "html", "<script>"),
    "longpoll": sample("doc/techniques/longpoll.md", "html", "<script>"),
    "jsonp": sample("doc/techniques/jsonp.md", "html", "<script>"),
    "poll": sample("doc/techniques/poll.md", "html", "<script>"),
    "http": sample("doc/techniques/http.md", "html", "<script>"),
}


def pasted(name, theirs, ours):
    """The first lines of HTML that the page shows, with our channel."""
    text, times = re.subn(rf'(?<=[="]){theirs}\b', ours, PAGES[name])
    assert times > 0, f"the page of {name} does not name {theirs}"
    return HEAD % name + text.replace("pause = 5;", "pause = 0.5;")


def receives(site, browser, channel, name, port=None, word="message"):
    """A page with them shows each of three messages once, in order."""
    url = site.page(f"{channel}.html", pasted(name, "news", channel))
    browser.go(url.replace(str(site.port), str(port or site.port)))

    def listens():
        site.publish(channel, "anybody?")
        return browser.run("return seen.length")

    until(listens, "a message on the page", 40, 0.5)
    want = [f"{word} {n} <b>\u2028</b>" for n in range(3)]
    for text in want:
        site.publish(channel, text)
    browser.until(
        "return seen.includes(" + json.dumps(want[-1]) + ")",
        "the last message",
    )
    got = [text for text in browser.run("return seen") if text != "anybody?"]
    assert got == want


def test_the_example_of_sse_works(site, browser, channel):
    receives(site, browser, channel, "sse")


def test_the_example_of_stream_works(site, browser, channel):
    receives(site, browser, channel, "stream")


def receives_after_an_error_page(stage, site, browser, channel, name):
    """In the body of a response that ends as if it were complete."""
    proxy = stage.add(BufferingProxy(site.port, handler=ErrorPage))
    receives(site, browser, channel, name, proxy.port, "CUT")
    assert proxy.cut == [f"/push/{name}"]


def test_the_example_of_stream_survives_an_error_page_in_its_body(
    stage, site, browser, channel
):
    receives_after_an_error_page(stage, site, browser, channel, "stream")


def test_the_example_of_iframe_survives_an_error_page_in_its_body(
    stage, site, browser, channel
):
    receives_after_an_error_page(stage, site, browser, channel, "iframe")


def test_the_example_of_longpoll_survives_an_error_page_in_its_body(
    stage, site, browser, channel
):
    receives_after_an_error_page(stage, site, browser, channel, "longpoll")


def test_the_example_of_jsonp_survives_an_error_page_in_its_body(
    stage, site, browser, channel
):
    receives_after_an_error_page(stage, site, browser, channel, "jsonp")


def test_the_example_of_poll_survives_an_error_page_in_its_body(
    stage, site, browser, channel
):
    receives_after_an_error_page(stage, site, browser, channel, "poll")


@pytest.mark.apache
def test_the_example_of_stream_survives_the_error_page_of_mod_fcgid(
    stage, browser
):
    site = stage.site({"hold.beat": 1}, server=ApacheFcgid)
    browser.go(site.page("a.html", pasted("stream", "news", "news")))
    site.wait_ready("stream", "news")
    for n in range(3):
        site.publish("news", f"message {n}")
        browser.until(f"return seen.length > {n}", "the message")
        site.kill("stream")
    assert browser.run("return seen") == [f"message {n}" for n in range(3)]


def test_the_example_of_iframe_works(site, browser, channel):
    receives(site, browser, channel, "iframe")


def test_the_example_of_websocket_works(site, browser, channel):
    receives(site, browser, channel, "websocket")


def test_the_example_of_longpoll_works(site, browser, channel):
    receives(site, browser, channel, "longpoll")


def test_the_example_of_jsonp_works(site, browser, channel):
    receives(site, browser, channel, "jsonp")


def test_the_example_of_poll_works(site, browser, channel):
    receives(site, browser, channel, "poll")


def test_the_example_of_http_works(site, browser, channel):
    page = pasted("http", "temperature", channel)
    site.publish(channel, "21 <b>")
    browser.go(site.page(f"{channel}.html", page))
    browser.until(
        "return document.body.innerText.includes('21 <b>')", "the temperature"
    )
    site.publish(channel, "22")
    browser.run("dispatchEvent(new Event('focus'))")
    browser.until(
        "return document.body.innerText.includes(': 22')", "the next one"
    )
