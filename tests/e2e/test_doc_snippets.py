# SPDX-License-Identifier: MIT
"""The short pieces of pages and scripts in README.md and doc/, in Chromium."""

import os

import pytest

from harness.check import until
from harness.samples import sample
from test_client_token import PRIVATE, mint

pytestmark = pytest.mark.browser

SHOP = "doc/adding-push-to-a-page.md"
CLIENT = "doc/client.md"
SSE = "doc/techniques/sse.md"
HTTP = "doc/techniques/http.md"
README_PAGES = [
    sample("README.md", "html", "new EventSource"),
    sample("README.md", "html", "new Push"),
]
STATUS = sample(SHOP, "html", "We are closed.")
GAP = sample(SHOP, "js", "gap")
PUSH = sample(CLIENT, "html", "push.js")
MODULE = sample(CLIENT, "js", "import")
SINCE = sample(CLIENT, "js", "since:")
TOKEN = sample(CLIENT, "js", "token:")
SEND = sample(CLIENT, "js", "push.send")
RESUME = sample(SSE, "js", "since=")
ENVELOPE = sample(SSE, "js", "envelope=json")
LIST = sample(HTTP, "js", "last=20")
FRAME = sample(HTTP, "html", "<iframe")
COMMAND = sample("doc/techniques/websocket.md", "js", "send(")
SOCKET = sample("doc/techniques/websocket.md", "html", "<script>")
POST = sample("doc/techniques/publish.md", "html", "publish(")
OTHER = sample("doc/techniques/iframe.md", "html", "push.example")
ORIGINS = sample("doc/techniques/iframe.md", "ini", "origins")
HEAD = """<!DOCTYPE html>
<meta charset="utf-8"><title>snippet</title>
<body><script>
window.seen = [];
console.log = (...words) => seen.push(words.join(" "));
</script>
"""
WHOLE = "<script>\n{}\n</script>"
AS_MODULE = '<script type="module">\n{}\n</script>'


def ours(code, channel):
    """The sample with channels of this test."""
    for name in ("news", "user-7", "shop", "temperature"):
        for mark in ('"', "channel="):
            code = code.replace(f"{mark}{name}", f"{mark}{channel}-{name}")
    return code


def show(site, browser, channel, text):
    browser.go(site.page(f"{channel}.html", HEAD + text))


def shows(browser, word, publish):
    """Waits until the page has logged it; `publish` is called until then."""

    def seen():
        publish()
        return word in browser.run("return seen")

    until(seen, f"{word}; the page has {browser.run('return seen')}", step=0.2)


@pytest.mark.parametrize("number", (0, 1), ids=("EventSource", "Push"))
def test_the_pages_of_the_readme_receive(site, browser, channel, number):
    show(site, browser, channel, ours(README_PAGES[number], channel))

    def received():
        site.publish(f"{channel}-news", "hello <b>")
        return "hello <b>" in browser.text()

    until(received, "the message in the page", step=0.2)


def test_the_page_of_the_shop_shows_its_status(site, browser, channel):
    """It reloads when messages are gone."""
    code = WHOLE.format(GAP + "window.loaded = true;")
    show(site, browser, channel, ours(STATUS, channel) + code)

    def received():
        site.publish(f"{channel}-shop", "We are open.")
        return browser.text() == "We are open."

    until(received, "the status in the page", step=0.2)
    browser.run("source.dispatchEvent(new Event('gap')); loaded = false;")
    browser.until("return window.loaded", "the page to be loaded again")


def test_the_page_with_push_js_receives_and_sends(site, browser, channel):
    then = "window.after = async () => {\n" + SEND + "return id;\n};"
    text = ours(PUSH + WHOLE.format(then), channel)
    show(site, browser, channel, text)
    shows(
        browser,
        f"{channel}-user-7 to one",
        lambda: site.publish(f"{channel}-user-7", "to one"),
    )
    id_ = browser.run("return after()")
    (message,) = [
        m
        for m in site.longpoll(f"{channel}-news", since=0, wait=0)["messages"]
        if m["id"] == id_
    ]
    assert (message["event"], message["data"]) == ("chat", "Hello")
    browser.until("return seen.includes('Hello')", "what was sent")


