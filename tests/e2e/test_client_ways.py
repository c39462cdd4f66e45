# SPDX-License-Identifier: MIT
"""client/push.js on bad networks and with missing browser features."""

import signal
import time

import pytest

from harness.buffering import BufferingProxy, ErrorPage
from harness.check import in_order, until
from harness.client import client_page
from harness.rungs import OPEN, RUNGS, START, all_have, numbered

pytestmark = pytest.mark.browser


def offline(page, is_so):
    page.look()
    page.browser.network(offline=is_so)


@pytest.fixture
def plain(shared):
    """A site without WebSocket."""
    return shared.site(websocket=False)


@pytest.fixture
def page(plain, browser, channel):
    return client_page(browser, plain, channel)


def steps_down(stage, site, browser, channel, head_first):
    proxy = stage.add(BufferingProxy(site.port, head_first))
    page = client_page(browser, site, channel, proxy.port)
    first = site.publish(channel, "before")
    page.open("longpoll", since=first, probe=1000, share=False)
    assert page.run("return errors.map(e => e[0])") == [
        "websocket",
        "sse",
        "stream",
    ]
    stage.command(site).lines(channel, numbered(0, 50))
    in_order(page.has("number 49"), numbered(0, 50))
    # What was learned outlives the page: no probing again.
    page.load()
    page.open("longpoll", since=first, probe=1000, share=False)
    assert page.run("return errors") == []


def test_a_buffering_proxy_makes_it_step_down(stage, plain, browser, channel):
    steps_down(stage, plain, browser, channel, head_first=False)


def test_a_proxy_that_buffers_bodies_makes_it_step_down(
    stage, plain, browser, channel
):
    steps_down(stage, plain, browser, channel, head_first=True)


def test_a_missing_browser_feature_selects_the_next_rung(plain, page, channel):
    page.run("window.TextDecoder = undefined")
    page.open("stream")
    page.run(
        "push.close(); window.XMLHttpRequest = undefined;"
        " window.BroadcastChannel = undefined"
    )
    page.open("iframe")
    plain.publish(channel, "by iframe")
    assert page.has("by iframe") == ["by iframe"]


def test_a_reload_resumes_at_the_position_of_the_page(
    plain, page, channel, stage
):
    page.open()
    plain.publish(channel, "had")
    page.has("had")
    page.browser.go("about:blank")
    stage.command(plain).lines(channel, numbered(0, 10))
    page.load()
    page.open()
    plain.publish(channel, "live")
    in_order(page.has("live"), numbered(0, 10) + ["live"])
    # resume: false begins anew, and a since of the page's own wins.
    page.load()
    page.open(resume=False)
    plain.publish(channel, "new")
    assert page.has("new") == ["new"]
    page.load()
    page.open(since="0")
    assert len(page.has("new")) == 13


def test_offline_it_sleeps_and_online_it_wakes(plain, page, channel, stage):
    page.open(share=False)
    offline(page, True)
    page.until("return push.readyState === 0", "a connection that sleeps")
    tried = len(page.run("return errors"))
    stage.command(plain).lines(channel, numbered(0, 10))
    assert page.stays("errors.length") == tried
    offline(page, False)
    # By itself it would try again after a minute.
    in_order(page.has("number 9"), numbered(0, 10))


def test_a_gap_is_reported(stage, browser):
    site = stage.site({"history.length": "5"}, websocket=True)
    page = client_page(browser, site, "a")
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


def test_a_refused_request_closes_it(page):
    for name in ("sse", "stream", "longpoll", "poll"):
        page.start(channels=["no{brace"], techniques=[name])
        page.until("return push.readyState === 2", f"{name} closed")
        assert page.run("return errors") == [[name, 400]]
        page.run("push.close()")


def test_retry_after_of_a_full_server_is_honoured(stage, browser):
    site = stage.site({"hold.max": "0", "hold.retry": "1"})
    page = client_page(browser, site, "a")
    for name in ("longpoll", "jsonp"):
        page.open(name, techniques=[name], share=False, retry=1)
        start = time.monotonic()
        before = page.asked(name)
        until(lambda: page.asked(name) >= before + 3, "three requests")
        took = time.monotonic() - start
        assert took > 1.9, f"three requests by {name} in {took:.1f} s"
        page.run("push.close()")


