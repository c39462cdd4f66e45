# SPDX-License-Identifier: MIT
"""The same programs as plain CGI: without a socket, one request each."""

import os
import re
import signal
import subprocess

from harness import fastcgi, process, web
from harness.check import until
from harness.site import build
from harness.sse import Stream

CGI = """
server.modules += ( "mod_cgi", "mod_setenv" )
$HTTP["url"] =~ "^/cgi/" {
  alias.url = ( "/cgi/" => "%s/" )
  cgi.assign = ( ".fcgi" => "" )
  server.stream-response-body = 2
  setenv.add-environment = ( %s )
}
"""


def cgi_site(shared, stage):
    """mod_cgi gives its programs nothing of lighttpd's environment."""
    settings = {"hold.beat": 1}
    env = process.clean_environment(stage.settings(shared.redis(), settings))
    pairs = ", ".join(
        f'"{name}" => "{value}"'
        for name, value in env.items()
        if name.startswith("PUSHCGI_")
    )
    return shared.site(settings, after=CGI % (build("fcgi"), pairs))


def by_hand(
    stage,
    program,
    redis,
    query,
    method="GET",
    body=b"",
    arguments=(),
    settings=None,
    close=True,
    **more,
):
    """Starts a program as a web server starts a CGI program."""
    env = process.clean_environment(stage.settings(redis, settings))
    env.update(fastcgi.environment(query, method, program, body, **more))
    log = os.path.join(stage.sub(program), f"{program}.log")
    started = process.Process(
        [build("fcgi", f"{program}.fcgi"), *arguments],
        log,
        env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stage.add(Piped(started))
    started.popen.stdin.write(body)
    started.popen.stdin.flush()
    if close:
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
    assert status >= 0, f"killed by signal {-status}"
    return fastcgi.parse(out)


def test_mod_cgi_streams_events(shared, channel, stage):
    site = cgi_site(shared, stage)
    subscriber = Stream(site.port, f"/cgi/sse.fcgi?channel={channel}").ready()
    assert "text/event-stream" in subscriber.headers["content-type"]
    for n in range(3):
        site.publish(channel, f"m{n}")
        assert subscriber.wait_messages(n + 1)[n] == f"m{n}"
    subscriber.close()


def test_mod_cgi_answers_a_longpoll(shared, channel, stage):
    site = cgi_site(shared, stage)
    first = site.publish(channel, "one")
    site.publish(channel, "two")
    response = site.request(
        "GET", f"/cgi/longpoll.fcgi?channel={channel}&since={first}&wait=30"
    )
    assert response.status == 200
    assert [m["data"] for m in response.json()["messages"]] == ["two"]


def test_mod_cgi_publishes(shared, channel, stage):
    site = cgi_site(shared, stage)
    subscriber = site.sse(channel).ready()
    response = site.request(
        "POST",
        "/cgi/publish.fcgi",
        web.form(channel=channel, data="by cgi"),
        web.FORM,
    )
    assert response.status == 201
    assert subscriber.wait_messages(1) == ["by cgi"]
    assert subscriber.messages[0].id == response.json()["id"]
    large = "x" * 65536
    response = site.request(
        "POST",
        "/cgi/publish.fcgi",
        web.form(channel=channel, data=large),
        web.FORM,
    )
    assert response.status == 201
    assert subscriber.wait_messages(2)[1] == large


def test_mod_cgi_refuses_the_same_requests(shared, stage):
    site = cgi_site(shared, stage)
    for target, status in (
        ("sse.fcgi", 400),
        ("longpoll.fcgi?channel=a+b", 400),
        ("publish.fcgi", 405),
    ):
        response = site.request("GET", f"/cgi/{target}")
        assert response.status == status, f"status of {target}"
        assert "application/problem+json" in response.headers["Content-Type"]


def test_sse_run_by_hand_writes_a_cgi_response_and_streams(
    redis, channel, stage
):
    sse = by_hand(stage, "sse", redis, web.query(channel))
    seen = until_text(sse, rb"id: \S+\n\n")
    assert b"content-type: text/event-stream" in seen.lower()
    stage.command(redis).publish(channel, "hello")
    assert b"data: hello\n" in until_text(sse, rb"id: \S+\n\n")
    sse.signal(signal.SIGTERM)
    sse.popen.stdout.read()
    sse.wait(15)


def until_text(started, pattern):
    out = b""
    while not re.search(pattern, out):
        data = os.read(started.popen.stdout.fileno(), 65536)
        assert data, f"it ended: {out!r} {started.tail()}"
        out += data
    return out


def test_longpoll_and_publish_run_by_hand_respond_and_exit(
    redis, channel, stage
):
    body = web.form(channel=channel, data="hello")
    response = whole(by_hand(stage, "publish", redis, "", "POST", body))
    assert (response.status, response.json()["channel"]) == (201, channel)
    response = whole(
        by_hand(stage, "longpoll", redis, web.query(channel, since="0"))
    )
    assert (response.status, response.json()["messages"][0]["data"]) == (
        200,
        "hello",
    )


def test_a_query_is_never_parsed_as_an_option(redis, stage):
    """mod_cgid makes arguments of a query without `=`."""
    for program in ("sse", "longpoll", "publish"):
        for words in (
            ["--print-conf"],
            ["--conf", "/etc/hostname"],
            ["--listen", "unix:/tmp/never"],
            ["--help"],
        ):
            response = whole(
                by_hand(
                    stage, program, redis, "+".join(words), arguments=words
                )
            )
            want = 405 if program == "publish" else 400
            assert response.status == want, f"{program} {words}"
            assert (
                b"bus.url" not in response.body
                and b"[bus]" not in response.body
            ), "it printed settings"
    assert not os.path.exists("/tmp/never"), "it listens"


def test_a_cgi_program_exits_when_its_client_disconnects(
    redis, channel, stage
):
    sse = by_hand(
        stage, "sse", redis, web.query(channel), settings={"hold.beat": 1}
    )
    until_text(sse, rb"id: \S+\n\n")
    sse.popen.stdout.close()
    status = sse.wait(20)
    assert status >= 0, f"killed by signal {-status}"


def test_a_program_of_mod_cgi_exits_when_its_client_disconnects(
    shared, channel, stage
):
    site = cgi_site(shared, stage)
    subscriber = Stream(site.port, f"/cgi/sse.fcgi?channel={channel}").ready()
    until(lambda: site.redis.subscribers(channel) == 1, "a subscription")
    subscriber.close()
    until(
        lambda: site.redis.subscribers(channel) == 0,
        "the end of the program",
        30,
    )


def test_a_cgi_without_redis_is_503(stage):
    redis = stage.redis()
    redis.stop()
    body = web.form(channel="news", data="x")
    response = whole(by_hand(stage, "publish", redis, "", "POST", body))
    assert (response.status, response.json()["stored"]) == (503, False)
    response = whole(by_hand(stage, "longpoll", redis, web.query("news")))
    assert response.status == 503


def test_a_cgi_body_shorter_than_its_content_length_is_not_stored(
    redis, channel, stage
):
    body = web.form(channel=channel, data="x" * 100)
    started = by_hand(
        stage,
        "publish",
        redis,
        "",
        "POST",
        body,
        CONTENT_LENGTH=str(len(body) + 50),
    )
    response = whole(started)
    assert response.status == 400
    assert f"said {len(body) + 50}." in response.json()["detail"]
    assert redis("EXISTS", channel.log) == 0


def test_a_cgi_request_has_the_same_limits(redis, channel, stage):
    for query, more, status, word in (
        ("", {"HTTP_COOKIE": "c" * 70000}, 431, "request.max_head"),
        ("x" * 20000, {}, 414, "request.max_query"),
    ):
        response = whole(
            by_hand(
                stage, "poll", redis, web.query(channel) + query, **more
            )
        )
        assert response.status == status
        assert word in response.json()["detail"]


def test_a_slow_cgi_body_is_408(redis, channel, stage):
    body = web.form(channel=channel, data="x" * 100)
    started = by_hand(
        stage,
        "publish",
        redis,
        "",
        "POST",
        body,
        settings={"request.timeout": 1},
        close=False,
        CONTENT_LENGTH=str(len(body) + 50),
    )
    response = whole(started)
    started.popen.stdin.close()
    assert response.status == 408
    assert redis("EXISTS", channel.log) == 0


def test_wrong_settings_in_cgi_tell_the_client_to_come_back(
    redis, channel, stage
):
    """Without a response every web server would make it a 500."""
    started = by_hand(
        stage,
        "sse",
        redis,
        web.query(channel),
        settings={"hold.beat": "often"},
    )
    out = started.popen.stdout.read()
    assert out.startswith(b"Status: 200 ")
    assert b"\nretry: 1" in out
    assert started.wait(20) == 0
    assert "event=settings" in started.output()
    assert "PUSHCGI_HOLD_BEAT" in started.output()


def test_what_an_acl_forbids_is_refused_and_logged_once(stage):
    """A process for one publication tries no rights before."""
    redis = stage.redis()
    redis(*"ACL SETUSER bob on >secret ~* &* +@all -xadd".split())
    body = web.form(channel="news", data="hi")
    settings = {"bus.url": f"unix://bob:secret@{redis.path}"}
    started = by_hand(
        stage, "publish", redis, "", "POST", body, settings=settings
    )
    response = whole(started)
    assert (response.status, response.json()["stored"]) == (503, False)
    with open(started.log, encoding="utf-8") as file:
        said = [line for line in file if "level=error" in line]
    assert len(said) == 1 and "event=redis_error" in said[0], f"log: {said}"
