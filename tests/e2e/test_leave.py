# SPDX-License-Identifier: MIT
"""Readers that leave, and responders that do."""
import os
import re
import signal
import subprocess
import time

from harness import fastcgi, process, web
from harness.sse import Stream
from harness.tap import equal, fact, true, until
from test_live import LongpollThread

# A responder of the test's own behind lighttpd, without tcp-fin-propagate.
PLAIN = """
$HTTP["url"] =~ "^/plain/" {
  server.stream-response-body = 2
  fastcgi.server = ( "/plain/sse" => ((
    "socket" => "%s", "check-local" => "disable" )) )
}
"""


@fact()
def a_reader_that_left_is_released_at_the_next_heartbeat(stage):
    redis = stage.redis()
    sse = stage.responder("sse", {"hold.beat": 1}, redis=redis)
    site = stage.site(redis=redis, after=PLAIN % sse.address)
    settled(sse.pid)
    before = process.sockets(sse.pid)
    readers = [plain(site) for _ in range(20)]
    true(process.sockets(sse.pid) >= before + 20, "no 20 readers are held")
    for reader in readers:
        reader.close()
    until(lambda: process.sockets(sse.pid) == before,
          f"{before} sockets again after the readers left")
    until(lambda: redis.subscribers("news") == 0, "the unsubscription", 30)


def plain(site):
    return Stream(site.port, "/plain/sse?" + web.query("news")).ready()


def settled(pid):
    """Until its connections to Redis stand, and what it took to look the name
    up is closed: the number stays what it is for half a second."""
    seen = []

    def stays():
        seen.append(process.sockets(pid))
        time.sleep(0.05)
        return len(seen) > 10 and min(seen[-10:]) == max(seen[-10:]) >= 3

    until(stays, "connections to Redis, and nothing else")


@fact()
def a_reader_that_left_is_released_at_once(stage):
    """tcp-fin-propagate of the shipped file tells us."""
    site = stage.site({"hold.beat": 3600})
    reader = site.sse("other").ready()
    pid = site.responder("sse")
    settled(pid)
    before = process.sockets(pid)
    readers = [site.sse("news").ready() for _ in range(20)]
    equal(process.sockets(pid), before + 20, "sockets with 20 readers")
    for one in readers:
        one.close()
    until(lambda: process.sockets(pid) == before,
          f"{before} sockets again after the readers left")
    site.publish("other", "still here")
    equal(reader.wait_messages(1), ["still here"], "data of who stayed")


@fact(needs=("redis-server",))
def a_longpoll_that_left_is_released_at_once(stage):
    """When the web server tells: lighttpd 1.4.69 does not, as long as it has
    nothing of the answer; see the next."""
    poll = stage.responder("longpoll")
    settled(poll.pid)
    before = process.sockets(poll.pid)
    query = web.query("news", since="0-0", wait=55)
    held = [fastcgi.Connection(poll.address) for _ in range(10)]
    for one in held:
        one.send(fastcgi.request(fastcgi.environment(query)))
    until(lambda: poll.log().count("reader_start") == 10, "10 longpolls held")
    equal(process.sockets(poll.pid), before + 10, "sockets with 10 longpolls")
    for one in held:
        one.close()
    until(lambda: process.sockets(poll.pid) == before,
          f"{before} sockets again after the longpolls left")


@fact()
def a_longpoll_that_left_lighttpd_is_released_when_its_wait_is_over(stage):
    site = stage.site()
    last = site.publish("news", "old")
    pid = site.responder("longpoll")
    settled(pid)
    before = process.sockets(pid)
    target = "/push/longpoll?" + web.query("news", since=last, wait=6)
    held = [Stream(site.port, target) for _ in range(10)]
    until(lambda: process.sockets(pid) >= before + 10, "10 longpolls held")
    for one in held:
        one.close()
    until(lambda: process.sockets(pid) == before,
          f"{before} sockets again after the longpolls left")


