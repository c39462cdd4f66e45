# SPDX-License-Identifier: MIT
"""Public clients, unmodified."""

import pytest

from harness.check import in_order, until
from harness.public_clients import InNode, InPage, public_site

pytestmark = pytest.mark.npm

LINES = "first\nsecond\n\n  fourth: \u00e9 \U0001f600"
STREAM = (
    '<turbo-stream action="append" target="list"><template>\n'
    "<li>{}</li>\n</template></turbo-stream>"
)


@pytest.fixture
def in_page(browser):
    return lambda *how: InPage(browser, *how)


@pytest.fixture
def in_node(stage):
    return lambda *how: InNode(stage, *how)


def plain(text):
    return text


def turbo(text):
    return STREAM.format(text)


def has(client, last):
    """Waits for that message, and returns all that came."""
    until(
        lambda: last in client.said("got"),
        f"the message {last!r}; so far it says {client.said('got')[-5:]}"
        f" {client.said('told')[-5:]} {client.said('odd')}",
        40,
        0.1,
    )
    return client.said("got")


def greet(site, client, form):
    """Waits until the client is live; returns how many messages came."""

    def came():
        site.publish("a", form("hello"))
        return client.said("got")

    until(came, f"a first message; odd: {client.said('odd')}", 30, 0.5)
    site.publish("a", form("go"))
    got = has(client, "go")
    assert set(got) == {"hello", "go"}
    return len(got)


def follows(stage, client_of, name, form=plain, types=True, program="sse"):
    """Live messages, also while the responder is killed twice."""
    site = public_site(stage, {"hold.beat": "1"})
    client = client_of(site, name, "channel=a")
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
    command.publish("a", form("the end"))
    in_order(has(client, "the end")[had:], [*wanted, "the end"])
    assert client.said("odd") == []
    return client


def survives_a_gap(
    stage, client_of, name, form=plain, hears=True, program="sse"
):
    """A client with a cursor older than the history gets what is kept. It then
    resumes from there although its URL still has the old `since`."""
    site = public_site(stage, {"history.length": "5", "hold.beat": "1"})
    first = site.publish("a", form("first"))
    stage.command(site).lines(
        "a", [form(f"number {n}").replace("\n", "") for n in range(400)]
    )
    client = client_of(site, name, f"channel=a&since={first}")
    got = has(client, "number 399")
    assert len(got) < 400, "nothing was trimmed"
    in_order(got, [f"number {n}" for n in range(400 - len(got), 400)])
    assert [t[0] for t in client.said("told")] == ["gap"] * hears
    site.publish("a", form("live"))
    has(client, "live")
    site.kill(program)
    site.publish("a", form("missed"))
    in_order(has(client, "missed"), [*got, "live", "missed"])
    assert client.said("odd") == []


def test_eventsource_in_node_follows(stage, in_node):
    client = follows(stage, in_node, "eventsource")
    assert [t[0] for t in client.said("told")] == ["cursor"]


def test_eventsource_in_node_survives_a_gap(stage, in_node):
    survives_a_gap(stage, in_node, "eventsource")


def test_undici_in_node_follows(stage, in_node):
    client = follows(stage, in_node, "undici")
    assert [t[0] for t in client.said("told")] == ["cursor"]


def test_undici_in_node_survives_a_gap(stage, in_node):
    survives_a_gap(stage, in_node, "undici")


@pytest.mark.browser
def test_event_source_polyfill_follows(stage, in_page):
    client = follows(stage, in_page, "event-source-polyfill")
    assert [t[0] for t in client.said("told")] == ["cursor"]


@pytest.mark.browser
def test_event_source_polyfill_survives_a_gap(stage, in_page):
    survives_a_gap(stage, in_page, "event-source-polyfill")


@pytest.mark.browser
def test_fetch_event_source_follows(stage, in_page):
    client = follows(stage, in_page, "fetch-event-source")
    assert [t[0] for t in client.said("told")] == ["cursor"]


@pytest.mark.browser
def test_fetch_event_source_survives_a_gap(stage, in_page):
    survives_a_gap(stage, in_page, "fetch-event-source")


@pytest.mark.browser
def test_htmx_follows(stage, in_page):
    client = follows(stage, in_page, "htmx")
    shown = client.browser.run(
        "return document.getElementById('list').textContent"
    )
    assert f"one{LINES}two" in shown, f"the page shows {shown!r}"


@pytest.mark.browser
def test_htmx_survives_a_gap(stage, in_page):
    survives_a_gap(stage, in_page, "htmx")


@pytest.mark.browser
def test_turbo_follows(stage, in_page):
    follows(stage, in_page, "turbo", turbo, types=False)


@pytest.mark.browser
def test_turbo_survives_a_gap(stage, in_page):
    survives_a_gap(stage, in_page, "turbo", turbo, hears=False)


@pytest.mark.browser
def test_jquery_long_polling_follows(stage, in_page):
    follows(stage, in_page, "jquery", program="longpoll")


@pytest.mark.browser
def test_jquery_long_polling_survives_a_gap(stage, in_page):
    survives_a_gap(stage, in_page, "jquery", program="longpoll")
