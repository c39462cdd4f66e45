# SPDX-License-Identifier: MIT
"""client/push.js: the WebSocket rung, and push.send()."""

import os
import signal

import pytest

from harness.apache import ApacheProxy
from harness.buffering import BufferingProxy, Unpadding
from harness.check import in_order
from harness.client import client_page, client_site
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
MAY = {"websocket.may_publish": "yes"}


def socket_site(stage, settings=None, **options):
    return client_site(stage, settings, websocket=True, **options)


def opened(stage, site, technique="websocket", **options):
    page = client_page(stage, site)
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


def test_the_websocket_rung_loses_and_repeats_nothing(stage):
    one_rung(stage, "websocket", websocket=True)


def test_a_position_passes_to_another_technique_and_back(stage):
    """Several channels, whose cursor is not an id."""
    site = socket_site(stage)
    page = client_page(stage, site)
    options = {"channels": ["b", "a"], "resume": True, "since": "0"}
    page.open(**options)
    for name in ("websocket", "sse", "websocket", "poll", "websocket"):
        page.browser.go("about:blank")
        for channel in ("a", "b"):
            site.publish(channel, f"{channel} before {name}")
        page.load()  # the position outlives the page
        page.open(name, techniques=[name], **options)
        site.publish("a", "live")
        got = page.has("live")
        assert sorted(got) == [
            f"a before {name}",
            f"b before {name}",
            "live",
        ], f"what {name} gave"


def test_the_ladder_starts_with_websocket(stage):
    site = socket_site(stage)
    page = opened(stage, site)
    site.publish("a", "hello")
    assert page.has("hello") == ["hello"]
    assert page.run("return errors") == []


def steps_to_sse(stage, site, port=None, before=""):
    page = client_page(stage, site, port)
    page.run(before)
    page.open("sse", share=False, probe=20000)
    assert page.run("return errors.map(e => e[0])") == ["websocket"]
    site.publish("a", "hello")
    assert page.has("hello") == ["hello"]


def test_without_websocket_it_uses_sse_at_once(stage):
    steps_to_sse(stage, client_site(stage))


def test_behind_a_proxy_that_drops_upgrade_it_uses_sse_at_once(stage):
    site = socket_site(stage)
    proxy = stage.add(BufferingProxy(site.port, handler=Unpadding))
    steps_to_sse(stage, site, proxy.port)


def test_with_a_policy_against_websocket_it_uses_sse_at_once(stage):
    """Some browsers then let the constructor throw."""
    steps_to_sse(
        stage,
        socket_site(stage),
        before="window.WebSocket ="
        " class { constructor() { throw new Error('policy'); } }",
    )


def test_a_close_with_a_client_error_selects_the_next_rung(stage):
    """Such as 1008 and 1009: it would happen again."""
    site = socket_site(stage, {"websocket.max_rate": "1"})
    page = opened(stage, site, share=False)
    page.run(
        "for (let i = 0; i < 9; i++) push.send('a', 'flood')"
        ".catch(() => {})"
    )
    page.opened("sse")
    assert page.run("return errors") == [["websocket", 1008]]


def test_a_silent_live_socket_is_kept(stage):
    site = socket_site(stage, {"hold.beat": "3600"})
    page = opened(stage, site, share=False, silence=500)
    page.until("return texts.length > 3", "questions whether it lives")
    site.publish("a", "hello")
    assert page.has("hello") == ["hello"]
    assert page.run("return errors") == []


def test_a_dead_socket_is_detected(stage):
    """The connection is silent and open, as after a network failure."""
    site = socket_site(stage)
    page = opened(stage, site, share=False, silence=500)
    page.run("push.options.probe = 1000")
    responder = site.responder("websocket")
    os.kill(responder, signal.SIGSTOP)
    try:
        site.publish("a", "hello")
        assert page.has("hello", 60) == ["hello"]
        assert page.run("return errors[0]") == ["websocket", 0]
    finally:
        os.kill(responder, signal.SIGCONT)


