# SPDX-License-Identifier: MIT
"""Tests of single rungs of client/push.js."""

from harness.check import Failed, in_order, until
from harness.client import client_page

AWKWARD = (
    "quotes \" ' \\ </script><!-- ]]> \u2028\u2029 \r\n two\tlines"
    " \U0001f600 /* */ &amp; data: x"
)
RUNGS = ("websocket", "sse", "stream", "longpoll", "jsonp", "poll", "iframe")
STREAMS = ("websocket", "sse", "stream", "iframe")
START = """
window.rungs = {};
const [names, channel] = arguments;
for (const name of names) {
  const rung = rungs[name] = { got: [], gaps: [], used: [], errors: [] };
  rung.push = new Push("/push/", {
    channels: [channel], techniques: [name], share: false, resume: false,
    retry: 100, interval: 200, silence: 4000,
    onmessage: (m) => rung.got.push(m.data),
    ongap: (g) => rung.gaps.push([g.after, g.before]),
    onstate: (s) => rung.used.push(s.technique),
    onerror: (e) => rung.errors.push(e.status),
  });
}
"""
OPEN = "return Object.values(rungs).every((r) => r.push.readyState === 1)"
LACK = (
    "return Object.entries(rungs).filter(([, r]) =>"
    " !r.got.includes(arguments[0])).map(([name, r]) => [name,"
    " r.push.readyState, r.got.length, r.errors.slice(-5)])"
)


def numbered(start, end):
    return [f"number {n}" for n in range(start, end)]


def one_rung(stage, browser, name):
    """Live messages, also while the responder is killed twice. A cut iframe is
    detected only by its silence."""
    site = stage.site({"hold.beat": 1}, websocket=name == "websocket")
    page = client_page(browser, site, "a")
    command = stage.command(site)
    page.open(name, techniques=[name], silence=2000)
    command.lines("a", numbered(0, 20))
    in_order(page.has("number 19"), numbered(0, 20))
    for start in (20, 40):
        site.kill(name)
        command.lines("a", numbered(start, start + 20))
        page.has(f"number {start + 19}")
    # The next message with a type, and with every awkward character.
    site.publish("a", AWKWARD, event="chat")
    site.publish("a", "the end")
    wanted = numbered(0, 60) + ["chat " + AWKWARD, "the end"]
    in_order(page.has("the end"), wanted)
    assert page.run("return gaps") == []
    assert page.run("return [...new Set(states.map(s => s[1]))]") == [name]
    in_order(page.stays("got"), wanted)


def all_have(page, last):
    try:
        until(
            lambda: not page.run(LACK, last), f"{last} by every rung", 40, 0.1
        )
    except Failed as why:
        raise Failed(f"{why}; not by {page.run(LACK, last)}") from None


def every_rung(stage, site, browser):
    """Live messages by every rung, before, while and after the responders are
    killed."""
    page = client_page(browser, site, "a")
    page.run(START, list(RUNGS), "a")
    page.until(OPEN, "every rung open")
    command = stage.command(site)
    command.lines("a", numbered(0, 20))
    all_have(page, "number 19")
    for name in RUNGS:
        site.kill(name)
    command.lines("a", numbered(20, 40))
    all_have(page, "number 39")
    command.publish("a", "live")
    all_have(page, "live")
    for name in RUNGS:
        got, gaps, used, errors = page.run(
            "const { got, gaps, used, errors } = rungs[arguments[0]];"
            " return [got, gaps, used, errors]",
            name,
        )
        in_order(got, [*numbered(0, 40), "live"])
        assert gaps == [], f"gaps by {name}"
        assert set(used) - {""} == {name}, f"techniques used by {name}"
        assert errors or name not in STREAMS, f"{name} was not cut off"
