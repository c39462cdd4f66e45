# SPDX-License-Identifier: MIT
"""Who is subscribed to a channel: channel.presence and presence=1."""

import json
import os
import signal
import time

import pytest

from harness import jwt
from harness.apache import ApacheCgi, ApacheFcgid
from harness.check import note, until
from harness.private import TOKEN
from harness.samples import sample
from harness.techniques import ALL, Reading

PAGE = "doc/presence.md"
SETTINGS = sample(PAGE, "ini", "presence")
WHO = sample(PAGE, "sh", "--who")
HTML = sample(PAGE, "html", "EventSource")
PUSH = sample(PAGE, "js", "onpresence")
CONSOLE = """<!DOCTYPE html>
<script>
window.seen = [];
console.log = (...words) => seen.push(words.join(" "));
</script>
<script src="/client/push.js"></script>
"""

BEAT = 4
LIST = {"channel.presence": "list", "hold.beat": BEAT}
# With the default heartbeat a lease is so long that it survives a process that is
# slow for some seconds.
LONG = {"channel.presence": "list"}
ASKING = [technique for technique in ALL if technique.name != "http"]


def named(name, *channels):
    """The headers of a client that has a name and may subscribe."""
    claims = jwt.mercure(channels, sub=name)
    return jwt.bearer(jwt.forge({"alg": "HS256"}, claims, jwt.SECRET))


def presences(reading):
    return [i["presence"] for i in reading.items if "presence" in i]


def last(reading):
    return (presences(reading) or [{"count": None}])[-1]


def wait_count(reading, count, seconds=30):
    """Reads until the last notice has that count; returns its names."""
    reading.stream.until(
        lambda: last(reading)["count"] == count,
        f"presence of {count}",
        seconds,
    )
    return last(reading).get("users")


def watch(site, channel, **parameters):
    """A stream that is told."""
    reading = Reading(site, ALL[1], channel, presence=1, **parameters)
    return reading.ready()


def who(command, channel):
    done = command.run("--who", channel)
    assert done.status == 0, done
    return done.out.split("\n")[:-1]


def test_each_technique_is_told_who_is_there(shared, channel):
    site = shared.site(LIST, websocket=True)
    readings = []
    for technique in ASKING:
        reading = Reading(site, technique, channel, presence=1).ready()
        reading.stream.until(lambda r=reading: presences(r), technique.name)
        assert set(last(reading)) == {"channel", "count", "users"}
        readings.append(reading)
    watcher = watch(site, channel)
    for reading in readings:
        reading.close()
    wait_count(watcher, 1)


def test_subscribers_are_named_once_and_counted_all(shared, stage, channel):
    site = shared.site({**TOKEN, **LONG})
    alice = named("Alice in Wonderland", channel)
    bob = named("bob", channel)
    watcher = watch(site, channel, headers=bob)
    tabs = [site.sse(channel, alice).ready() for _ in range(2)]
    names = ["Alice in Wonderland", "bob"]
    assert wait_count(watcher, 3) == names
    command = stage.command(site)
    assert who(command, channel) == ["3", *names]
    tabs[0].close()
    assert wait_count(watcher, 2) == names
    tabs[1].close()
    assert wait_count(watcher, 1) == ["bob"]


def test_with_count_no_names_are_told(shared, stage, channel):
    site = shared.site({**TOKEN, **LONG, "channel.presence": "count"})
    watcher = watch(site, channel, headers=named("bob", channel))
    assert wait_count(watcher, 1) is None
    assert who(stage.command(site), channel) == ["1"]


def test_without_presence_there_is_no_answer(stage):
    command = stage.command(stage.redis())
    done = command.run("--who", "news")
    assert (done.status, done.out) == (1, "")
    assert "channel.presence" in done.err


def test_a_websocket_is_in_the_channels_that_it_has(shared, channel):
    site = shared.site(LIST, websocket=True)
    one, two = channel.also("one", "two")
    in_one, in_two = watch(site, one), watch(site, two)
    socket = site.websocket(one).ready()
    wait_count(in_one, 2)
    socket.command(1, subscribe=[two])
    wait_count(in_two, 2)
    socket.command(2, unsubscribe=[one])
    wait_count(in_one, 1)
    socket.close()
    wait_count(in_two, 1)


def test_subscribers_of_a_killed_process_are_gone(stage):
    """Within a heartbeat, says test_presence_told.c."""
    site = stage.site({**LIST, "limit.address_connects": 0})
    watcher = watch(site, "news")
    crowd = [site.sse("news").ready() for _ in range(100)]
    wait_count(watcher, 101)
    killed = time.monotonic()
    site.kill("sse")
    wait_count(watcher, 1)
    seconds = time.monotonic() - killed
    note(
        f"100 subscribers of a killed process: gone after {seconds:.1f} s, "
        f"with a heartbeat of {BEAT} s"
    )
    for stream in crowd:
        stream.close()


def test_a_process_that_ends_takes_its_subscribers_with_it(stage):
    """Long before its lease would end."""
    site = stage.site({**LIST, "hold.beat": 3600})
    watcher = watch(site, "news")
    site.sse("news").ready()
    wait_count(watcher, 2)
    os.kill(site.responder("sse"), signal.SIGTERM)
    wait_count(watcher, 1)


