# SPDX-License-Identifier: MIT
"""A page with client/push.js on a site with every technique."""

import json

NAME = "client.html"
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>client</title>
<script>
// What is asked for, when it is: the browser's own list (performance) has only
// what ended.
window.asked = [];
{
  const { fetch } = window;
  window.fetch = (url, options) => {
    asked.push(url);
    return fetch(url, options);
  };
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url) {
    asked.push(url);
    open.call(this, method, url);
  };
  window.WebSocket = class extends WebSocket {
    constructor(url) {
      asked.push(String(url));
      super(url);
    }
  };
  for (const { prototype } of [HTMLScriptElement, HTMLIFrameElement]) {
    const { get, set } = Object.getOwnPropertyDescriptor(prototype, "src");
    Object.defineProperty(prototype, "src", { get, set(url) {
      asked.push(url);
      set.call(this, url);
    } });
  }
}
</script>
<script>
// After hold() a timer runs only in advance(ms), all that are due by then: as
// in a hidden tab, but on command.
const timers = new Map();
{
  const { setTimeout } = window;
  let last = 0, now = 0, held = false;
  const run = (id) => {
    const timer = timers.get(id);
    timers.delete(id);
    timer.call();
  };
  window.setTimeout = (call, ms = 0, ...rest) => {
    timers.set(++last, { at: now + ms, call: () => call(...rest) });
    setTimeout((id) => held || timers.has(id) && run(id), ms, last);
    return last;
  };
  window.clearTimeout = (id) => timers.delete(id);
  window.hold = () => { held = true; };
  window.advance = (ms) => {
    now += ms;
    for (const [id, { at }] of [...timers])
      if (at <= now && timers.has(id))
        run(id);
  };
}
</script>
<script src="/client/push.js"></script>
<script>
addEventListener("pageshow", (e) => { window.kept = e.persisted; });
function start(options) {
  window.got = []; window.gaps = []; window.errors = []; window.states = [];
  const push = window.push = new Push(options.url || "/push/", Object.assign({
    retry: 100, interval: 200,
    onmessage: (m) => got.push(m.data),
    ongap: (g) => gaps.push([g.channel, g.after, g.before]),
    onstate: (s) => states.push([s.readyState, s.technique, s.shared]),
    onerror: (e) => errors.push([e.technique, e.status]),
  }, options));
  push.addEventListener("chat", (m) => got.push("chat " + m.data));
}
</script>
<body>"""


class Page:
    """A tab with the page in it, for one channel unless it names others."""

    def __init__(self, browser, port, channel, host="127.0.0.1"):
        self.browser, self.port, self.channel = browser, port, channel
        self.host = host
        self.handle = browser.call("GET", "/window")
        self.load()

    def load(self):
        self.browser.go(f"http://{self.host}:{self.port}/{NAME}")

    def another(self, port=None):
        """The same in another tab of this browser."""
        new = self.browser.call("POST", "/window/new", {"type": "tab"})
        self.browser.look(new["handle"])
        return Page(
            self.browser, port or self.port, self.channel, self.host
        )

    def look(self):
        self.browser.look(self.handle)

    def stop(self):
        """Hears nothing of other tabs until go_on(): as one that is frozen,
        all that they said meanwhile. A request that blocks it would not do:
        Chromium passes messages meanwhile."""
        self.run(
            "const { channel } = push.tabs, { onmessage } = channel;"
            " const late = [];"
            " channel.onmessage = (said) => late.push(said);"
            " window.goOn = () => { channel.onmessage = onmessage;"
            " late.forEach(onmessage); }"
        )

    def go_on(self):
        self.run("goOn()")

    def shut(self):
        self.look()
        self.browser.call("DELETE", "/window")

    def run(self, script, *arguments):
        self.look()
        return self.browser.run(script, *arguments)

    def until(self, script, what, seconds=30):
        self.look()
        self.browser.until(script, what + "; " + self.report(), seconds)

    def report(self):
        return "so far " + json.dumps(
            self.run(
                "return window.push ? [push.technique, push.readyState,"
                " got.length, got.slice(-2),"
                " states.slice(-6), errors.slice(-6)]"
                " : []"
            )
        )

    def start(self, **options):
        self.run(
            "start(arguments[0])", {"channels": [self.channel], **options}
        )

    def open(self, technique=None, **options):
        """Starts, and waits until it is open (by that technique)."""
        self.start(**options)
        self.opened(technique)

    def opened(self, technique=None):
        wanted = f" && push.technique === {technique!r}" if technique else ""
        self.until(
            "return push.readyState === 1" + wanted,
            f"an open connection ({technique})",
        )

    def asked(self, program):
        """The number of requests started for a program."""
        return self.run(
            "return asked.filter((url) =>"
            " url.includes(arguments[0])).length",
            f"/push/{program}?",
        )

    def got(self):
        return self.run("return got")

    def has(self, last, seconds=30):
        """Waits for that message and returns all that came."""
        self.until(
            f"return got.includes({json.dumps(last)})",
            f"the message {last}",
            seconds,
        )
        return self.got()

    def stays(self, script, seconds=1.5):
        """The value after some time, to see that nothing happens."""
        self.look()
        return self.browser.call(
            "POST",
            "/execute/async",
            {
                "script": "const say = arguments[0]; setTimeout(() =>"
                f" say({script}), {seconds * 1000})",
                "args": [],
            },
        )


def client_page(browser, site, channel, port=None, host="127.0.0.1"):
    """The page, in the tab where the browser is."""
    site.page(NAME, PAGE)
    return Page(browser, port or site.port, channel, host)
