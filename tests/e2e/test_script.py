# SPDX-License-Identifier: MIT
"""What jsonp and iframe send, run by a browser: data is data, and only data.
"""
import json
import os

from harness.tap import equal, fact, until
from harness.webdriver import Browser
from test_data import TEXTS

NEEDS = ("redis-server", "lighttpd", "chromium", "chromedriver")
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
<meta charset="utf-8"><title>reader</title>
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


def reader_page(stage, name="page"):
    folder = stage.sub(name)
    with open(os.path.join(folder, "index.html"), "w",
              encoding="utf-8") as out:
        out.write(PAGE)
    os.chmod(folder, 0o755)
    return folder


def browse(stage, site):
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/")
    return browser


def insert(browser, tag, url):
    browser.run("""
        const element = document.createElement(arguments[0]);
        element.src = arguments[1];
        document.body.appendChild(element);""", tag, url)


def publish_all(site, channel):
    for text in ALL.values():
        site.publish(channel, text, event="kind")


def check(browser, channel):
    """The browser has each of them as it was published, and did no more."""
    got = browser.until(
        f"const got = (() => {{{DATA}}})();"
        f"return got.length >= {len(ALL)} && got", "all messages")
    for item, (name, text) in zip(got, ALL.items()):
        equal(item["data"], text, name)
        equal((item["channel"], item["event"]), (channel, "kind"), name)
    equal(len(got), len(ALL), "messages")
    equal(browser.run("return app.hacked"), False, "data was run")
    equal([e for e in browser.run("return app.got") if isinstance(e, str)],
          [], "errors in the page")


@fact(limit=120, needs=NEEDS)
def jsonp_run_by_a_browser_gives_the_very_data(stage):
    site = stage.site(root=reader_page(stage))
    publish_all(site, "a'<b>&")
    browser = browse(stage, site)
    insert(browser, "script", "/push/jsonp?channel=a%27%3Cb%3E%26&since=0"
                              "&limit=1000&callback=app.take")
    check(browser, "a'<b>&")
    equal(browser.run("return app.got.length"), 1, "calls")


@fact(limit=120, needs=NEEDS)
def an_iframe_run_by_a_browser_gives_the_very_data(stage):
    site = stage.site(root=reader_page(stage))
    publish_all(site, "a'<b>&")
    browser = browse(stage, site)
    insert(browser, "iframe", "/push/iframe?channel=a%27%3Cb%3E%26&since=0"
                              "&callback=app.take")
    check(browser, "a'<b>&")
    site.publish("a'<b>&", "live")
    browser.until("return app.got.some(item => item.data === 'live')",
                  "a live message")
    equal(browser.run("return [...frames[0].document.querySelectorAll("
                      "'script, img')].map(e => e.textContent.includes("
                      "'function push('))"),
          [True], "elements left besides the one that has push()")


@fact(limit=120, needs=NEEDS)
def an_iframe_tells_a_page_of_an_origin_that_is_listed(stage):
    redis = stage.redis()
    shop = stage.site(root=reader_page(stage), redis=redis)
    origin = f"http://127.0.0.1:{shop.port}"
    push = stage.site({"access.origins": f"https://a.example {origin}"},
                      redis=redis)
    publish_all(push, "news")
    browser = browse(stage, shop)
    insert(browser, "iframe", f"http://127.0.0.1:{push.port}/push/iframe"
                              f"?channel=news&since=0&origin={origin}")
    check(browser, "news")
    equal(set(browser.run("return app.got.map(item => item.from)")),
          {f"http://127.0.0.1:{push.port}"}, "where messages are from")


@fact(limit=120, needs=NEEDS)
def an_iframe_does_not_tell_a_page_of_another_origin(stage):
    redis = stage.redis()
    shop = stage.site(root=reader_page(stage), redis=redis)
    push = stage.site({"access.origins": "http://127.0.0.1:1"}, redis=redis)
    push.publish("news", "secret")
    answer = push.get("iframe", ["news"],
                      origin=f"http://127.0.0.1:{shop.port}")
    equal(answer.status, 403, "an origin that is not listed")
    browser = browse(stage, shop)
    insert(browser, "iframe", f"http://127.0.0.1:{push.port}/push/iframe"
                              "?channel=news&since=0"
                              "&origin=http://127.0.0.1:1")
    until(lambda: any("postMessage" in line and "does not match" in line
                      for line in browser.console()),
          "the browser's word that it kept the message back")
    equal(browser.run("return app.got"), [], "what the page was told")


@fact(needs=("redis-server", "lighttpd"))
def an_error_of_a_script_is_a_script_that_does_nothing(stage):
    site = stage.site()
    answer = site.get("jsonp", ["news"], callback="a*/alert(1)//")
    equal(answer.status, 400, "a callback that is none")
    text = answer.body.decode()
    equal((text[:3], text[-4:], text.count("*/")), ("/* ", " */\n", 1),
          "the comment")
    answer = site.get("iframe", ["news"], callback="<script>")
    equal(answer.status, 400, "a callback of an iframe that is none")
    equal(b"<script" in answer.body, False, "a script in the error")
    answer = site.get("jsonp", ["news"], since=0, wait=0, callback="f")
    equal(json.loads(answer.body[len("/**/f("):-3])["messages"], [],
          "an empty batch")
