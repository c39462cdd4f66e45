# SPDX-License-Identifier: MIT
"""The scripts of jsonp and iframe, run by a browser."""

import json

import pytest

from harness.check import until
from harness.web import query
from test_data import TEXTS

SINKS = {
    "script_call": "\"});app.hacked = true;({\"a\":\"",
    "script_element": "</script><script>parent.app.hacked = true</script>",
    "markup": "<img src=x onerror=\"parent.app.hacked = true\">",
    "double_comment": "<!--<script>*/-->",
    "line_breaks": "one\rtwo\r\nthree\u2028four\u2029",
    "backslashes": "\\\\</script>\\",
}
ALL = {**TEXTS, **SINKS}
PAGE = """<!DOCTYPE html>
<meta charset="utf-8"><title>subscriber</title>
<body><script>
window.app = {got: [], hacked: false,
              take(item) { app.got.push(item); }};
addEventListener("error", (e) => app.got.push("error: " + e.message));
addEventListener("message", (e) => app.got.push(
    {from: e.origin, item: e.data}));
</script>
"""
DATA = """
return app.got.flatMap(item => item.messages || item)
              .map(item => item.item || item).filter(item => 'data' in item)"""


def open_page(browser, site):
    browser.go(site.page("script.html", PAGE))


def insert(browser, tag, url):
    browser.run(
        """
        const element = document.createElement(arguments[0]);
        element.src = arguments[1];
        document.body.appendChild(element);""",
        tag,
        url,
    )


def publish_all(site, channel):
    for text in ALL.values():
        site.publish(channel, text, event="kind")


def check(browser, channel):
    """The browser has each text intact, and has run nothing else."""
    got = browser.until(
        f"const got = (() => {{{DATA}}})();"
        f"return got.length >= {len(ALL)} && got",
        "all messages",
    )
    for item, (name, text) in zip(got, ALL.items()):
        assert item["data"] == text, name
        assert (item["channel"], item["event"]) == (channel, "kind"), name
    assert len(got) == len(ALL)
    assert browser.run("return app.hacked") is False
    assert [
        e for e in browser.run("return app.got") if isinstance(e, str)
    ] == []


@pytest.mark.browser
def test_jsonp_in_a_browser_delivers_the_exact_data(site, channel, browser):
    (name,) = channel.also("a'<b>&")
    publish_all(site, name)
    open_page(browser, site)
    insert(
        browser,
        "script",
        "/push/jsonp?" + query(name, since=0, limit=1000, callback="app.take"),
    )
    check(browser, name)
    assert browser.run("return app.got.length") == 1


@pytest.mark.browser
def test_an_iframe_in_a_browser_delivers_the_exact_data(
    site, channel, browser
):
    (name,) = channel.also("a'<b>&")
    publish_all(site, name)
    open_page(browser, site)
    insert(
        browser,
        "iframe",
        "/push/iframe?" + query(name, since=0, callback="app.take"),
    )
    check(browser, name)
    site.publish(name, "live")
    browser.until(
        "return app.got.some(item => item.data === 'live')", "a live message"
    )
    assert browser.run(
        "return [...frames[0].document.querySelectorAll("
        "'script, img')].map(e => e.textContent.includes("
        "'function push('))"
    ) == [True]


@pytest.mark.browser
def test_an_iframe_posts_to_a_listed_origin(site, stage, channel, browser):
    origin = f"http://127.0.0.1:{site.port}"
    push = stage.site(
        {"access.origins": f"https://a.example {origin}"}, redis=site.redis
    )
    publish_all(push, channel)
    open_page(browser, site)
    insert(
        browser,
        "iframe",
        push.url("push/iframe?" + query(channel, since=0, origin=origin)),
    )
    check(browser, channel)
    assert set(browser.run("return app.got.map(item => item.from)")) == {
        f"http://127.0.0.1:{push.port}"
    }


@pytest.mark.browser
def test_a_page_of_another_origin_cannot_frame_an_iframe(
    site, stage, channel, browser
):
    other = "http://127.0.0.1:1"
    push = stage.site({"access.origins": other}, redis=site.redis)
    push.publish(channel, "secret")
    response = push.get(
        "iframe", channel, origin=f"http://127.0.0.1:{site.port}"
    )
    assert response.status == 403
    open_page(browser, site)
    insert(
        browser,
        "iframe",
        push.url("push/iframe?" + query(channel, since=0, origin=other)),
    )
    until(
        lambda: any(
            "frame-ancestors" in line and other in line
            for line in browser.console()
        ),
        "the browser's word that it did not load the frame",
    )
    assert browser.run("return app.got") == []


def test_an_error_response_of_a_script_is_a_harmless_script(site, channel):
    response = site.get("jsonp", channel, callback="a*/alert(1)//")
    assert response.status == 400
    text = response.body.decode()
    assert (text[:3], text[-4:], text.count("*/")) == ("/* ", " */\n", 1)
    response = site.get("iframe", channel, callback="<script>")
    assert response.status == 400
    assert not (b"<script" in response.body)
    response = site.get("jsonp", channel, since=0, wait=0, callback="f")
    assert json.loads(response.body[len("/**/f(") : -3])["messages"] == []