def poll_on(site, channel, watcher, times):
    """A client that long-polls, and has its answer at once each time."""
    cursor = site.longpoll(channel, wait=0)["cursor"]
    for number in range(times):
        reading = Reading(
            site, ALL[4], channel, since=cursor, wait=30, client="laptop"
        )
        wait_count(watcher, 2)
        site.publish(channel, f"number {number}")
        cursor = reading.wait_end().cursor


@pytest.mark.apache
@pytest.mark.parametrize("server", (ApacheFcgid, ApacheCgi))
def test_between_two_long_polls_nobody_leaves(stage, server):
    """Each request may reach another process."""
    site = stage.site({**LONG, "hold.retry": 60}, server=server)
    watcher = watch(site, "news")
    wait_count(watcher, 1)
    poll_on(site, "news", watcher, 4)
    assert [p["count"] for p in presences(watcher)] == [1, 2]


def test_a_client_that_does_not_poll_again_leaves(shared, channel):
    site = shared.site({**LIST, "hold.retry": 1})
    watcher = watch(site, channel)
    poll_on(site, channel, watcher, 1)
    wait_count(watcher, 1)


@pytest.mark.apache
def test_streams_of_plain_cgi_are_counted(stage):
    site = stage.site(LIST, server=ApacheCgi)
    watcher = watch(site, "news")
    stream = site.sse("news").ready()
    wait_count(watcher, 2)
    stream.close()
    wait_count(watcher, 1)


def test_after_redis_lost_everything_all_are_counted_again(stage):
    site = stage.site(LIST)
    watcher = watch(site, "news")
    site.sse("news").ready()
    site.stream("iframe", "news", callback="f").opened()
    wait_count(watcher, 3)
    site.redis("FLUSHALL")
    site.sse("news").ready()
    wait_count(watcher, 4)
    site.redis.stop(keep=False)
    site.redis.start()
    site.sse("news").ready()
    wait_count(watcher, 5)


def test_where_redis_forbids_presence_messages_still_come(stage):
    redis = stage.redis(
        *("--user", "push", "on", ">word", "~push:*", "&push:*", "+@all"),
        "-hset",
    )
    login = f"redis://push:word@127.0.0.1:{redis.port}/0"
    site = stage.site({**LIST, "bus.url": login}, redis=redis)
    watcher = watch(site, "news")
    site.publish("news", "hello")
    assert watcher.wait_data(1) == ["hello"]
    assert not presences(watcher)
    until(lambda: 'commands="HSET"' in site.log(), "the missing right")
    done = stage.command(redis, {**LIST, "bus.url": login}).run("--who", "news")
    assert (done.status, done.out) == (0, "0\n")  # nothing is stored


@pytest.mark.browser
def test_the_page_of_the_documentation_shows_the_names(stage, browser):
    folder = stage.sub("conf")
    conf = os.path.join(folder, "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write(f"{SETTINGS}\n[access]\njwt_key = {jwt.SECRET}\n")
    os.chmod(conf, 0o644)
    site = stage.site({"conf": conf})
    site.sse("room-7", named("alice", "room-7")).ready()
    browser.go(site.page("room.html", "<!DOCTYPE html>\n<body>" + HTML))
    until(lambda: "alice (2)" in browser.text(), "the names in the page")
    command = stage.command(site)
    words = WHO.split()
    assert words[0] == "push-publish"
    assert command.run(*words[1:]).out == "2\nalice\n"


@pytest.mark.browser
def test_push_js_tells_each_tab_who_is_there(shared, browser):
    """Also one that comes later, and is told by another tab."""
    site = shared.site({**LONG, "channel.presence": "count"}, websocket=True)
    url = site.page("push.html", f"{CONSOLE}<script>{PUSH}</script>")
    browser.go(url)
    until(lambda: browser.run("return seen"), "a presence")
    assert browser.run("return seen") == ["room-7 1 "]
    other = site.sse("room-7").ready()
    until(lambda: len(browser.run("return seen")) == 2, "the next presence")
    assert browser.run("return seen") == ["room-7 1 ", "room-7 2 "]
    browser.run("window.frame = document.createElement('iframe');"
                f"frame.src = {json.dumps(url)}; document.body.append(frame)")
    later = "return window.frame.contentWindow.seen || []"
    until(lambda: browser.run(later), "the presence in another tab")
    assert browser.run(later)[-1] == "room-7 2 "
    other.close()
    for seen in ("return seen", later):
        until(
            lambda s=seen: browser.run(s)[-1] == "room-7 1 ",
            "that one has left",
        )


def test_a_channel_takes_little_in_redis(shared, channel):
    """What doc/presence.md says of the size."""
    site = shared.site(LONG)
    wait_count(watch(site, channel), 1)
    for key in (f"push:{{{channel}}}:presence", f"push:{{{channel}}}:held"):
        assert int(site.redis("MEMORY", "USAGE", key)) < 400 + 2 * len(channel)
        assert int(site.redis("TTL", key)) <= 120