def test_send_uses_the_socket(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site)
    reply = send(page, "a", "by socket", {"event": "chat", "key": "k"})
    page.has("chat by socket")
    assert reply["channel"] == "a"
    assert site.longpoll(["a"], since="0")["messages"] == [
        {
            "id": reply["id"],
            "channel": "a",
            "event": "chat",
            "data": "by socket",
        }
    ]
    assert send(page, "a", "by socket", {"key": "k"}) == reply
    assert counts(page) == [0, 2]


def test_send_uses_post_for_other_techniques(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, "sse", techniques=["sse"])
    reply = send(page, "a", "by POST", {"event": "chat"})
    page.has("chat by POST")
    assert site.longpoll(["a"], since="0")["messages"] == [
        {"id": reply["id"], "channel": "a", "event": "chat", "data": "by POST"}
    ]
    assert counts(page) == [1, 0]


def test_send_uses_post_when_the_socket_may_not_publish(stage):
    site = socket_site(stage)  # websocket.may_publish is off
    page = opened(stage, site)
    for text in ("one", "two"):
        assert send(page, "a", text)["channel"] == "a"
    assert page.has("two") == ["one", "two"]
    assert counts(page) == [2, 1]


def test_send_works_in_a_tab_that_shares(stage):
    site = socket_site(stage, MAY)
    first = client_page(stage, site)
    first.open("websocket")
    second = first.another()
    second.open("websocket")
    send(second, "a", "from the second")
    send(first, "a", "from the first")
    for page in (first, second):
        assert page.has("from the first") == [
            "from the second",
            "from the first",
        ]


def test_a_refused_send_rejects_with_the_reason(stage):
    site = socket_site(stage, {**MAY, "message.max_bytes": "10"})
    refused = []
    for name in ("websocket", "sse"):
        page = opened(stage, site, name, techniques=[name])
        refused.append(
            [send(page, "no{brace", "x"), send(page, "a", "eleven byte")]
        )
        page.run("push.close()")
    assert refused[0] == refused[1]
    for (is_error, sentence, status), wanted in zip(refused[0], (400, 413)):
        assert [is_error, status] == [True, wanted]
        assert sentence.endswith("."), f"not a sentence: {sentence}"


def test_send_rejects_when_publishing_is_forbidden(stage):
    site = socket_site(stage, {**MAY, "access.publish": "none"})
    page = opened(stage, site)
    is_error, sentence, status = send(page, "a", "x")
    assert [is_error, status] == [True, 403]
    assert "access.publish" in sentence, f"the reason is {sentence}"


def test_a_send_during_a_lost_socket_is_retried_with_its_key(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, share=False)
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


def test_a_send_after_a_lost_socket_uses_post(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, share=False)
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


def chat(stage, server):
    """Two browsers chat while the responder is killed twice."""
    site = socket_site(stage, MAY, server=server)
    pages = {
        name: opened(stage, site, share=False, techniques=["websocket"])
        for name in ("Ada", "Bob")
    }
    for name, page in pages.items():
        page.run(CHAT, name)
    for _ in range(2):
        pages["Ada"].stays("0", 2)
        site.kill("websocket")
        for page in pages.values():
            page.opened("websocket")
    pages["Ada"].stays("0", 1)
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
        errors, gaps, (posts, texts) = page.run(
            "return [errors, gaps,"
            " [posts, texts.filter(t => t.publish).length]]"
        )
        assert len(errors) >= 2, f"{name} was cut off {len(errors)} times"
        assert gaps == [], f"gaps of {name}"
        assert texts > posts, f"{name} sent {texts} by socket, {posts} by POST"


def test_two_browsers_chat_through_lighttpd(stage):
    chat(stage, Lighttpd)


@pytest.mark.apache
def test_two_browsers_chat_through_apache(stage):
    chat(stage, ApacheProxy)
