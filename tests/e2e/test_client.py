# SPDX-License-Identifier: MIT
"""client/push.js: each rung."""

import pytest

from harness.check import in_order, until
from harness.client import client_page
from harness.rungs import one_rung

pytestmark = pytest.mark.browser


def test_the_sse_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "sse")


def test_the_stream_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "stream")


def test_the_longpoll_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "longpoll")


def test_the_jsonp_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "jsonp")


def test_the_poll_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "poll")


def test_the_iframe_rung_loses_and_repeats_nothing(stage, browser):
    one_rung(stage, browser, "iframe")


def test_a_position_passes_from_technique_to_technique(site, channel, browser):
    """Several channels, whose cursor is not an id."""
    a, b = channel.also("a", "b")
    page = client_page(browser, site, channel)
    page.open(channels=[b, a], resume=True, since="0")
    for name in ("stream", "longpoll", "iframe", "poll", "sse", "jsonp"):
        page.browser.go("about:blank")
        for letter, each in (("a", a), ("b", b)):
            site.publish(each, f"{letter} before {name}")
        page.load()  # the position outlives the page
        page.open(
            name,
            channels=[b, a],
            resume=True,
            since="0",
            techniques=[name],
        )
        site.publish(a, "live")
        page.has(f"b before {name}")
        got = page.has("live")
        assert sorted(got) == [
            f"a before {name}",
            f"b before {name}",
            "live",
        ], f"what {name} gave"
        assert got.index(f"a before {name}") < got.index(
            "live"
        ), f"{name} gave channel a out of order: {got}"


# A piece of a response ends within a line, as those of a fast stream do, but
# for chance.
CUT = """
const { prototype } = XMLHttpRequest;
const { get } = Object.getOwnPropertyDescriptor(prototype, "responseText");
Object.defineProperty(prototype, "responseText",
  { get() { return get.call(this).slice(0, -1); } });
"""


def test_a_stream_restarts_before_it_fills_memory(stage, browser):
    """An XHR keeps all it received. Messages meanwhile are not lost."""
    # A slow page is not to be cut off, which would also begin it anew.
    # And no heartbeat that ends a line.
    site = stage.site({"hold.max_backlog": 16 << 20, "hold.beat": 3600})
    page = client_page(browser, site, "a")
    page.run(CUT)
    page.open(
        "stream", techniques=["stream"], since="0", probe=30000, silence=90000
    )
    command = stage.command(site)
    wanted = []
    for turn in (1, 2):
        more = [f"{turn}.{n} " + "x" * 60000 for n in range(30)]
        command.lines("a", [*more, "what ends the line"])
        wanted += more
        in_order([d for d in page.has(more[-1]) if d in wanted], wanted)
        until(lambda: page.asked("stream") > turn, "another request")
    assert page.run("return errors") == []


def test_the_module_exports_the_same_class(site, channel, browser):
    page = client_page(browser, site, channel)
    page.run(
        "import('/client/push.mjs').then(m => window.both ="
        " [m.Push === window.Push, m.default === window.Push])"
    )
    page.until("return window.both", "the module")
    assert page.run("return both") == [True, True]
    assert page.run("return [Push.CONNECTING, Push.OPEN, Push.CLOSED]") == [
        0,
        1,
        2,
    ]
