# SPDX-License-Identifier: MIT
"""client/push.js: the WebSocket rung, and push.send()."""
import os
import signal

from harness.apache import ApacheProxy
from harness.buffering import BufferingProxy, Unpadding
from harness.client import NEEDS, client_page, client_site
from harness.lighttpd import Lighttpd
from harness.rungs import one_rung
from harness.tap import equal, fact, in_order, true

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
push.send(...arguments).then((told) => { sent[i] = told; },
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
    """Sends, and returns what became of it."""
    page.run(SEND, *arguments)
    page.until("return sent[sent.length - 1]", "an answer to send()")
    return page.run("return sent.pop()")


def counts(page):
    """POSTs, and texts that publish."""
    return page.run("return [posts, texts.filter(t => t.publish).length]")


@fact(limit=120, needs=NEEDS)
def the_websocket_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "websocket", websocket=True)


@fact(limit=120, needs=NEEDS)
def a_position_goes_to_another_technique_and_back(stage):
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
        equal(sorted(got), [f"a before {name}", f"b before {name}", "live"],
              f"what {name} gave")


@fact(limit=90, needs=NEEDS)
def the_ladder_begins_with_a_websocket(stage):
    site = socket_site(stage)
    page = opened(stage, site)
    site.publish("a", "hello")
    equal(page.has("hello"), ["hello"], "messages")
    equal(page.run("return errors"), [], "errors")


def steps_to_sse(stage, site, port=None, before=""):
    page = client_page(stage, site, port)
    page.run(before)
    page.open("sse", share=False, probe=20000)
    equal(page.run("return errors.map(e => e[0])"), ["websocket"],
          "rungs given up")
    site.publish("a", "hello")
    equal(page.has("hello"), ["hello"], "messages")


@fact(limit=90, needs=NEEDS)
def where_there_is_no_websocket_it_takes_sse_at_once(stage):
    steps_to_sse(stage, client_site(stage))


@fact(limit=90, needs=NEEDS)
def behind_a_proxy_that_drops_upgrade_it_takes_sse_at_once(stage):
    site = socket_site(stage)
    proxy = stage.add(BufferingProxy(site.port, handler=Unpadding))
    steps_to_sse(stage, site, proxy.port)


@fact(limit=90, needs=NEEDS)
def where_a_policy_forbids_it_it_takes_sse_at_once(stage):
    """Some browsers then let the constructor throw."""
    steps_to_sse(stage, socket_site(stage), before="window.WebSocket ="
                 " class { constructor() { throw new Error('policy'); } }")


@fact(limit=90, needs=NEEDS)
def a_close_for_what_the_page_did_leads_to_the_next_rung(stage):
    """1008, 1009 and the like: it would come again."""
    site = socket_site(stage, {"websocket.max_rate": "1"})
    page = opened(stage, site, share=False)
    page.run("for (let i = 0; i < 9; i++) push.send('a', 'flood')"
             ".catch(() => {})")
    page.opened("sse")
    equal(page.run("return errors"), [["websocket", 1008]], "errors")


@fact(limit=90, needs=NEEDS)
def a_silent_socket_that_lives_is_kept(stage):
    site = socket_site(stage, {"hold.beat": "3600"})
    page = opened(stage, site, share=False, silence=500)
    page.until("return texts.length > 3", "questions whether it lives")
    site.publish("a", "hello")
    equal(page.has("hello"), ["hello"], "messages")
    equal(page.run("return errors"), [], "errors")


@fact(limit=120, needs=NEEDS)
def a_socket_that_is_dead_is_noticed(stage):
    """Nothing comes and nothing is closed, as when a network went away."""
    site = socket_site(stage)
    page = opened(stage, site, share=False, silence=500)
    page.run("push.options.probe = 1000")
    responder = site.responder("websocket")
    os.kill(responder, signal.SIGSTOP)
    try:
        site.publish("a", "hello")
        equal(page.has("hello", 60), ["hello"], "messages")
        equal(page.run("return errors[0]"), ["websocket", 0], "an error")
    finally:
        os.kill(responder, signal.SIGCONT)


@fact(limit=90, needs=NEEDS)
def what_is_sent_goes_by_the_socket(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site)
    told = send(page, "a", "by socket", {"event": "chat", "key": "k"})
    page.has("chat by socket")
    equal(told["channel"], "a", "its channel")
    equal(site.longpoll(["a"], since="0")["messages"],
          [{"id": told["id"], "channel": "a", "event": "chat",
            "data": "by socket"}], "what is stored")
    equal(send(page, "a", "by socket", {"key": "k"}), told,
          "what the same key gives")
    equal(counts(page), [0, 2], "by POST and by socket")


