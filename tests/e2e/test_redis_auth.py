# SPDX-License-Identifier: MIT
"""Redis behind a password, a user, a database number, TCP."""

from harness import fastcgi, web
from harness.check import until

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
        ),
        "a warning in the log",
    )
    assert "stored, but not fully announced" in publish.log()