def test_it_reconnects_to_a_restarted_server(stage, browser):
    site = stage.site()
    page = client_page(browser, site, "a")
    page.open(share=False)
    stage.command(site).lines("a", numbered(0, 5))
    page.has("number 4")
    site.process.signal(signal.SIGTERM)
    site.process.wait(20)
    stage.command(site).lines("a", numbered(5, 10))
    tried = page.stays("errors.length", 2)
    assert 2 <= tried <= 15, f"{tried} tries in 2 s: no backing off"
    site.start()
    in_order(page.has("number 9", 40), numbered(0, 10))


def test_with_a_cursor_and_nothing_new_every_rung_opens_at_once(
    stage, browser
):
    """A silent stream is not a buffered one. Heartbeats are too rare to show
    it."""
    site = stage.site({"hold.beat": "60"}, websocket=True)
    page = client_page(browser, site, "a")
    newest = site.publish("a", "old")
    for name in RUNGS:
        page.open(
            name,
            techniques=[name],
            since=newest,
            resume=False,
            share=False,
            probe=20000,
        )
        assert page.run("return errors") == [], f"errors of {name}"
        page.run("push.close()")


def test_after_close_it_requests_and_delivers_nothing(site, channel, browser):
    page = client_page(browser, site, channel)
    page.run(START, list(RUNGS), channel)
    page.until(OPEN, "every rung open")
    page.run("for (const name in rungs) rungs[name].push.close()")
    site.publish(channel, "too late")
    asked = [page.asked(name) for name in RUNGS]
    assert all(asked), f"requests seen by rung: {asked}"
    state = (
        "Object.values(rungs).map((r) => [r.push.readyState, r.got.length])"
    )
    assert page.stays(state) == [[2, 0]] * len(RUNGS)
    assert [page.asked(name) for name in RUNGS] == asked


def test_an_exception_in_a_listener_stops_nothing(plain, page, channel):
    page.open()
    page.run(
        "push.onmessage = () => { throw new Error('mine') };"
        "push.addEventListener('message', (m) => got.push(m.data));"
        "push.addEventListener('message', { handleEvent(m) {"
        " got.push(m.target === push && m.lastEventId === m.id) } })"
    )
    plain.publish(channel, "one")
    plain.publish(channel, "two")
    page.until("return got.length === 4", "both, by both listeners")
    assert page.got() == ["one", True, "two", True]


def test_another_origin_works_by_websocket_jsonp_and_iframe(
    stage, site, channel, browser
):
    other = stage.site(
        {"access.origins": f"http://127.0.0.1:{site.port}", "hold.beat": "1"},
        redis=site.redis,
        websocket=True,
    )
    page = client_page(browser, site, channel)
    url = f"http://127.0.0.1:{other.port}/push/"
    for name in ("websocket", "jsonp", "iframe"):
        page.open(name, url=url, techniques=[name], resume=False)
        stage.command(site).lines(channel, numbered(0, 20))
        in_order(page.has("number 19"), numbered(0, 20))
        page.run("push.close()")


def test_bytes_appended_to_a_cut_stream_are_ignored(plain, page, channel):
    """As Apache does with its error page."""
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
    first = plain.publish(channel, "first")
    page.run("window.first = arguments[0]", first)
    page.start(techniques=["sse"], share=False)
    plain.publish(channel, "second")
    assert page.has("second") == ["second"]
    assert page.run("return cuts") >= 2, "the cut stream was not read"


def test_every_technique_survives_an_error_page_in_its_body(
    stage, plain, browser, channel
):
    """A message is cut, and the response ends as if it were complete."""
    names = [name for name in RUNGS if name != "websocket"]
    proxy = stage.add(BufferingProxy(plain.port, handler=ErrorPage))
    page = client_page(browser, plain, channel, proxy.port)
    page.run(START, names, channel)
    page.until(OPEN, "every rung open")
    wanted = ["one", "two", "CUT here"]
    for text in wanted:
        plain.publish(channel, text)
    all_have(page, "CUT here")
    for name in names:
        got = page.run("return rungs[arguments[0]].got", name)
        assert got == wanted, f"messages by {name}"
    assert sorted(proxy.cut) == sorted(f"/push/{name}" for name in names)


def test_heartbeats_keep_an_iframe_without_messages_open(
    shared, channel, browser
):
    page = client_page(browser, shared.site({"hold.beat": 1}), channel)
    page.open("iframe", techniques=["iframe"], silence=6000, share=False)
    page.until(
        "return document.querySelector('iframe').contentWindow.heard > 9",
        "heartbeats for longer than it bears silence",
    )
    assert page.run("return errors") == []
