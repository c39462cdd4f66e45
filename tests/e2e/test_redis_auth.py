# SPDX-License-Identifier: MIT
"""Redis behind a password, a user, a database number, TCP."""

import os

import pytest

from harness import fastcgi, web
from harness.check import until
from harness.samples import sample

ADMIN = ("default", "chief")
PASSWORD = ("--requirepass", "chief")
USER = ("--user", "push", "on", ">geh%im/@:", "~push:*", "&push:*", "+@all")
QUIET = ("--user", "push", "on", ">word", "~push:*", "resetchannels", "+@all")


def works(stage, redis, channel, url, db=0):
    """A message published by all ways is received."""
    site = stage.site({"bus.url": url}, redis=redis)
    subscriber = site.sse(channel).ready()
    id_ = site.publish(channel, "by http")
    command = stage.command(redis, {"bus.url": url})
    command.publish(channel, "by command")
    assert subscriber.wait_messages(2) == ["by http", "by command"]
    batch = site.longpoll(channel, since=id_, wait=0)
    assert [m["data"] for m in batch["messages"]] == ["by command"]
    client = redis.client(*login(redis))
    client("SELECT", db)
    assert client("XLEN", channel.log) == 2, f"messages in db {db}"
    client.close()


def login(redis):
    return ADMIN if "--requirepass" in redis.options else ()


def test_redis_on_tcp_with_a_database(stage, redis, channel):
    works(stage, redis, channel, f"redis://127.0.0.1:{redis.port}/5", 5)


def test_redis_on_tcp_with_a_host_name(stage, redis, channel):
    works(stage, redis, channel, f"redis://localhost:{redis.port}")


def test_redis_on_a_unix_socket_with_a_database(stage, redis, channel):
    works(stage, redis, channel, f"unix://{redis.path}?db=7", 7)


def test_redis_with_a_password_only(stage, channel):
    redis = stage.redis(*PASSWORD)
    works(stage, redis, channel, f"redis://:chief@127.0.0.1:{redis.port}/0")


def test_redis_with_user_password_and_database_on_tcp(stage, channel):
    redis = stage.redis(*PASSWORD, *USER)
    works(
        stage,
        redis,
        channel,
        "redis://push:geh%25im%2F%40%3A@127.0.0.1:" f"{redis.port}/2",
        2,
    )


def test_redis_with_user_password_and_database_on_a_unix_socket(
    stage, channel
):
    redis = stage.redis(*PASSWORD, *USER)
    works(
        stage,
        redis,
        channel,
        "unix://push:geh%25im%2F%40%3A@" f"{redis.path}?db=2",
        2,
    )


def test_a_wrong_password_counts_as_redis_down_and_is_logged(stage):
    redis = stage.redis(*PASSWORD)
    url = f"redis://:wrong-secret@127.0.0.1:{redis.port}/0"
    publish = stage.responder("publish", {"bus.url": url}, redis=redis)
    body = web.form(channel="news", data="x")
    response = fastcgi.fetch(
        publish.address, fastcgi.environment("", "POST", "publish", body), body
    )
    assert (response.status, response.json()["stored"]) == (503, False)
    until(lambda: "WRONGPASS" in publish.log(), "WRONGPASS in the log")
    assert "wrong-secret" not in publish.log(), "the log has the password"


def test_a_user_without_channel_rights_stores_and_logs_it(stage):
    redis = stage.redis(*PASSWORD, *QUIET)
    url = f"redis://push:word@127.0.0.1:{redis.port}/0"
    publish = stage.responder("publish", {"bus.url": url}, redis=redis)
    body = web.form(channel="news", data="kept")
    response = fastcgi.fetch(
        publish.address, fastcgi.environment("", "POST", "publish", body), body
    )
    assert response.status == 201, f"status of {response!r}"
    client = redis.client(*ADMIN)
    entries = client("XRANGE", "push:{news}:log", "-", "+")
    client.close()
    assert [e[0] for e in entries] == [response.json()["id"]]
    until(
        lambda: any(
            "level=error" in line or "level=warn" in line
            for line in publish.log().splitlines()
            if "stored, but not fully announced" in line
        ),
        "a warning in the log",
    )


