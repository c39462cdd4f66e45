# SPDX-License-Identifier: MIT
"""client/push.js: what it does when the way is bad."""
import signal
import time

from harness.buffering import BufferingProxy
from harness.client import NEEDS, client_page, client_site
from harness.rungs import RUNGS, numbered
from harness.tap import equal, fact, in_order, true


def offline(page, is_so):
    page.look()
    page.browser.call("POST", "/chromium/network_conditions", {
        "network_conditions": {"offline": is_so, "latency": 0,
                               "throughput": -1}})


def steps_down(stage, head_first):
    site = client_site(stage)
    proxy = stage.add(BufferingProxy(site.port, head_first))
    page = client_page(stage, site, proxy.port)
    first = site.publish("a", "before")
    page.open("longpoll", since=first, probe=1000, share=False)
    equal(page.run("return errors.map(e => e[0])"),
          ["websocket", "sse", "stream"], "rungs given up")
    stage.command(site).lines("a", numbered(0, 50))
    in_order(page.has("number 49"), numbered(0, 50), "messages")
    # What was learned outlives the page: no probing again.
    page.load()
    page.open("longpoll", since=first, probe=1000, share=False)
    equal(page.run("return errors"), [], "rungs tried in vain after a reload")


@fact(limit=90, needs=NEEDS)
def a_proxy_that_buffers_makes_it_step_down(stage):
    steps_down(stage, head_first=False)


@fact(limit=90, needs=NEEDS)
def a_proxy_that_buffers_all_but_the_head_makes_it_step_down(stage):
    steps_down(stage, head_first=True)


