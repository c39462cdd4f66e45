# SPDX-License-Identifier: MIT
"""client/push.js: the WebSocket rung, and push.send()."""

import os
import signal

import pytest

from harness.apache import ApacheProxy
from harness.buffering import BufferingProxy, Unpadding
from harness.check import in_order
from harness.client import client_page
from harness.lighttpd import Lighttpd
from harness.rungs import one_rung

pytestmark = pytest.mark.browser

# Counts the POSTs, and what goes into sockets.
COUNT = """
window.posts = 0; window.texts = [];
const { open } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, ...its) {
  posts += method === "POST"; open.call(this, method, ...its); };
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (text) {
  texts.push(JSON.parse(text)); send.call(this, text); };
"""
# What became of each push.send(), in the order they were begun.
SEND = """
window.sent = window.sent || [];
const i = sent.push(null) - 1;
push.send(...arguments).then((reply) => { sent[i] = reply; },
  (why) => { sent[i] = [why instanceof Error, why.message, why.status]; });
"""
MAY = {}
# The request of a socket looks as if a proxy had passed it on.
SOCKETS_FROM_ELSEWHERE = """
server.modules += ( "mod_setenv" )
$HTTP["url"] == "/push/websocket" {
    setenv.set-request-header += ( "Via" => "1.1 proxy" )
}
"""


@pytest.fixture
def chatty(shared):
    """A site whose pages may publish by their sockets."""
    return shared.site(MAY)


def socket_site(stage, settings=None, **options):
    return stage.site(settings, websocket=True, **options)


def opened(browser, site, channel, technique="websocket", **options):
    page = client_page(browser, site, channel)
    page.run(COUNT)
    page.open(technique, **options)
    return page


def send(page, *arguments):
    """Calls send() and returns its result."""
    page.run(SEND, *arguments)
    page.until("return sent[sent.length - 1]", "a response to send()")
    return page.run("return sent.pop()")


def counts(page):
    """POSTs, and texts that publish."""
    return page.run("return [posts, texts.filter(t => t.publish).length]")


def test_the_websocket_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "websocket")


def test_a_position_passes_to_another_technique_and_back(
    site, channel, browser
):
    """Several channels, whose cursor is not an id."""
    a, b = channel.also("a", "b")
    page = client_page(browser, site, channel)
    options = {"channels": [b, a], "resume": True, "since": "0"}
    page.open(**options)
    for name in ("websocket", "sse", "websocket", "poll", "websocket"):
        page.browser.go("about:blank")
        for letter, each in (("a", a), ("b", b)):
            site.publish(each, f"{letter} before {name}")
        page.load()  # the position outlives the page
        page.open(name, techniques=[name], **options)
        site.publish(a, "live")
        page.has(f"b before {name}")
        got = page.has("live")
        assert sorted(got) == [
            f"a before {name}",
            f"b before {name}",
            "live",
        ], f"what {name} gave"


def test_the_ladder_starts_with_websocket(site, channel, browser):
    page = opened(browser, site, channel)
    site.publish(channel, "hello")
    assert page.has("hello") == ["hello"]
    assert page.run("return errors") == []


def steps_to_sse(browser, site, channel, port=None, before=""):
    page = client_page(browser, site, channel, port)
    page.run(before)
    page.open("sse", share=False, probe=20000)
    assert page.run("return errors.map(e => e[0])") == ["websocket"]
    site.publish(channel, "hello")
    assert page.has("hello") == ["hello"]


def test_without_websocket_it_uses_sse_at_once(shared, channel, browser):
    steps_to_sse(browser, shared.site(websocket=False), channel)


def test_behind_a_proxy_that_drops_upgrade_it_uses_sse_at_once(
    stage, site, channel, browser
):
    proxy = stage.add(BufferingProxy(site.port, handler=Unpadding))
    steps_to_sse(browser, site, channel, proxy.port)


def test_with_a_policy_against_websocket_it_uses_sse_at_once(
    site, channel, browser
):
    """Some browsers then let the constructor throw."""
    steps_to_sse(
        browser,
        site,
        channel,
        before="window.WebSocket ="
        " class { constructor() { throw new Error('policy'); } }",
    )


def test_a_close_with_a_client_error_selects_the_next_rung(stage, browser):
    """Such as 1008 and 1009: it would happen again."""
    site = socket_site(stage, {"websocket.max_rate": "1"})
    page = opened(browser, site, "a", share=False)
    page.run(
        "for (let i = 0; i < 9; i++) push.send('a', 'flood')"
        ".catch(() => {})"
    )
    page.opened("sse")
    assert page.run("return errors") == [["websocket", 1008]]


def test_a_silent_live_socket_is_kept(site, channel, browser):
    page = opened(browser, site, channel, share=False, silence=500)
    page.until("return texts.length > 3", "questions whether it lives")
    site.publish(channel, "hello")
    assert page.has("hello") == ["hello"]
    assert page.run("return errors") == []


