# SPDX-License-Identifier: MIT
"""client/push.js: each way to get messages, forced in turn."""

from harness.client import NEEDS, client_page, client_site
from harness.rungs import one_rung
from harness.tap import equal, fact, in_order, true, until


@fact(limit=120, needs=NEEDS)
def the_sse_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "sse")


@fact(limit=120, needs=NEEDS)
def the_stream_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "stream")


@fact(limit=120, needs=NEEDS)
def the_longpoll_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "longpoll")


@fact(limit=120, needs=NEEDS)
def the_jsonp_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "jsonp")


@fact(limit=120, needs=NEEDS)
def the_poll_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "poll")


@fact(limit=120, needs=NEEDS)
def the_iframe_rung_loses_and_doubles_nothing(stage):
    one_rung(stage, "iframe")


@fact(limit=120, needs=NEEDS)
def a_position_is_handed_from_technique_to_technique(stage):
    """Several channels, whose cursor is not an id."""
    site = client_site(stage)
    page = client_page(stage, site)
    page.open(channels=["b", "a"], resume=True, since="0")
    for name in ("stream", "longpoll", "iframe", "poll", "sse", "jsonp"):
        page.browser.go("about:blank")
        for channel in ("a", "b"):
            site.publish(channel, f"{channel} before {name}")
        page.load()  # the position outlives the page
        page.open(name, channels=["b", "a"], resume=True, since="0",
                  techniques=[name])
        site.publish("a", "live")
        got = page.has("live")
        equal(sorted(got), [f"a before {name}", f"b before {name}", "live"],
              f"what {name} gave")
        true(got.index(f"a before {name}") < got.index("live"),
             f"{name} gave channel a out of order: {got}")


# Each piece of an answer ends inside a line, as those of a fast stream do, but
# for chance.
CUT = """
const { prototype } = XMLHttpRequest;
const { get } = Object.getOwnPropertyDescriptor(prototype, "responseText");
Object.defineProperty(prototype, "responseText",
  { get() { return get.call(this).slice(0, -1); } });
"""


@fact(limit=120, needs=NEEDS)
def a_stream_is_begun_anew_before_it_fills_memory(stage):
    """An XHR keeps all it got; what comes meanwhile is not lost."""
    # A slow page is not to be cut off, which would also begin it anew.
    # And no heartbeat that ends a line.
    site = client_site(stage, {"hold.max_backlog": 16 << 20,
                               "hold.beat": 3600})
    page = client_page(stage, site)
    page.run(CUT)
    page.open("stream", techniques=["stream"], since="0", probe=30000,
              silence=90000)
    command = stage.command(site)
    wanted = []
    for turn in (1, 2):
        more = [f"{turn}.{n} " + "x" * 60000 for n in range(30)]
        command.lines("a", [*more, "what ends the line"])
        wanted += more
        in_order([d for d in page.has(more[-1]) if d in wanted], wanted,
                 f"messages of {1.8 * turn} MB")
        until(lambda: page.asked("stream") > turn, "another request")
    equal(page.run("return errors"), [], "errors")


@fact(limit=90, needs=NEEDS)
def the_module_is_the_same_class(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.run("import('/client/push.mjs').then(m => window.both ="
             " [m.Push === window.Push, m.default === window.Push])")
    page.until("return window.both", "the module")
    equal(page.run("return both"), [True, True], "is it window.Push")
    equal(page.run("return [Push.CONNECTING, Push.OPEN, Push.CLOSED]"),
          [0, 1, 2], "the states")
