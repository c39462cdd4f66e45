# SPDX-License-Identifier: MIT
"""The lines to paste of each page in doc/techniques/, pasted."""
import json
import os
import re

from harness.lighttpd import source
from harness.tap import equal, fact, true, until
from harness.webdriver import Browser

NEEDS = ("redis-server", "lighttpd", "chromium", "chromedriver")
HEAD = """<!DOCTYPE html>
<meta charset="utf-8"><title>%s</title>
<body><script>
window.seen = [];
console.log = (...words) => seen.push(words.join(" "));
</script>
"""


def pasted(name):
    """The first lines of HTML that the page shows."""
    with open(source("doc", "techniques", f"{name}.md"),
              encoding="utf-8") as page:
        found = re.search(r"```html\n(.*?)```", page.read(), re.S)
    true(found is not None, f"no HTML in the page of {name}")
    return HEAD % name + found.group(1)


def site_with(stage, page):
    folder = stage.sub("pages")
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, "index.html"), "w",
              encoding="utf-8") as out:
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
    browser.until("return seen.includes(" + json.dumps(want[-1]) + ")",
                  "the last message")
    got = [text for text in browser.run("return seen") if text != "anybody?"]
    equal(got, want, "what the page showed")


@fact(limit=120, needs=NEEDS)
def the_lines_for_sse_work(stage):
    receives(stage, "sse")


@fact(limit=120, needs=NEEDS)
def the_lines_for_stream_work(stage):
    receives(stage, "stream")


@fact(limit=120, needs=NEEDS)
def the_lines_for_iframe_work(stage):
    receives(stage, "iframe")


@fact(limit=120, needs=NEEDS)
def the_lines_for_websocket_work(stage):
    receives(stage, "websocket")


@fact(limit=120, needs=NEEDS)
def the_lines_for_longpoll_work(stage):
    receives(stage, "longpoll")


@fact(limit=120, needs=NEEDS)
def the_lines_for_jsonp_work(stage):
    receives(stage, "jsonp")


@fact(limit=120, needs=NEEDS)
def the_lines_for_poll_work(stage):
    receives(stage, "poll")


@fact(limit=120, needs=NEEDS)
def the_lines_for_http_work(stage):
    site = site_with(stage, pasted("http"))
    site.publish("temperature", "21 <b>")
    browser = stage.add(Browser(stage.sub("browser")))
    browser.go(f"http://127.0.0.1:{site.port}/")
    browser.until("return document.body.innerText.includes('21 <b>')",
                  "the temperature")
    site.publish("temperature", "22")
    browser.run("dispatchEvent(new Event('focus'))")
    browser.until("return document.body.innerText.includes(': 22')",
                  "the next one")