def test_a_dead_socket_is_detected(stage, browser):
    """The connection is silent and open, as after a network failure."""
    site = socket_site(stage)
    site.change("client/push.js", "PATIENCE = 15000", "PATIENCE = 2000")
    page = opened(browser, site, "a", share=False, silence=500)
    page.run("push.options.probe = 1000")
    responder = site.responder("websocket")
    os.kill(responder, signal.SIGSTOP)
    try:
        site.publish("a", "hello")
        page.until("return errors.length", "an error")
        assert page.run("return errors[0]") == ["websocket", 0]
    finally:
        os.kill(responder, signal.SIGCONT)
    assert page.has("hello") == ["hello"]


def test_send_uses_the_socket(chatty, channel, browser):
    page = opened(browser, chatty, channel)
    reply = send(page, channel, "by socket", {"event": "chat", "key": "k"})
    page.has("chat by socket")
    assert reply["channel"] == channel
    assert chatty.longpoll(channel, since="0")["messages"] == [
        {
            "id": reply["id"],
            "channel": channel,
            "event": "chat",
            "data": "by socket",
        }
    ]
    assert send(page, channel, "by socket", {"key": "k"}) == reply
    assert counts(page) == [0, 2]


def test_send_uses_post_for_other_techniques(chatty, channel, browser):
    page = opened(browser, chatty, channel, "sse", techniques=["sse"])
    reply = send(page, channel, "by POST", {"event": "chat"})
    page.has("chat by POST")
    assert chatty.longpoll(channel, since="0")["messages"] == [
        {
            "id": reply["id"],
            "channel": channel,
            "event": "chat",
            "data": "by POST",
        }
    ]
    assert counts(page) == [1, 0]


def test_send_uses_post_when_the_socket_may_not_publish(
    shared, channel, browser
):
    site = shared.site(websocket=True, after=SOCKETS_FROM_ELSEWHERE)
    page = opened(browser, site, channel)
    for text in ("one", "two"):
        assert send(page, channel, text)["channel"] == channel
    assert page.has("two") == ["one", "two"]
    assert counts(page) == [2, 1]


def test_send_works_in_a_tab_that_shares(chatty, channel, browser):
    first = client_page(browser, chatty, channel)
    first.open("websocket")
    second = first.another()
    second.open("websocket")
    send(second, channel, "from the second")
    send(first, channel, "from the first")
    for page in (first, second):
        assert page.has("from the first") == [
            "from the second",
            "from the first",
        ]


def test_a_refused_send_rejects_with_the_reason(stage, browser):
    site = socket_site(stage, {**MAY, "message.max_bytes": "10"})
    refused = []
    for name in ("websocket", "sse"):
        page = opened(browser, site, "a", name, techniques=[name])
        refused.append(
            [send(page, "no{brace", "x"), send(page, "a", "eleven byte")]
        )
        page.run("push.close()")
    assert refused[0] == refused[1]
    for (is_error, sentence, status), wanted in zip(refused[0], (400, 413)):
        assert [is_error, status] == [True, wanted]
        assert sentence.endswith("."), f"not a sentence: {sentence}"


def test_send_rejects_when_publishing_is_forbidden(stage, browser):
    site = socket_site(stage, {**MAY, "access.publish": "none"})
    page = opened(browser, site, "a")
    is_error, sentence, status = send(page, "a", "x")
    assert [is_error, status] == [True, 403]
    assert "access.publish" in sentence, f"the reason is {sentence}"


def test_a_send_during_a_lost_socket_is_retried_with_its_key(stage, browser):
    site = socket_site(stage, MAY)
    page = opened(browser, site, "a", share=False)
    os.kill(site.responder("websocket"), signal.SIGSTOP)
    page.run(SEND, "a", "without a key")
    page.run(SEND, "a", "with one", {"key": "k"})
    site.kill("websocket")
    page.until("return sent.every(Boolean)", "an end of both")
    lost, stored = page.run("return sent")
    assert [lost[0], lost[2]] == [True, 0]
    assert page.has("with one") == ["with one"]
    assert [m["id"] for m in site.longpoll(["a"], since="0")["messages"]] == [
        stored["id"]
    ]


def test_a_send_of_half_a_surrogate_pair_rejects(chatty, channel, browser):
    """It has no UTF-8, so the server would refuse it."""
    for name in ("websocket", "sse"):
        page = opened(browser, chatty, channel, name, techniques=[name])
        for fields in (
            "push.channels[0], 'x\\ud83d'",
            "push.channels[0], '\\ude00\\ud83d'",
            "'\\ud83d', 'x'",
            "push.channels[0], 'x', { key: '\\ude00' }",
        ):
            page.run(SEND.replace("...arguments", fields))
            page.until("return sent[sent.length - 1]", "a rejection")
            assert page.run("return sent.pop()") == [
                True,
                "Half of a surrogate pair is not UTF-8.",
                400,
            ]
        assert counts(page) == [0, 0]
        send(page, channel, "\U0001f600")
        page.has("\U0001f600")
        page.run("push.close()")


