# SPDX-License-Identifier: MIT
"""Subscribers that are not held, and streams that are cut: every client comes
back by itself and loses nothing."""

import os
import shutil
import signal
import subprocess

import pytest

from harness import fastcgi, web
from harness.apache import ApacheCgi, ApacheFcgid, ApacheProxy
from harness.check import in_order, until
from harness.client import client_page
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.npm import folder
from harness.public_clients import InPage
from harness.rungs import RUNGS, START, STREAMS, all_have, numbered

PARTIAL = 18  # of curl: the response is shorter than it should be
LENGTH = "9007199254740991"
NOBODY = {"hold.max": 0, "hold.retry": 1, "hold.beat": 1}

EVENT_SOURCE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>EventSource</title>
<link rel="icon" href="data:,">
<script src="clients/page.js"></script>
<script>
window.times = 0;
const source = new EventSource(programs.sse);
listen(source);
source.addEventListener("open", () => times++);
source.addEventListener("error", () => {
  if (source.readyState === 2)
    odd.push("closed for good");
});
</script>
<body></body></html>"""


def target(site, program):
    callback = "&callback=f" if program == "iframe" else ""
    return site.url(f"push/{program}?channel=news&since=0{callback}")


def curl(*arguments):
    """The exit status, and the output."""
    done = subprocess.run(
        ["curl", "-sN", "--max-time", "60", *arguments],
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode()


# --- a cut is an error to the client ------------------------------------------


def a_cut_is_an_error(stage, server):
    """Of a stream that is not held, and of one whose program ends."""
    site = stage.site(NOBODY, server=server)
    site.publish("news", "hello")
    for program in ("sse", "stream", "iframe"):
        status, out = curl(target(site, program))
        assert status == PARTIAL, f"curl of {program}: {status} {out}"
        assert "hello" in out
        assert "retry" in out
    site = stage.site({"hold.beat": 1}, server=server)
    with subprocess.Popen(
        ["curl", "-sN", target(site, "sse")], stdout=subprocess.PIPE
    ) as held:
        held.stdout.readline()
        os.kill(site.responder("sse"), signal.SIGTERM)
        held.stdout.read()
        assert held.wait(30) == PARTIAL


@pytest.mark.needs("curl")
def test_a_cut_behind_lighttpd_is_an_error(stage):
    a_cut_is_an_error(stage, Lighttpd)


@pytest.mark.needs("curl")
def test_a_cut_behind_lighttpds_mod_cgi_is_an_error(stage):
    a_cut_is_an_error(stage, LighttpdCgi)


@pytest.mark.apache
@pytest.mark.needs("curl")
def test_a_cut_behind_mod_fcgid_is_an_error(stage):
    a_cut_is_an_error(stage, ApacheFcgid)


@pytest.mark.apache
@pytest.mark.needs("curl")
def test_a_cut_behind_mod_cgid_is_an_error(stage):
    a_cut_is_an_error(stage, ApacheCgi)


@pytest.mark.apache
@pytest.mark.needs("curl")
def test_a_cut_behind_mod_proxy_fcgi_is_an_error(stage):
    a_cut_is_an_error(stage, ApacheProxy)


@pytest.mark.apache
def test_hold_content_length_turns_the_length_off(shared, channel):
    for setting, length in (("auto", LENGTH), ("no", None)):
        site = shared.site(
            {"hold.beat": 1, "hold.content_length": setting},
            server=ApacheFcgid,
        )
        stream = site.sse(channel).ready()
        assert stream.headers.get("content-length") == length
        stream.close()


@pytest.mark.apache
def test_head_of_a_stream_has_no_length(shared, channel):
    site = shared.site({"hold.beat": 1}, server=ApacheFcgid)
    response = site.request("HEAD", f"/push/sse?channel={channel}")
    assert response.status == 200
    assert response.headers.get("Content-Length") != LENGTH


# --- push.js ------------------------------------------------------------------


def every_rung_comes_back(stage, browser, server):
    """Nobody is held; each message arrives once, by the same technique."""
    site = stage.site(NOBODY, websocket=True, server=server)
    page = client_page(browser, site, "a")
    page.run(START, list(RUNGS), "a")
    page.until(
        "return Object.values(rungs).every((r) => r.push.position.cursor)",
        "a cursor of every rung",
        60,
    )
    command = stage.command(site)
    for start in (0, 20, 40):
        command.lines("a", numbered(start, start + 20))
        all_have(page, f"number {start + 19}")
    for name in RUNGS:
        got, gaps, used = page.run(
            "const { got, gaps, used } = rungs[arguments[0]];"
            " return [got, gaps, used]",
            name,
        )
        in_order(got, numbered(0, 60))
        assert gaps == [], f"gaps by {name}"
        assert set(used) - {""} == {name}, f"techniques used by {name}"
        assert page.asked(name) >= 3 or name == "iframe"


@pytest.mark.browser
def test_every_rung_comes_back_behind_lighttpd(stage, browser):
    every_rung_comes_back(stage, browser, Lighttpd)


@pytest.mark.apache
@pytest.mark.browser
def test_every_rung_comes_back_behind_mod_proxy_fcgi(stage, browser):
    every_rung_comes_back(stage, browser, ApacheProxy)


@pytest.mark.apache
@pytest.mark.browser
def test_every_rung_comes_back_behind_mod_fcgid(stage, browser):
    every_rung_comes_back(stage, browser, ApacheFcgid)


@pytest.mark.browser
def test_it_is_held_when_there_is_room(stage, browser):
    site = stage.site({"hold.max": 1, "hold.retry": 1}, websocket=True)
    page = client_page(browser, site, "a")
    for name in STREAMS:
        others = [site.stream(name, "a", **how(name)).opened()]
        until(lambda n=name: held(site, n), f"a held {name}")
        page.start(techniques=[name], share=False, resume=False)
        page.until("return errors.length > 0", f"{name} told to come back")
        others[0].close()
        page.until(
            "return push.readyState === 1 && !push.connection.timer",
            f"{name} held",
        )
        site.publish("a", f"by {name}")
        page.has(f"by {name}")
        page.run("push.close()")


def how(name):
    return {"callback": "f"} if name == "iframe" else {}


def held(site, name):
    return f"program={name} event=subscriber " in site.log()


# --- other clients ------------------------------------------------------------


def follows(stage, site, client):
    """It gets messages in order although nobody is held."""
    until(lambda: client.said("told"), "a cursor")
    command = stage.command(site)
    for start in (0, 20, 40):
        command.lines("a", numbered(start, start + 20))
        until(
            lambda s=start: f"number {s + 19}" in client.said("got"),
            f"message {start + 19}; so far {client.said('got')[-3:]}",
            60,
        )
    in_order(client.said("got"), numbered(0, 60))
    assert client.said("odd") == []


def fetch_event_source_comes_back(stage, browser, server):
    site = stage.site(NOBODY, server=server)
    name = ("@microsoft", "fetch-event-source")
    shutil.copytree(
        os.path.join(folder(), *name),
        os.path.join(site.folder, "root", "lib", *name),
    )
    follows(
        stage, site, InPage(browser, site, "fetch-event-source", "channel=a")
    )


@pytest.mark.apache
@pytest.mark.browser
@pytest.mark.npm
def test_fetch_event_source_comes_back_behind_mod_fcgid(stage, browser):
    fetch_event_source_comes_back(stage, browser, ApacheFcgid)


@pytest.mark.apache
@pytest.mark.browser
@pytest.mark.npm
def test_fetch_event_source_comes_back_behind_mod_cgid(stage, browser):
    fetch_event_source_comes_back(stage, browser, ApacheCgi)


@pytest.mark.browser
@pytest.mark.npm
def test_fetch_event_source_comes_back_behind_lighttpd(stage, browser):
    fetch_event_source_comes_back(stage, browser, Lighttpd)


@pytest.mark.apache
@pytest.mark.browser
def test_event_source_comes_back_behind_mod_fcgid(stage, browser):
    site = stage.site(NOBODY, server=ApacheFcgid)
    site.page("event-source.html", EVENT_SOURCE)
    page = InPage.__new__(InPage)
    page.browser = browser
    browser.go(site.url("event-source.html?channel=a"))
    follows(stage, site, page)
    assert browser.run("return times") > 2


# --- while a program ends -----------------------------------------------------


def test_a_program_that_ends_answers_who_comes(stage):
    """It still has a client that does not read."""
    sse = stage.responder("sse", {"hold.drain": 60})
    ask = fastcgi.request(fastcgi.environment(web.query("news", since="0")))
    stuck = fastcgi.Connection(sse.address)
    stuck.send(ask)
    stuck.read_until(b"retry")
    reads = fastcgi.Connection(sse.address)
    reads.send(ask)
    stage.command(sse).lines("news", [*["x" * 60000] * 12, "the last"])
    reads.read_until(b"data: the last")
    sse.process.signal(signal.SIGTERM)
    until(lambda: "event=stop" in sse.log(), "the signal in the log")
    late = fastcgi.Connection(sse.address)
    late.send(ask)
    assert b"data: the last" in late.read_until(b"\nretry: 1")
    assert late.record() is None, "the end is clean"
    for one in (stuck, reads, late):
        one.close()
    assert sse.process.wait(20) == 0