@fact()
def a_channel_without_readers_is_unsubscribed(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    equal(site.redis.subscribers("news"), 1, "subscribers with a reader")
    reader.close()
    until(lambda: site.redis.subscribers("news") == 0,
          "no subscriber without readers", 30)
    again = site.sse("news").ready()
    site.publish("news", "hello")
    equal(again.wait_messages(1), ["hello"], "data after subscribing again")


@fact(limit=90)
def a_killed_responder_is_started_again_and_nothing_is_lost(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    got, sent = [], []
    for round_ in range(3):
        text = f"before {round_}"
        sent.append(text)
        site.publish("news", text)
        reader.wait_messages(1)
        pid = site.responder("sse")
        os.kill(pid, signal.SIGKILL)
        equal(reader.wait_end(), "cut", "the end of the stream")
        got += reader.data
        sent.append(f"while it was away {round_}")
        site.publish("news", sent[-1])
        reader = comes_back(site, reader.cursor)
        reader.wait_messages(1)
        got += reader.data
        cursor = reader.cursor
        reader.close()
        reader = site.sse("news", {"Last-Event-ID": cursor}).opened()
    equal(got, sent, "data over all connections")


def comes_back(site, cursor, seconds=60):
    """As an EventSource: tries again while it is refused with 50x."""
    end = time.monotonic() + seconds
    while True:
        reader = site.sse("news", {"Last-Event-ID": cursor})
        reader.until(lambda: reader.status is not None, "head")
        if reader.status == 200:
            return reader
        true(time.monotonic() < end, f"refused: {reader.story()}")
        reader.close()
        time.sleep(0.3)


@fact()
def sigterm_cuts_streams_without_a_clean_end(stage):
    site = stage.site({"hold.drain": 5, "sse.retry": 100})
    reader = site.sse("news").ready()
    pid = site.responder("sse")
    os.kill(pid, signal.SIGTERM)
    equal(reader.wait_end(), "cut", "the end of the stream")
    true(len(re.findall(rb"(?m)^retry: \d+$", reader.lines.raw)) > 1,
         f"no second retry: {reader.lines.raw[-200:]!r}")
    until(lambda: not process.running(pid), "the end of the process", 15)


@fact(needs=("redis-server", "lighttpd", "curl"))
def curl_calls_a_stream_cut_by_sigterm_broken_off(stage):
    site = stage.site()
    url = f"http://127.0.0.1:{site.port}/push/sse?channel=news"
    with subprocess.Popen(["curl", "-sN", url],
                          stdout=subprocess.PIPE) as curl:
        curl.stdout.readline()
        os.kill(site.responder("sse"), signal.SIGTERM)
        curl.stdout.read()
        equal(curl.wait(20), 18, "exit status of curl")


@fact()
def sigterm_answers_a_held_longpoll(stage):
    site = stage.site()
    last = site.publish("news", "old")
    site.longpoll("news")
    held = LongpollThread(site.client(),
                          web.query("news", since=last, wait=55))
    site.holds("longpoll", 2)
    pid = site.responder("longpoll")
    os.kill(pid, signal.SIGTERM)
    answer = held.wait()
    equal(answer.status, 200, "status")
    equal(answer.json(), {"messages": [], "cursor": last}, "batch")
    until(lambda: not process.running(pid), "the end of the process", 15)


@fact()
def sigterm_ends_the_program_within_hold_drain(stage):
    """Even when a reader does not take what is written to it."""
    sse = stage.responder("sse", {"hold.drain": 1})
    stuck = fastcgi.Connection(sse.address)
    stuck.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    stuck.read_until(b"event: cursor")
    command = stage.command(sse)
    command.lines("news", ["x" * 60000] * 12)
    time.sleep(0.5)
    sse.process.signal(signal.SIGTERM)
    equal(sse.process.wait(20), 0, "exit status")
    stuck.close()


@fact()
def sighup_changes_nothing(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    os.kill(site.responder("sse"), signal.SIGHUP)
    time.sleep(0.3)
    site.publish("news", "still here")
    equal(reader.wait_messages(1), ["still here"], "data")


@fact()
def streams_end_with_their_age_without_a_clean_end(stage):
    site = stage.site({"hold.max_age": 2, "hold.beat": 1})
    reader = site.sse("news").opened()
    equal(reader.wait_end(), "cut", "the end of the stream")
