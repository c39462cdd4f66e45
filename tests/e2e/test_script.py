# SPDX-License-Identifier: MIT
"""The scripts of jsonp and iframe, run by a browser."""

import json
import os

import pytest

from harness.check import until
from harness.webdriver import Browser
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


def subscriber_page(stage, name="page"):
    folder = stage.sub(name)
    with open(
        os.path.join(folder, "index.html"), "w", encoding="utf-8"
    ) as out:
        out.write(PAGE)
    os.chmod(folder, 0o755)
    return folder


def browse(stage, site):
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/")
    return browser


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
def test_jsonp_in_a_browser_delivers_the_exact_data(stage):
    site = stage.site(root=subscriber_page(stage))
    publish_all(site, "a'<b>&")
    browser = browse(stage, site)
    insert(
        browser,
        "script",
        "/push/jsonp?channel=a%27%3Cb%3E%26&since=0"
        "&limit=1000&callback=app.take",
    )
    check(browser, "a'<b>&")
    assert browser.run("return app.got.length") == 1


@pytest.mark.browser
def test_an_iframe_in_a_browser_delivers_the_exact_data(stage):
    site = stage.site(root=subscriber_page(stage))
    publish_all(site, "a'<b>&")
    browser = browse(stage, site)
    insert(
        browser,
        "iframe",
        "/push/iframe?channel=a%27%3Cb%3E%26&since=0" "&callback=app.take",
    )
    check(browser, "a'<b>&")
    site.publish("a'<b>&", "live")
    browser.until(
        "return app.got.some(item => item.data === 'live')", "a live message"
    )
    assert browser.run(
        "return [...frames[0].document.querySelectorAll("
        "'script, img')].map(e => e.textContent.includes("
        "'function push('))"
    ) == [True]


@pytest.mark.browser
def test_an_iframe_posts_to_a_listed_origin(stage):
    redis = stage.redis()
    shop = stage.site(root=subscriber_page(stage), redis=redis)
    origin = f"http://127.0.0.1:{shop.port}"
    push = stage.site(
        {"access.origins": f"https://a.example {origin}"}, redis=redis
    )
    publish_all(push, "news")
    browser = browse(stage, shop)
    insert(
        browser,
        "iframe",
        f"http://127.0.0.1:{push.port}/push/iframe"
        f"?channel=news&since=0&origin={origin}",
    )
    check(browser, "news")
    assert set(browser.run("return app.got.map(item => item.from)")) == {
        f"http://127.0.0.1:{push.port}"
    }


@pytest.mark.browser
def test_an_iframe_does_not_post_to_another_origin(stage):
    redis = stage.redis()
    shop = stage.site(root=subscriber_page(stage), redis=redis)
    push = stage.site({"access.origins": "http://127.0.0.1:1"}, redis=redis)
    push.publish("news", "secret")
    response = push.get(
        "iframe", ["news"], origin=f"http://127.0.0.1:{shop.port}"
    )
    assert response.status == 403
    browser = browse(stage, shop)
    insert(
        browser,
        "iframe",
        f"http://127.0.0.1:{push.port}/push/iframe"
        "?channel=news&since=0"
        "&origin=http://127.0.0.1:1",
    )
    until(
        lambda: any(
            "postMessage" in line and "does not match" in line
            for line in browser.console()
        ),
        "the browser's word that it kept the message back",
    )
    assert browser.run("return app.got") == []


def test_an_error_response_of_a_script_is_a_harmless_script(stage):
    site = stage.site()
    response = site.get("jsonp", ["news"], callback="a*/alert(1)//")
    assert response.status == 400
    text = response.body.decode()
    assert (text[:3], text[-4:], text.count("*/")) == ("/* ", " */\n", 1)
    response = site.get("iframe", ["news"], callback="<script>")
    assert response.status == 400
    assert not (b"<script" in response.body)
    response = site.get("jsonp", ["news"], since=0, wait=0, callback="f")
    assert json.loads(response.body[len("/**/f(") : -3])["messages"] == []
