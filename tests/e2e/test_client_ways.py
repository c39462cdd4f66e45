# SPDX-License-Identifier: MIT
"""client/push.js on bad networks and with missing browser features."""

import signal
import time

import pytest

from harness.buffering import BufferingProxy
from harness.check import in_order
from harness.client import client_page, client_site
from harness.rungs import RUNGS, numbered

pytestmark = pytest.mark.browser


def offline(page, is_so):
    page.look()
    page.browser.call(
        "POST",
        "/chromium/network_conditions",
        {
            "network_conditions": {
                "offline": is_so,
                "latency": 0,
                "throughput": -1,
            }
        },
    )


def steps_down(stage, head_first):
    site = client_site(stage)
    proxy = stage.add(BufferingProxy(site.port, head_first))
    page = client_page(stage, site, proxy.port)
    first = site.publish("a", "before")
    page.open("longpoll", since=first, probe=1000, share=False)
    assert page.run("return errors.map(e => e[0])") == [
        "websocket",
        "sse",
        "stream",
    ]
    stage.command(site).lines("a", numbered(0, 50))
    in_order(page.has("number 49"), numbered(0, 50))
    # What was learned outlives the page: no probing again.
    page.load()
    page.open("longpoll", since=first, probe=1000, share=False)
    assert page.run("return errors") == []


def test_a_buffering_proxy_makes_it_step_down(stage):
    steps_down(stage, head_first=False)


def test_a_proxy_that_buffers_bodies_makes_it_step_down(stage):
    steps_down(stage, head_first=True)


def test_a_missing_browser_feature_selects_the_next_rung(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.run("window.TextDecoder = undefined")
    page.open("stream")
    page.run(
        "push.close(); window.XMLHttpRequest = undefined;"
        " window.BroadcastChannel = undefined"
    )
    page.open("iframe")
    site.publish("a", "by iframe")
    assert page.has("by iframe") == ["by iframe"]


def test_a_reload_resumes_at_the_position_of_the_page(stage):
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
    in_order(page.has("live"), numbered(0, 10) + ["live"])
    # resume: false begins anew, and a since of the page's own wins.
    page.load()
    page.open(resume=False)
    site.publish("a", "new")
    assert page.has("new") == ["new"]
    page.load()
    page.open(since="0")
    assert len(page.has("new")) == 13


def test_offline_it_sleeps_and_online_it_wakes(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open(share=False)
    offline(page, True)
    page.until("return push.readyState === 0", "a connection that sleeps")
    tried = len(page.run("return errors"))
    stage.command(site).lines("a", numbered(0, 10))
    assert page.stays("errors.length") == tried
    offline(page, False)
    in_order(page.has("number 9", 5), numbered(0, 10))


def test_a_gap_is_reported(stage):
    site = client_site(stage, {"history.length": "5"}, websocket=True)
    page = client_page(stage, site)
    first = site.publish("a", "first")
    ids = stage.command(site).lines("a", numbered(0, 400))
    for name in RUNGS:
        page.open(name, since=first, techniques=[name], resume=False)
        got = page.has("number 399")
        in_order(got, numbered(400 - len(got), 400))
        assert len(got) < 400, "nothing was trimmed"
        assert page.run("return gaps") == [
            ["a", first, ids[400 - len(got)]]
        ], f"gaps that {name} told"
        page.run("push.close()")


def test_a_refused_request_closes_it(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    for name in ("sse", "stream", "longpoll", "poll"):
        page.start(channels=["no{brace"], techniques=[name])
        page.until("return push.readyState === 2", f"{name} closed")
        assert page.run("return errors") == [[name, 400]]
        page.run("push.close()")


def test_retry_after_of_a_full_server_is_honoured(stage):
    site = client_site(stage, {"hold.max": "0"})
    page = client_page(stage, site)
    for name in ("longpoll", "jsonp"):
        page.open(name, techniques=[name], share=False, retry=1500)
        before = page.asked(name)
        page.stays("0", 4)
        asked = page.asked(name) - before
        assert asked <= 4, f"{asked} requests by {name} in 4 s"
        page.run("push.close()")


def test_it_reconnects_to_a_restarted_server(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open(share=False)
    stage.command(site).lines("a", numbered(0, 5))
    page.has("number 4")
    site.process.signal(signal.SIGTERM)
    site.process.wait(20)
    stage.command(site).lines("a", numbered(5, 10))
    tried = page.stays("errors.length", 4)
    assert 2 <= tried <= 25, f"{tried} tries in 4 s: no backing off"
    site.start()
    in_order(page.has("number 9", 40), numbered(0, 10))


def test_with_a_cursor_and_nothing_new_every_rung_opens_at_once(stage):
    """A silent stream is not a buffered one. Heartbeats are too rare to show
    it."""
    site = client_site(stage, {"hold.beat": "60"}, websocket=True)
    page = client_page(stage, site)
    newest = site.publish("a", "old")
    for name in RUNGS:
        page.open(
            name, techniques=[name], since=newest, resume=False, share=False
        )
        assert page.run("return errors") == [], f"errors of {name}"
        page.run("push.close()")


def test_after_close_it_requests_and_delivers_nothing(stage):
    site = client_site(stage, websocket=True)
    page = client_page(stage, site)
    for name in RUNGS:
        page.open(name, techniques=[name], resume=False)
        page.run("push.close()")
        site.publish("a", "too late")
        asked = page.asked(name)
        assert asked > 0, f"no request by {name} was seen"
        assert page.stays("[push.readyState, got.length]", 0.5) == [
            2,
            0,
        ], f"{name} after close()"
        assert page.asked(name) == asked, f"requests by {name}"


def test_an_exception_in_a_listener_stops_nothing(stage):
    site = client_site(stage)
    page = client_page(stage, site)
    page.open()
    page.run(
        "push.onmessage = () => { throw new Error('mine') };"
        "push.addEventListener('message', (m) => got.push(m.data));"
        "push.addEventListener('message', { handleEvent(m) {"
        " got.push(m.target === push && m.lastEventId === m.id) } })"
    )
    site.publish("a", "one")
    site.publish("a", "two")
    page.until("return got.length === 4", "both, by both listeners")
    assert page.got() == ["one", True, "two", True]


def test_another_origin_works_by_websocket_jsonp_and_iframe(stage):
    site = client_site(stage)
    other = stage.site(
        {"access.origins": f"http://127.0.0.1:{site.port}", "hold.beat": "1"},
        redis=site.redis,
        websocket=True,
    )
    page = client_page(stage, site)
    url = f"http://127.0.0.1:{other.port}/push/"
    for name in ("websocket", "jsonp", "iframe"):
        page.open(name, url=url, techniques=[name], resume=False)
        stage.command(site).lines("a", numbered(0, 20))
        in_order(page.has("number 19"), numbered(0, 20))
        page.run("push.close()")


def test_bytes_appended_to_a_cut_stream_are_ignored(stage):
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
    assert page.has("second") == ["second"]
    assert page.run("return cuts") >= 2, "the cut stream was not read"


def test_heartbeats_keep_an_iframe_without_messages_open(stage):
    page = client_page(stage, client_site(stage, {"hold.beat": 1}))
    page.open("iframe", techniques=["iframe"], silence=4000, share=False)
    time.sleep(9)
    assert page.run("return errors") == []
