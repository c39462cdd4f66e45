# SPDX-License-Identifier: MIT
"""client/push.js: its token, and what a page must not be able to forge."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from harness.check import in_order, until
from harness.client import client_page
from harness.engines import Firefox, WebKit
from harness.rungs import numbered
from test_client_tabs import tabs_site

pytestmark = pytest.mark.browser

KEY = "a key of the tests that has 32 characters"
LEEWAY = 10  # seconds after `exp` until the programs refuse a token
PRIVATE = {
    "access.subscribe": "token",
    "access.publish": "token",
    "access.jwt_key": KEY,
    "history.length": 10000,  # a test publishes all the time
}
START = """
window.calls = 0; window.ends = []; window.tokens = arguments[1];
start(Object.assign(arguments[0], {
  share: false, resume: false,
  onend: (e) => ends.push([e.reason, e.channels || null]),
  onerror: (e) => errors.push([e.technique, e.status, e.reason || null]),
  token: async () => {
    const token = tokens[Math.min(window.calls++, tokens.length - 1)];
    if (token === null)
      throw new Error("no session");
    return token;
  },
}))"""


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def mint(channel="a", seconds=600):
    """A token that is accepted for so long."""
    parts = (
        {"alg": "HS256"},
        {
            "mercure": {"subscribe": [channel], "publish": [channel]},
            "exp": int(time.time()) + seconds - LEEWAY,
        },
    )
    text = ".".join(encode(json.dumps(part).encode()) for part in parts)
    mac = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{encode(mac)}"


def follow(page, tokens, **options):
    page.run(START, {"channels": ["a"], **options}, tokens)


def goes_on(stage, page, site, technique):
    """Two tokens end while messages are published all the time."""
    command = stage.command(site)
    tokens = [mint(seconds=4), mint(seconds=15), mint()]
    follow(page, tokens, techniques=[technique])
    page.opened(technique)
    sent = 0
    while page.run("return calls") < 3 or sent % 100:
        command.lines("a", numbered(sent, sent + 20))
        sent += 20
        time.sleep(0.05)  # for some seconds, not for many messages
        assert sent < 10000, page.report()
    in_order(page.has(f"number {sent - 1}"), numbered(0, sent))
    assert page.run("return [gaps, ends, calls]") == [[], [], 3]
    return page.run("return errors")


@pytest.mark.parametrize("technique", ("websocket", "sse"))
def test_a_stream_goes_on_with_another_token(stage, browser, technique):
    site = stage.site(PRIVATE, websocket=technique == "websocket")
    page = client_page(browser, site, "a")
    assert goes_on(stage, page, site, technique) == []
    assert page.run("return [...new Set(states.map(s => s[1]))]") == [technique]


def test_a_stream_by_xhr_goes_on_with_another_token(stage, browser):
    """Chromium drops what came last before a cut: it may learn by a 401."""
    site = stage.site(PRIVATE, websocket=False)
    page = client_page(browser, site, "a")
    errors = goes_on(stage, page, site, "stream")
    assert all(error == ["stream", 0, None] for error in errors), errors


def test_long_polls_go_on_with_another_token(stage, browser):
    site = stage.site({**PRIVATE, "hold.wait": 1}, websocket=False)
    page = client_page(browser, site, "a")
    assert goes_on(stage, page, site, "longpoll") == []


@pytest.mark.browser("firefox-esr")
def test_a_stream_goes_on_with_another_token_in_firefox(stage):
    site = stage.site(PRIVATE, websocket=True)
    firefox = stage.add(Firefox(stage.sub("browser")))
    for technique in ("websocket", "sse"):
        page = client_page(firefox, site, "a")
        assert goes_on(stage, page, site, technique) == []


@pytest.mark.browser("WebKitWebDriver", "Xvfb")
def test_a_stream_goes_on_with_another_token_in_webkit(stage):
    site = stage.site(PRIVATE, websocket=True)
    webkit = stage.add(WebKit(stage.sub("browser")))
    for technique in ("websocket", "sse"):
        page = client_page(webkit, site, "a")
        assert goes_on(stage, page, site, technique) == []


@pytest.fixture
def private(shared):
    return shared.site(PRIVATE, websocket=True)


@pytest.fixture
def page(private, browser, channel):
    return client_page(browser, private, channel)


@pytest.mark.parametrize("technique", ("websocket", "sse"))
def test_without_a_function_the_page_gets_the_end_and_its_reason(
    stage, page, technique
):
    page.run(
        "window.ends = []; start(arguments[0]);"
        " push.onend = (e) => ends.push([e.reason, e.channels || null])",
        {
            "channels": [page.channel],
            "token": mint(page.channel, 10),
            "techniques": [technique, "sse"],
            "share": False,
        },
    )
    page.opened(technique)
    page.until("return push.readyState === 2", "the end")
    assert page.run("return ends") == [["expired", None]]
    assert page.run("return errors.pop()") == ["sse", 401]


def test_after_a_401_another_token_is_asked_for(page, channel):
    follow(page, ["x.y.z", mint(channel)], channels=[channel])
    page.opened("websocket")
    assert page.run("return calls") == 2


def test_a_second_refused_token_is_final(page, channel):
    follow(page, ["x.y.z"], channels=[channel], techniques=["sse"])
    page.until("return push.readyState === 2", "the end")
    assert page.run("return [errors, calls]") == [[["sse", 401, None]], 2]


def test_a_token_for_another_channel_is_final(page, channel):
    follow(page, [mint("other")], channels=[channel], techniques=["sse"])
    page.until("return push.readyState === 2", "the end")
    assert page.run("return [errors, calls]") == [[["sse", 403, None]], 1]


def test_a_function_that_fails_is_asked_again(page, channel):
    follow(page, [None, mint(channel)], channels=[channel])
    page.opened("websocket")
    assert page.run("return errors[0]") == [None, 0, "no session"]
    assert page.run("return calls") == 2


def test_close_while_the_token_is_asked_for_connects_nothing(page, channel):
    page.run(START + "; push.close()", {"channels": [channel]}, [mint(channel)])
    assert page.stays("asked.length") == 0


def test_send_asks_for_another_token(page, channel):
    follow(
        page,
        [mint(channel), "x.y.z", mint(channel)],
        channels=[channel],
        techniques=["sse"],
    )
    page.opened("sse")
    page.run("push.token = undefined; push.send(arguments[0], 'hi')", channel)
    assert page.has("hi") == ["hi"]
    assert page.run("return calls") == 3


def test_tabs_with_a_function_share_one_connection(stage, browser):
    page = client_page(browser, tabs_site(stage, PRIVATE, websocket=True), "a")
    share = START.replace("share: false", "share: true")
    page.run(share, {"channels": ["a"]}, [mint(seconds=4), mint()])
    page.opened("websocket")
    second = page.another()
    second.run(share, {"channels": ["a"]}, [mint()])
    second.opened("websocket")
    assert second.run("return states.pop()[2]") is True
    page.until("return calls === 2", "another token")
    page.opened("websocket")
    page.run("push.send('a', 'hi')")
    assert page.has("hi") == second.has("hi") == ["hi"]
    assert second.run("return ends") == []


# --- names, and forged messages -----------------------------------------------


@pytest.mark.parametrize("name", ("constructor", "__proto__", "toString"))
def test_a_channel_may_have_the_name_of_a_property(stage, browser, name):
    site = stage.site(websocket=False)
    page = client_page(browser, site, name)
    page.open("sse", channels=[name, "b"], share=False)
    first = site.publish(name, "one")
    site.publish("b", "two")
    assert page.has("two") == ["one", "two"]
    assert page.run("return push.position.last[arguments[0]]", name) == first
    page.load()  # it goes on from what was stored
    site.publish(name, "three")
    page.open("sse", channels=[name, "b"], share=False)
    assert page.has("three") == ["three"]
    assert page.run("return ({}).polluted === undefined && gaps.length") == 0


def test_a_message_never_looks_like_an_event_of_the_library(
    site, channel, browser, stage
):
    page = client_page(browser, site, channel)
    page.run(
        """
        window.heard = [];
        start(arguments[0]);
        for (const type of ["open", "error", "state", "message"])
          push.addEventListener(type, (e) => "data" in e &&
            heard.push([type, e.data, e.event || null]));
        """,
        {"channels": [channel], "techniques": ["sse"]},
    )
    page.opened("sse")
    for type_ in ("open", "error", "state", "message"):
        site.publish(channel, f"a {type_}", event=type_)
    for type_ in ("gap", "cursor", "end"):
        answer = site.post(channel, "x", event=type_)
        assert answer.status == 400, f"{type_}: {answer!r}"
    site.publish(channel, "last")
    page.has("last")
    assert page.run("return heard") == [
        *(["message", f"a {t}", t] for t in ("open", "error", "state", "message")),
        ["message", "last", None],
    ]
    assert page.run("return errors.concat(gaps)") == []


# The image delays the load event, at which the client gives the frame up.
FORGE = """
const frame = document.querySelector("iframe");
const item = { id: "9999999999999-0", channel: arguments[0], data: "forged" };
frame.src = "data:text/html,<img src='" + location.origin +
  "/push/longpoll?channel=held%26wait=20'><script>parent.postMessage(" +
  JSON.stringify(item) + ", '*')<" + "/script>";
"""


@pytest.mark.parametrize("host", ("127.0.0.1", "localhost"))
def test_a_page_of_another_origin_forges_no_message(stage, browser, host):
    """In the frame of the technique, which any page can navigate."""
    site = stage.site(websocket=False)
    own = f"http://127.0.0.1:{site.port}"
    other = stage.site(
        {"access.origins": own}, redis=site.redis, websocket=False
    )
    where = site if host == "127.0.0.1" else other
    page = client_page(browser, site, "a")
    page.open(
        "iframe",
        techniques=["iframe"],
        url=f"http://{host}:{where.port}/push/",
        share=False,
    )
    page.run(
        "window.posted = []; addEventListener('message', (e) =>"
        " posted.push(e.origin))"
    )
    page.run(FORGE, "a")
    page.until("return posted.includes('null')", "the forged message")
    site.publish("a", "real")
    assert page.has("real") == ["real"]