@fact(limit=90, needs=NEEDS)
def without_what_a_rung_needs_it_takes_the_next(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.run("window.TextDecoder = undefined")
    page.open("stream")
    page.run("push.close(); window.XMLHttpRequest = undefined;"
             " window.BroadcastChannel = undefined")
    page.open("iframe")
    site.publish("a", "by iframe")
    equal(page.has("by iframe"), ["by iframe"], "messages")


@fact(limit=90, needs=NEEDS)
def a_reload_goes_on_where_the_page_stood(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open()
    site.publish("a", "had")
    page.has("had")
    page.browser.go("about:blank")
    stage.command(site).lines("a", numbered(0, 10))
    page.load()
    page.open()
    site.publish("a", "live")
    in_order(page.has("live"), numbered(0, 10) + ["live"], "after the reload")
    # resume: false begins anew, and a since of the page's own wins.
    page.load()
    page.open(resume=False)
    site.publish("a", "new")
    equal(page.has("new"), ["new"], "without resume")
    page.load()
    page.open(since="0")
    equal(len(page.has("new")), 13, "messages since 0")


@fact(limit=90, needs=NEEDS)
def offline_it_sleeps_and_online_it_wakes(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open(share=False)
    offline(page, True)
    page.until("return push.readyState === 0", "a connection that sleeps")
    tried = len(page.run("return errors"))
    stage.command(site).lines("a", numbered(0, 10))
    equal(page.stays("errors.length"), tried, "tries while offline")
    offline(page, False)
    in_order(page.has("number 9", 5), numbered(0, 10), "after it")


@fact(limit=90, needs=NEEDS)
def a_gap_is_told(stage):
    site = client_site(stage, {"history.length": "5"}, websocket=True)
    page = client_page(stage, site)
    first = site.publish("a", "first")
    ids = stage.command(site).lines("a", numbered(0, 400))
    for name in RUNGS:
        page.open(name, since=first, techniques=[name], resume=False)
        got = page.has("number 399")
        in_order(got, numbered(400 - len(got), 400), f"what {name} gave")
        true(len(got) < 400, "nothing was trimmed")
        equal(page.run("return gaps"), [["a", first, ids[400 - len(got)]]],
              f"gaps that {name} told")
        page.run("push.close()")


@fact(limit=90, needs=NEEDS)
def what_is_refused_closes_it(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    for name in ("sse", "stream", "longpoll", "poll"):
        page.start(channels=["no{brace"], techniques=[name])
        page.until("return push.readyState === 2", f"{name} closed")
        equal(page.run("return errors"), [[name, 400]], "what it told")
        page.run("push.close()")


@fact(limit=90, needs=NEEDS)
def a_full_server_is_left_alone_as_long_as_it_says(stage):
    site = client_site(stage, {"hold.max": "0"})
    page = client_page(stage, site)
    for name in ("longpoll", "jsonp"):
        page.open(name, techniques=[name], share=False, retry=1500)
        before = page.asked(name)
        page.stays("0", 4)
        asked = page.asked(name) - before
        true(asked <= 4, f"{asked} requests by {name} in 4 s")
        page.run("push.close()")


@fact(limit=120, needs=NEEDS)
def a_server_that_restarts_is_found_again(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open(share=False)
    stage.command(site).lines("a", numbered(0, 5))
    page.has("number 4")
    site.process.signal(signal.SIGTERM)
    site.process.wait(20)
    stage.command(site).lines("a", numbered(5, 10))
    tried = page.stays("errors.length", 4)
    true(2 <= tried <= 25, f"{tried} tries in 4 s: no backing off")
    site.start()
    in_order(page.has("number 9", 40), numbered(0, 10), "in all")


@fact(limit=90, needs=NEEDS)
def with_a_cursor_and_nothing_new_every_rung_opens_at_once(stage):
    """A stream that has nothing to say is not one that does not come through;
    beats are too far apart to show it."""
    site = client_site(stage, {"hold.beat": "60"}, websocket=True)
    page = client_page(stage, site)
    newest = site.publish("a", "old")
    for name in RUNGS:
        page.open(name, techniques=[name], since=newest, resume=False,
                  share=False)
        equal(page.run("return errors"), [], f"errors of {name}")
        page.run("push.close()")


@fact(limit=90, needs=NEEDS)
def after_close_nothing_comes_and_nothing_is_asked(stage):
    site = client_site(stage, websocket=True)
    page = client_page(stage, site)
    for name in RUNGS:
        page.open(name, techniques=[name], resume=False)
        page.run("push.close()")
        site.publish("a", "too late")
        asked = page.asked(name)
        true(asked > 0, f"no request by {name} was seen")
        equal(page.stays("[push.readyState, got.length]", 0.5), [2, 0],
              f"{name} after close()")
        equal(page.asked(name), asked, f"requests by {name}")


@fact(limit=90, needs=NEEDS)
def what_a_listener_throws_stops_nothing(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open()
    page.run("push.onmessage = () => { throw new Error('mine') };"
             "push.addEventListener('message', (m) => got.push(m.data));"
             "push.addEventListener('message', { handleEvent(m) {"
             " got.push(m.target === push && m.lastEventId === m.id) } })")
    site.publish("a", "one")
    site.publish("a", "two")
    page.until("return got.length === 4", "both, by both listeners")
    equal(page.got(), ["one", True, "two", True], "messages")


@fact(limit=90, needs=NEEDS)
def another_origin_is_read_by_socket_script_tag_and_frame(stage):
    site = client_site(stage)
    other = stage.site({"access.origins": f"http://127.0.0.1:{site.port}",
                        "hold.beat": "1"}, redis=site.redis, websocket=True)
    page = client_page(stage, site)
    url = f"http://127.0.0.1:{other.port}/push/"
    for name in ("websocket", "jsonp", "iframe"):
        page.open(name, url=url, techniques=[name], resume=False)
        stage.command(site).lines("a", numbered(0, 20))
        in_order(page.has("number 19"), numbered(0, 20), f"what {name} gave")
        page.run("push.close()")


@fact(limit=90, needs=NEEDS)
def what_a_server_appends_to_a_cut_stream_does_no_harm(stage):
    """As Apache does with its error page."""
    site = client_site(stage)
    page = client_page(stage, site)
    page.run("""
        const old = window.fetch;
        window.cuts = 0;
        window.fetch = (url, options) => {
          if (!url.includes("/push/sse") || cuts++)
            return old(url, options);
          return Promise.resolve(new Response(
            'retry: 100\\nevent: cursor\\ndata: {"cursor":"' + window.first
            + '"}\\nid: 1-0\\n\\ndata: {"id":"9999999999999-0","chan'
            + '<!DOCTYPE HTML>\\n<title>500</title>\\n<p>data: {}</p>\\n',
            { headers: { "Content-Type": "text/event-stream" } }));
        };""")
    first = site.publish("a", "first")
    page.run("window.first = arguments[0]", first)
    page.start(techniques=["sse"], share=False)
    site.publish("a", "second")
    equal(page.has("second"), ["second"], "messages")
    true(page.run("return cuts") >= 2, "the cut stream was not read")


@fact(limit=90, needs=NEEDS)
def an_iframe_without_messages_lives_by_its_heartbeats(stage):
    page = client_page(stage, client_site(stage, {"hold.beat": 1}))
    page.open("iframe", techniques=["iframe"], silence=4000, share=False)
    time.sleep(9)
    equal(page.run("return errors"), [], "errors")