USERS = {
    "all": sample("doc/redis.md", "redis", "SETUSER push on"),
    "responder": sample("doc/redis.md", "redis", "SETUSER push-read"),
    "publisher": sample("doc/redis.md", "redis", "SETUSER push-write"),
}


def with_users(stage, *names):
    """A Redis where only these users of doc/redis.md may do anything, and the
    bus.url of each."""
    redis = stage.redis(*PASSWORD)
    client = redis.client(*ADMIN)
    urls = []
    for words in (USERS[name].split() for name in names):
        client(*words)
        urls.append(f"unix://{words[2]}:secret@{redis.path}")
    client.close()
    return redis, urls


def command_works(stage, redis, url, channel):
    """push-publish, which with --lines also deletes the keys it used."""
    command = stage.command(redis, {"bus.url": url})
    command.publish("--key", "k", channel, "hi")
    done = command.run("--lines", channel, stdin=b"one\ntwo\n")
    assert done.status == 0, f"status of {done!r}"
    assert done.err == "", "push-publish complains"


def nothing_is_refused(site, program):
    lines = [x for x in site.log().splitlines() if f"program={program}" in x]
    assert lines, f"{program} has not run"
    for word in ("event=redis_rights", "event=redis_error", "NOPERM"):
        assert not [x for x in lines if word in x]


def test_the_documented_user_suffices_for_all_programs(stage, channel):
    redis, (url,) = with_users(stage, "all")
    works(stage, redis, channel, url)
    command_works(stage, redis, url, f"{channel}-command")


def test_the_documented_responder_and_publisher_suffice(stage, channel):
    redis, (reader, writer) = with_users(stage, "responder", "publisher")
    site = stage.site({"bus.url": reader, "bus.audit": 1}, redis=redis)
    subscriber = site.sse(channel).ready()
    command_works(stage, redis, writer, channel)
    assert subscriber.wait_messages(3) == ["hi", "one", "two"]
    batch = site.longpoll(channel, since=0, wait=0)
    assert [m["data"] for m in batch["messages"]] == ["hi", "one", "two"]
    nothing_is_refused(site, "sse")


@pytest.mark.parametrize("user", ["all", "publisher"])
def test_a_documented_publisher_may_retain_and_wait(stage, user):
    redis, (url,) = with_users(stage, user)
    conf = os.path.join(stage.sub("conf"), "push.conf")
    with open(conf, "w", encoding="utf-8") as out:
        out.write('[channel "state"]\nretain = last\n')
    settings = {
        "bus.url": url,
        "conf": conf,
        "publish.wait_replicas": 1,
        "publish.wait_ms": 50,
    }
    publish = stage.responder("publish", settings, redis=redis)
    body = web.form(channel="state", data="x")
    response = fastcgi.fetch(
        publish.address, fastcgi.environment("", "POST", "publish", body), body
    )
    assert (response.status, response.json()["replicated"]) == (202, 0)
    for word in ("event=redis_rights", "event=redis_error", "NOPERM"):
        assert word not in publish.log()


def test_a_documented_responder_writes_down_a_rewind(stage, channel):
    redis, (reader, writer) = with_users(stage, "responder", "publisher")
    site = stage.site({"bus.url": reader, "bus.audit": 1}, redis=redis)
    subscriber = site.sse(channel).ready()
    stage.command(redis, {"bus.url": writer}).publish(channel, "hi")
    subscriber.wait_messages(1)
    client = redis.client(*ADMIN)
    client("FLUSHALL")
    client.close()
    subscriber.wait_gap(30)
    nothing_is_refused(site, "sse")


def test_a_documented_responder_cannot_publish(stage, channel):
    redis, (url,) = with_users(stage, "responder")
    done = stage.command(redis, {"bus.url": url}).run(channel, "hi")
    assert done.status == 1, f"status of {done!r}"
    client = redis.client(*ADMIN)
    assert client("EXISTS", channel.log) == 0
    client.close()


def test_missing_rights_are_said_at_start(stage):
    redis = stage.redis(*PASSWORD, *USER, "-set")
    url = f"unix://push:geh%25im%2F%40%3A@{redis.path}"
    publish = stage.responder("publish", {"bus.url": url}, redis=redis)
    until(
        lambda: 'event=redis_rights user=push commands="SET"' in publish.log(),
        "the missing right in the log",
    )