def test_a_send_without_an_answer_rejects(stage, browser):
    """The connection stays open, and other replies come."""
    site = socket_site(stage, MAY)
    # Longer than a message takes, which shows that the socket lives.
    site.change("client/push.js", "PATIENCE = 15000", "PATIENCE = 6000")
    page = opened(browser, site, "a", share=False)
    page.run(
        "const { send } = WebSocket.prototype;"
        "WebSocket.prototype.send = function (text) {"
        " if (!text.includes('swallow')) send.call(this, text); }"
    )
    page.run(SEND, "a", "swallow")
    site.publish("a", "other")
    page.has("other")
    page.until("return sent[0]", "a rejection")
    assert page.run("return sent.pop()") == [True, "no answer", 0]
    assert page.run("return errors") == []
    stored = send(page, "a", "swallow", {"key": "k"})  # by POST
    assert [
        m["id"]
        for m in site.longpoll(["a"], since="0")["messages"]
        if m["data"] == "swallow"
    ] == [stored["id"]]
    os.kill(site.responder("publish"), signal.SIGSTOP)
    try:
        page.run("push.close()")
        assert send(page, "a", "by POST") == [True, "no answer", 0]
    finally:
        os.kill(site.responder("publish"), signal.SIGCONT)


def test_a_send_before_close_settles(stage, browser):
    """At once, and not when its time is over."""
    site = socket_site(stage, MAY)
    site.change("client/push.js", "PATIENCE = 15000", "PATIENCE = 90000")
    page = opened(browser, site, "a", share=False)
    responder = site.responder("websocket")
    os.kill(responder, signal.SIGSTOP)
    try:
        page.run(SEND, "a", "lost")
        page.run("push.close()")
        page.until("return sent[0]", "a rejection")
        assert page.run("return sent[0]") == [True, "no answer", 0]
    finally:
        os.kill(responder, signal.SIGCONT)


def test_a_send_after_a_lost_socket_uses_post(stage, browser):
    site = socket_site(stage, MAY)
    page = opened(browser, site, "a", share=False)
    page.run(
        "push.addEventListener('error', () => push.send('a', 'lost')"
        ".then(() => got.push('sent')))"
    )
    site.kill("websocket")
    page.has("sent")
    assert sorted(page.has("lost")) == ["lost", "sent"]
    assert counts(page) == [1, 0]


# Each message has a key: what is in flight when the socket is lost is sent
# once more.
CHAT = """
window.said = []; window.failed = [];
(async (name) => {
  for (let i = 0; !window.enough; i++) {
    said.push(`${name} ${i}`);
    await push.send("a", said[i], { key: `${name}-${i}` })
      .catch((why) => failed.push(why.message));
    await new Promise((done) => setTimeout(done, 40));
  }
  window.done = true;
})(...arguments);
"""


def chat(stage, browser, server):
    """Two windows chat while the responder is killed twice."""
    site = socket_site(stage, MAY, server=server)
    options = {"share": False, "techniques": ["websocket"]}
    pages = {"Ada": opened(browser, site, "a", **options)}
    browser.look(browser.another_window())
    pages["Bob"] = opened(browser, site, "a", **options)
    for name, page in pages.items():
        page.run(CHAT, name)
    for round_ in (1, 2, 3):
        for page in pages.values():
            page.opened("websocket")
            by_socket = counts(page)[1]
            page.until(
                "return texts.filter(t => t.publish).length >"
                f" {by_socket + 10}",
                "more said by the socket",
            )
        if round_ < 3:
            site.kill("websocket")
    said = {}
    for name, page in pages.items():
        page.run("window.enough = true")
        page.until("return window.done", f"an end of what {name} says")
        said[name] = page.run("return said")
        assert page.run("return failed") == [], f"what {name} could not say"
    for name, page in pages.items():
        for speaker, wanted in said.items():
            page.has(wanted[-1])
            heard = [t for t in page.got() if t.startswith(speaker)]
            in_order(heard, wanted)
        errors, gaps = page.run("return [errors, gaps]")
        assert len(errors) >= 2, f"{name} was cut off {len(errors)} times"
        assert gaps == [], f"gaps of {name}"


def test_two_windows_chat_through_lighttpd(stage, browser):
    chat(stage, browser, Lighttpd)


@pytest.mark.apache
def test_two_windows_chat_through_apache(stage, browser):
    chat(stage, browser, ApacheProxy)