def test_push_js_as_a_module_starts_from_a_cursor(site, browser, channel):
    """What push-publish --cursor prints is the `since` of the sample."""
    cursor = site.longpoll(
        [f"{channel}-news", f"{channel}-user-7"], wait=0
    )["cursor"]
    site.publish(f"{channel}-news", "meanwhile")
    code = MODULE + "const push = " + SINCE.replace("…", cursor)
    code += "push.onmessage = (message) => console.log(message.data);"
    text = AS_MODULE.format(ours(code, channel))
    show(site, browser, channel, text)
    browser.until("return seen.includes('meanwhile')", "the message")


def test_push_js_asks_for_a_token(stage, browser):
    site = stage.site(PRIVATE)
    os.makedirs(os.path.join(site.folder, "root", "cgi-bin"), exist_ok=True)
    site.page("cgi-bin/token.pl", mint("orders-42"))
    code = '<script src="/client/push.js"></script>' + WHOLE.format(
        TOKEN + "push.onmessage = (message) => console.log(message.data);"
    )
    show(site, browser, "token", code)
    command = stage.command(site)
    shows(browser, "hello", lambda: command.publish("orders-42", "hello"))


def test_an_event_source_resumes_and_tells_the_channel(site, browser, channel):
    id_ = site.publish(f"{channel}-news", "before")
    site.publish(f"{channel}-news", "kept")
    code = "const resumed = " + RESUME.replace("1700000000000-3", id_)
    code += "resumed.onmessage = (message) => console.log(message.data);\n"
    text = WHOLE.format(ours(code + ENVELOPE, channel))
    show(site, browser, channel, text)
    browser.until("return seen.length > 0", "the message after the cursor")
    assert browser.run("return seen[0]") == "kept"
    shows(
        browser,
        f"{channel}-user-7 hello",
        lambda: site.publish(f"{channel}-user-7", "hello"),
    )


def test_the_last_messages_and_then_the_new_ones(site, browser, channel):
    for text in ("one", "two"):
        site.publish(f"{channel}-news", text)
    site.publish(f"{channel}-temperature", "21 degrees")
    text = ours(FRAME + AS_MODULE.format(LIST), channel)
    text = text.replace("new EventSource", "window.then = new EventSource")
    show(site, browser, channel, text)
    browser.until("return window.then", "the EventSource")
    assert browser.run("return seen") == ["one", "two"]
    browser.run("then.onmessage = (m) => console.log(m.data)")
    shows(browser, "three", lambda: site.publish(f"{channel}-news", "three"))
    assert browser.run("return seen").count("one") == 1
    browser.until(
        "return frames[0].document.body.textContent === '21 degrees'",
        "the newest message in the frame",
    )


def test_a_page_publishes_by_websocket(site, browser, channel):
    show(site, browser, channel, ours(SOCKET, channel))
    shows(
        browser, "before", lambda: site.publish(f"{channel}-news", "before")
    )
    browser.run(ours(COMMAND, channel))
    browser.until("return seen.includes('hi')", "its own message")


def test_a_page_publishes_by_a_post(site, browser, channel):
    show(site, browser, channel, ours(POST, channel))
    got = site.gather(f"{channel}-news", 0, 2)
    assert sorted(m["data"] for m in got) == ["hi", '{"price":7}']


def test_a_frame_of_another_origin_posts_messages(
    site, stage, channel, browser
):
    """The page is of one server, the frame of another."""
    shop = site.url()[:-1]
    conf = os.path.join(stage.sub("conf"), "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(ORIGINS.replace("https://shop.example", shop))
    push = stage.site({"conf": conf})
    code = OTHER.replace("https://shop.example", shop)
    code = code.replace("https://push.example", push.url()[:-1])
    code = code.replace("event.data", "JSON.stringify(event.data)")
    show(site, browser, channel, code)

    def received():
        push.publish("news", "hello")
        return any("hello" in text for text in browser.run("return seen"))

    until(received, "a message from the frame", step=0.2)