@fact(limit=90, needs=NEEDS)
def what_is_sent_goes_by_post_elsewhere(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, "sse", techniques=["sse"])
    told = send(page, "a", "by POST", {"event": "chat"})
    page.has("chat by POST")
    equal(site.longpoll(["a"], since="0")["messages"],
          [{"id": told["id"], "channel": "a", "event": "chat",
            "data": "by POST"}], "what is stored")
    equal(counts(page), [1, 0], "by POST and by socket")


@fact(limit=90, needs=NEEDS)
def what_a_socket_may_not_is_sent_by_post(stage):
    site = socket_site(stage)  # websocket.may_publish is off
    page = opened(stage, site)
    for text in ("one", "two"):
        equal(send(page, "a", text)["channel"], "a", "its channel")
    equal(page.has("two"), ["one", "two"], "messages")
    equal(counts(page), [2, 1], "by POST and by socket")


@fact(limit=90, needs=NEEDS)
def a_tab_that_follows_sends_too(stage):
    site = socket_site(stage, MAY)
    first = client_page(stage, site)
    first.open("websocket")
    second = first.another()
    second.open("websocket")
    send(second, "a", "from the second")
    send(first, "a", "from the first")
    for page in (first, second):
        equal(page.has("from the first"),
              ["from the second", "from the first"], "messages")


@fact(limit=90, needs=NEEDS)
def what_is_refused_rejects_with_the_sentence(stage):
    site = socket_site(stage, {**MAY, "message.max_bytes": "10"})
    refused = []
    for name in ("websocket", "sse"):
        page = opened(stage, site, name, techniques=[name])
        refused.append([send(page, "no{brace", "x"),
                        send(page, "a", "eleven byte")])
        page.run("push.close()")
    equal(refused[0], refused[1], "by socket as by POST")
    for (is_error, sentence, status), wanted in zip(refused[0], (400, 413)):
        equal([is_error, status], [True, wanted], "what it rejects with")
        true(sentence.endswith("."), f"not a sentence: {sentence}")


@fact(limit=90, needs=NEEDS)
def where_nobody_may_publish_that_is_said(stage):
    site = socket_site(stage, {**MAY, "access.publish": "none"})
    page = opened(stage, site)
    is_error, sentence, status = send(page, "a", "x")
    equal([is_error, status], [True, 403], "what it rejects with")
    true("access.publish" in sentence, f"it says {sentence}")


@fact(limit=90, needs=NEEDS)
def what_is_under_way_when_the_socket_is_lost_goes_by_its_key(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, share=False)
    os.kill(site.responder("websocket"), signal.SIGSTOP)
    page.run(SEND, "a", "without a key")
    page.run(SEND, "a", "with one", {"key": "k"})
    site.kill("websocket")
    page.until("return sent.every(Boolean)", "an end of both")
    lost, stored = page.run("return sent")
    equal([lost[0], lost[2]], [True, 0], "without a key it rejects")
    equal(page.has("with one"), ["with one"], "messages")
    equal([m["id"] for m in site.longpoll(["a"], since="0")["messages"]],
          [stored["id"]], "what is stored")


@fact(limit=90, needs=NEEDS)
def what_is_sent_when_the_loss_is_told_goes_by_post(stage):
    site = socket_site(stage, MAY)
    page = opened(stage, site, share=False)
    page.run("push.addEventListener('error', () => push.send('a', 'lost')"
             ".then(() => got.push('sent')))")
    site.kill("websocket")
    page.has("sent")
    equal(sorted(page.has("lost")), ["lost", "sent"], "messages")
    equal(counts(page), [1, 0], "by POST and by socket")


# Each message has a key: what is under way when the socket is lost is sent
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
    """Two browsers talk while the responder is killed, and again."""
    site = socket_site(stage, MAY, server=server)
    pages = {name: opened(stage, site, share=False,
                          techniques=["websocket"])
             for name in ("Ada", "Bob")}
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
        equal(page.run("return failed"), [], f"what {name} could not say")
    for name, page in pages.items():
        for speaker, wanted in said.items():
            page.has(wanted[-1])
            heard = [t for t in page.got() if t.startswith(speaker)]
            in_order(heard, wanted, f"what {name} heard of {speaker}")
        errors, gaps, (posts, texts) = page.run(
            "return [errors, gaps,"
            " [posts, texts.filter(t => t.publish).length]]")
        true(len(errors) >= 2, f"{name} was cut off {len(errors)} times")
        equal(gaps, [], f"gaps of {name}")
        true(texts > posts, f"{name} sent {texts} by socket, {posts} by POST")


@fact(limit=180, needs=NEEDS)
def two_browsers_chat_through_lighttpd(stage):
    chat(stage, Lighttpd)


@fact(limit=180, needs=(*NEEDS, "apache2"))
def two_browsers_chat_through_apache(stage):
    chat(stage, ApacheProxy)
