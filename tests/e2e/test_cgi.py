# SPDX-License-Identifier: MIT
"""The same programs as plain CGI: without a socket, one request each."""
import os
import re
import signal
import subprocess

from harness import fastcgi, process, web
from harness.site import build
from harness.sse import Stream
from harness.tap import contains, equal, fact, true, until

ONLY_REDIS = ("redis-server",)
CGI = """
server.modules += ( "mod_cgi", "mod_setenv" )
$HTTP["url"] =~ "^/cgi/" {
  alias.url = ( "/cgi/" => "%s/" )
  cgi.assign = ( ".fcgi" => "" )
  server.stream-response-body = 2
  setenv.add-environment = ( %s )
}
"""


def cgi_site(stage, settings=None):
    """mod_cgi gives its programs nothing of lighttpd's environment."""
    redis = stage.redis()
    env = process.clean_environment(stage.settings(redis, settings))
    pairs = ", ".join(f'"{name}" => "{value}"' for name, value in env.items()
                      if name.startswith("PUSHCGI_"))
    return stage.site(settings, redis=redis,
                      after=CGI % (build("fcgi"), pairs))


def by_hand(stage, program, redis, query, method="GET", body=b"",
            arguments=(), settings=None, **more):
    """Starts a program as a web server starts a CGI program."""
    env = process.clean_environment(stage.settings(redis, settings))
    env.update(fastcgi.environment(query, method, program, body, **more))
    log = os.path.join(stage.sub(program), f"{program}.log")
    started = process.Process(
        [build("fcgi", f"{program}.fcgi"), *arguments], log, env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    stage.add(Piped(started))
    started.popen.stdin.write(body)
    started.popen.stdin.close()
    return started


class Piped:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.popen.stdout.close()
        self.started.stop()


def whole(started, seconds=30):
    out = started.popen.stdout.read()
    status = started.wait(seconds)
    true(status >= 0, f"killed by signal {-status}")
    return fastcgi.parse(out)


@fact()
def mod_cgi_streams_events(stage):
    site = cgi_site(stage)
    reader = Stream(site.port, "/cgi/sse.fcgi?channel=news").ready()
    contains(reader.headers["content-type"], "text/event-stream", "type")
    for n in range(3):
        site.publish("news", f"m{n}")
        equal(reader.wait_messages(n + 1)[n], f"m{n}", "data")
    reader.close()


@fact()
def mod_cgi_answers_a_longpoll(stage):
    site = cgi_site(stage)
    first = site.publish("news", "one")
    site.publish("news", "two")
    answer = site.request(
        "GET", f"/cgi/longpoll.fcgi?channel=news&since={first}&wait=30")
    equal(answer.status, 200, "status")
    equal([m["data"] for m in answer.json()["messages"]], ["two"], "data")


@fact()
def mod_cgi_publishes(stage):
    site = cgi_site(stage)
    reader = site.sse("news").ready()
    answer = site.request("POST", "/cgi/publish.fcgi",
                          web.form(channel="news", data="by cgi"), web.FORM)
    equal(answer.status, 201, "status")
    equal(reader.wait_messages(1), ["by cgi"], "data")
    equal(reader.messages[0].id, answer.json()["id"], "id")
    large = "x" * 65536
    answer = site.request("POST", "/cgi/publish.fcgi",
                          web.form(channel="news", data=large), web.FORM)
    equal(answer.status, 201, "status of a large one")
    equal(reader.wait_messages(2)[1], large, "large data")


@fact()
def mod_cgi_gets_the_same_refusals(stage):
    site = cgi_site(stage)
    for target, status in (("sse.fcgi", 400), ("longpoll.fcgi?channel=a+b",
                                               400), ("publish.fcgi", 405)):
        answer = site.request("GET", f"/cgi/{target}")
        equal(answer.status, status, f"status of {target}")
        contains(answer.headers["Content-Type"], "application/problem+json",
                 "type")


@fact(needs=ONLY_REDIS)
def by_hand_sse_writes_a_cgi_answer_and_streams(stage):
    redis = stage.redis()
    sse = by_hand(stage, "sse", redis, web.query("news"))
    seen = until_text(sse, rb"id: \S+\n\n")
    contains(seen.lower(), b"content-type: text/event-stream", "head")
    stage.command(redis).publish("news", "hello")
    contains(until_text(sse, rb"id: \S+\n\n"), b"data: hello\n", "stream")
    sse.signal(signal.SIGTERM)
    sse.popen.stdout.read()
    sse.wait(15)


def until_text(started, pattern):
    out = b""
    while not re.search(pattern, out):
        data = os.read(started.popen.stdout.fileno(), 65536)
        true(data, f"it ended: {out!r} {started.tail()}")
        out += data
    return out


@fact(needs=ONLY_REDIS)
def by_hand_longpoll_and_publish_answer_and_end(stage):
    redis = stage.redis()
    body = web.form(channel="news", data="hello")
    answer = whole(by_hand(stage, "publish", redis, "", "POST", body))
    equal((answer.status, answer.json()["channel"]), (201, "news"),
          "answer of publish")
    answer = whole(by_hand(stage, "longpoll", redis,
                           web.query("news", since="0")))
    equal((answer.status, answer.json()["messages"][0]["data"]),
          (200, "hello"), "answer of longpoll")


@fact(needs=ONLY_REDIS)
def what_stands_in_the_query_is_never_an_option(stage):
    """mod_cgid makes arguments of a query without `=`."""
    redis = stage.redis()
    for program in ("sse", "longpoll", "publish"):
        for words in (["--print-conf"], ["--conf", "/etc/hostname"],
                      ["--listen", "unix:/tmp/never"], ["--help"]):
            answer = whole(by_hand(stage, program, redis, "+".join(words),
                                   arguments=words))
            want = 405 if program == "publish" else 400
            equal(answer.status, want, f"{program} {words}")
            true(b"bus.url" not in answer.body
                 and b"[bus]" not in answer.body, "it printed settings")
    true(not os.path.exists("/tmp/never"), "it listens")


@fact(needs=ONLY_REDIS)
def a_reader_of_a_cgi_that_leaves_ends_the_program(stage):
    redis = stage.redis()
    sse = by_hand(stage, "sse", redis, web.query("news"),
                  settings={"hold.beat": 1})
    until_text(sse, rb"id: \S+\n\n")
    sse.popen.stdout.close()
    status = sse.wait(20)
    true(status >= 0, f"killed by signal {-status}")


@fact()
def a_reader_that_leaves_mod_cgi_ends_the_program(stage):
    site = cgi_site(stage, {"hold.beat": 1})
    reader = Stream(site.port, "/cgi/sse.fcgi?channel=news").ready()
    until(lambda: site.redis.subscribers("news") == 1, "a subscription")
    reader.close()
    until(lambda: site.redis.subscribers("news") == 0,
          "the end of the program", 30)


@fact(needs=ONLY_REDIS)
def a_cgi_without_redis_says_503(stage):
    redis = stage.redis()
    redis.stop()
    body = web.form(channel="news", data="x")
    answer = whole(by_hand(stage, "publish", redis, "", "POST", body))
    equal((answer.status, answer.json()["stored"]), (503, False),
          "answer of publish")
    answer = whole(by_hand(stage, "longpoll", redis, web.query("news")))
    equal(answer.status, 503, "status of longpoll")


@fact(needs=ONLY_REDIS)
def a_cgi_body_shorter_than_promised_is_no_message(stage):
    redis = stage.redis()
    body = web.form(channel="news", data="x" * 100)
    started = by_hand(stage, "publish", redis, "", "POST", body,
                      CONTENT_LENGTH=str(len(body) + 50))
    out = started.popen.stdout.read()
    started.wait(20)
    true(not out or fastcgi.parse(out).status >= 400, f"answer {out!r}")
    equal(redis("EXISTS", "push:{news}:log"), 0, "stored")


@fact(needs=ONLY_REDIS)
def wrong_settings_in_cgi_are_no_answer_and_a_line_on_stderr(stage):
    """Which every web server turns into a 500."""
    redis = stage.redis()
    started = by_hand(stage, "sse", redis, web.query("news"),
                      settings={"hold.beat": "often"})
    equal(started.popen.stdout.read(), b"", "answer")
    equal(started.wait(20), 1, "exit status")
    contains(started.output(), "hold.beat", "stderr")
