# SPDX-License-Identifier: MIT
"""client/push.js: each way to get messages, forced in turn."""
import os
import signal

from harness.client import NEEDS, client_page, client_site
from harness.tap import equal, fact, in_order, true, until

AWKWARD = ("quotes \" ' \\ </script><!-- ]]> \u2028\u2029 \r\n two\tlines"
           " \U0001f600 /* */ &amp; data: x")


def numbered(start, end):
    return [f"number {n}" for n in range(start, end)]


def kill(site, name):
    """Kills the responder; returns when there is another."""
    old = site.responder(name)
    os.kill(old, signal.SIGKILL)
    until(lambda: [p for p in site.responders(name) if p != old],
          f"another {name}.fcgi")


def rung(stage, name):
    """Live, and across killed responders. A frame that is cut is noticed
    only by its silence."""
    site = client_site(stage, {"hold.beat": "1"})
    page = client_page(stage, site)
    command = stage.command(site)
    page.open(name, techniques=[name], silence=3000)
    command.lines("a", numbered(0, 20))
    in_order(page.has("number 19"), numbered(0, 20), "messages at first")
    for start in (20, 40):
        kill(site, name)
        command.lines("a", numbered(start, start + 20))
        page.has(f"number {start + 19}")
    # The next message with a type, and with every awkward character.
    site.publish("a", AWKWARD, event="chat")
    site.publish("a", "the end")
    wanted = numbered(0, 60) + ["chat " + AWKWARD, "the end"]
    in_order(page.has("the end"), wanted, "messages in all")
    equal(page.run("return gaps"), [], "gaps")
    equal(page.run("return [...new Set(states.map(s => s[1]))]"), [name],
          "techniques used")
    in_order(page.stays("got"), wanted, "messages some time later")


@fact(limit=120, needs=NEEDS)
def the_sse_rung_loses_and_doubles_nothing(stage):
    rung(stage, "sse")


@fact(limit=120, needs=NEEDS)
def the_stream_rung_loses_and_doubles_nothing(stage):
    rung(stage, "stream")


@fact(limit=120, needs=NEEDS)
def the_longpoll_rung_loses_and_doubles_nothing(stage):
    rung(stage, "longpoll")


@fact(limit=120, needs=NEEDS)
def the_jsonp_rung_loses_and_doubles_nothing(stage):
    rung(stage, "jsonp")


@fact(limit=120, needs=NEEDS)
def the_poll_rung_loses_and_doubles_nothing(stage):
    rung(stage, "poll")


@fact(limit=120, needs=NEEDS)
def the_iframe_rung_loses_and_doubles_nothing(stage):
    rung(stage, "iframe")


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


@fact(limit=120, needs=NEEDS)
def a_stream_is_begun_anew_before_it_fills_memory(stage):
    """An XHR keeps all it got; what comes meanwhile is not lost."""
    site = client_site(stage)
    page = client_page(stage, site)
    page.open("stream", techniques=["stream"])
    wanted = [f"{n} " + "x" * 60000 for n in range(60)]
    stage.command(site).lines("a", wanted)
    got = page.has(wanted[-1])
    in_order(got, wanted, "messages of 3.6 MB")
    equal(page.run("return errors"), [], "errors")
    true(page.run("return performance.getEntriesByType('resource')"
                  ".filter(e => e.name.includes('/push/stream')).length") >= 2,
         "it was one request")


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
