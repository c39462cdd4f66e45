# SPDX-License-Identifier: MIT
"""Clients of others, untouched, are served as they expect."""
import time

from harness.public_clients import InNode, InPage, public_site
from harness.tap import equal, fact, in_order, true, until

IN_NODE = ("redis-server", "lighttpd", "node", "npm")
IN_PAGE = (*IN_NODE, "chromium", "chromedriver")
QUIET = 2.5  # seconds: some beats of hold.beat
LINES = "first\nsecond\n\n  fourth: \u00e9 \U0001f600"
STREAM = ('<turbo-stream action="append" target="list"><template>\n'
          "<li>{}</li>\n</template></turbo-stream>")


def plain(text):
    return text


def turbo(text):
    return STREAM.format(text)


def has(client, last):
    """Waits for that message, and returns all that came."""
    until(lambda: last in client.said("got"),
          f"the message {last!r}; so far it says {client.said('got')[-5:]}"
          f" {client.said('told')[-5:]} {client.said('odd')}", 40, 0.1)
    return client.said("got")


def greet(site, client, form):
    """Until something comes: then it is live. Returns how many came."""
    def came():
        site.publish("a", form("hello"))
        return client.said("got")
    until(came, f"a first message; odd: {client.said('odd')}", 30, 0.5)
    site.publish("a", form("go"))
    got = has(client, "go")
    equal(set(got), {"hello", "go"}, "messages at first")
    return len(got)


def follows(stage, kind, name, form=plain, types=True, program="sse"):
    """Live, across two killed responders, and some time after."""
    site = public_site(stage, {"hold.beat": "1"})
    client = kind(stage, site, name, "channel=a")
    command = stage.command(site)
    had = greet(site, client, form)
    wanted = ["one", LINES] + ["chat: hi"] * types + ["two"]
    for text in ("one", LINES):
        command.publish("a", form(text))
    command.publish("--event", "chat", "a", form("hi"))
    command.publish("a", form("two"))
    has(client, "two")
    for n in (1, 2):
        missed = [f"missed {n}.{m}" for m in range(20)]
        site.kill(program)
        command.lines("a", [form(t).replace("\n", "") for t in missed])
        has(client, missed[-1])
        command.publish("a", form(f"live {n}"))
        has(client, f"live {n}")
        wanted += [*missed, f"live {n}"]
    time.sleep(QUIET)
    in_order(client.said("got")[had:], wanted, "messages")
    equal(client.said("odd"), [], "what should not be")
    return client


def survives_a_gap(stage, kind, name, form=plain, hears=True, program="sse"):
    """Coming back after more than is kept, it goes on with what is; and once
    more from there, though its address still has the `since` of before."""
    site = public_site(stage, {"history.length": "5", "hold.beat": "1"})
    first = site.publish("a", form("first"))
    stage.command(site).lines("a", [form(f"number {n}").replace("\n", "")
                                    for n in range(400)])
    client = kind(stage, site, name, f"channel=a&since={first}")
    got = has(client, "number 399")
    true(len(got) < 400, "nothing was trimmed")
    in_order(got, [f"number {n}" for n in range(400 - len(got), 400)],
             "what is kept")
    equal([t[0] for t in client.said("told")], ["gap"] * hears, "notices")
    site.publish("a", form("live"))
    has(client, "live")
    site.kill(program)
    site.publish("a", form("missed"))
    in_order(has(client, "missed"), [*got, "live", "missed"], "in all")
    equal(client.said("odd"), [], "what should not be")


@fact(limit=150, needs=IN_NODE)
def eventsource_in_node_follows(stage):
    client = follows(stage, InNode, "eventsource")
    equal([t[0] for t in client.said("told")], ["cursor"], "notices")


@fact(limit=120, needs=IN_NODE)
def eventsource_in_node_survives_a_gap(stage):
    survives_a_gap(stage, InNode, "eventsource")


@fact(limit=150, needs=IN_NODE)
def undici_in_node_follows(stage):
    client = follows(stage, InNode, "undici")
    equal([t[0] for t in client.said("told")], ["cursor"], "notices")


@fact(limit=120, needs=IN_NODE)
def undici_in_node_survives_a_gap(stage):
    survives_a_gap(stage, InNode, "undici")


@fact(limit=150, needs=IN_PAGE)
def event_source_polyfill_follows(stage):
    client = follows(stage, InPage, "event-source-polyfill")
    equal([t[0] for t in client.said("told")], ["cursor"], "notices")


@fact(limit=120, needs=IN_PAGE)
def event_source_polyfill_survives_a_gap(stage):
    survives_a_gap(stage, InPage, "event-source-polyfill")


@fact(limit=150, needs=IN_PAGE)
def fetch_event_source_follows(stage):
    client = follows(stage, InPage, "fetch-event-source")
    equal([t[0] for t in client.said("told")], ["cursor"], "notices")


@fact(limit=120, needs=IN_PAGE)
def fetch_event_source_survives_a_gap(stage):
    survives_a_gap(stage, InPage, "fetch-event-source")


@fact(limit=150, needs=IN_PAGE)
def htmx_follows(stage):
    client = follows(stage, InPage, "htmx")
    shown = client.browser.run(
        "return document.getElementById('list').textContent")
    true(f"one{LINES}two" in shown, f"the page shows {shown!r}")


@fact(limit=120, needs=IN_PAGE)
def htmx_survives_a_gap(stage):
    survives_a_gap(stage, InPage, "htmx")


@fact(limit=150, needs=IN_PAGE)
def turbo_follows(stage):
    follows(stage, InPage, "turbo", turbo, types=False)


@fact(limit=120, needs=IN_PAGE)
def turbo_survives_a_gap(stage):
    survives_a_gap(stage, InPage, "turbo", turbo, hears=False)


@fact(limit=150, needs=IN_PAGE)
def jquery_long_polling_follows(stage):
    follows(stage, InPage, "jquery", program="longpoll")


@fact(limit=120, needs=IN_PAGE)
def jquery_long_polling_survives_a_gap(stage):
    survives_a_gap(stage, InPage, "jquery", program="longpoll")
