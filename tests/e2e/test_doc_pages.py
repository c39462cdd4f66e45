# SPDX-License-Identifier: MIT
"""The HTML examples in doc/techniques/."""

import json
import os
import re

import pytest

from harness.check import until
from harness.lighttpd import source
from harness.webdriver import Browser

pytestmark = pytest.mark.browser

HEAD = """<!DOCTYPE html>
<meta charset="utf-8"><title>%s</title>
<body><script>
window.seen = [];
console.log = (...words) => seen.push(words.join(" "));
</script>
"""


def pasted(name):
    """The first lines of HTML that the page shows."""
    with open(
        source("doc", "techniques", f"{name}.md"), encoding="utf-8"
    ) as page:
        found = re.search(r"```html\n(.*?)```", page.read(), re.S)
    assert found is not None, f"no HTML in the page of {name}"
    return HEAD % name + found.group(1)


def site_with(stage, page):
    folder = stage.sub("pages")
    os.chmod(folder, 0o755)
    with open(
        os.path.join(folder, "index.html"), "w", encoding="utf-8"
    ) as out:
        out.write(page)
    return stage.site(root=folder, websocket=True)


def receives(stage, name):
    """A page with them shows each of three messages once, in order."""
    site = site_with(stage, pasted(name))
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/")

    def listens():
        site.publish("news", "anybody?")
        return browser.run("return seen.length")

    until(listens, "a message on the page", 40, 0.5)
    want = [f"message {n} <b>\u2028</b>" for n in range(3)]
    for text in want:
        site.publish("news", text)
    browser.until(
        "return seen.includes(" + json.dumps(want[-1]) + ")",
        "the last message",
    )
    got = [text for text in browser.run("return seen") if text != "anybody?"]
    assert got == want


def test_the_example_of_sse_works(stage):
    receives(stage, "sse")


def test_the_example_of_stream_works(stage):
    receives(stage, "stream")


def test_the_example_of_iframe_works(stage):
    receives(stage, "iframe")


def test_the_example_of_websocket_works(stage):
    receives(stage, "websocket")


def test_the_example_of_longpoll_works(stage):
    receives(stage, "longpoll")


def test_the_example_of_jsonp_works(stage):
    receives(stage, "jsonp")


def test_the_example_of_poll_works(stage):
    receives(stage, "poll")


def test_the_example_of_http_works(stage):
    site = site_with(stage, pasted("http"))
    site.publish("temperature", "21 <b>")
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/")
    browser.until(
        "return document.body.innerText.includes('21 <b>')", "the temperature"
    )
    site.publish("temperature", "22")
    browser.run("dispatchEvent(new Event('focus'))")
    browser.until(
        "return document.body.innerText.includes(': 22')", "the next one"
    )
