# SPDX-License-Identifier: MIT
"""Redis refuses connections, or its name does not resolve."""

from harness import fastcgi, web
from harness.check import until

# RFC 6761: no resolver knows it.
NOWHERE = "redis://nowhere.invalid:6379"
QUICK = {"bus.timeout": 5}


def publish(responder):
    body = web.form(channel="news", data="x")
    return fastcgi.fetch(
        responder.address, fastcgi.environment("", "POST", "publish", body), body
    )


def is_not_stored(response):
    assert (response.status, response.json()["stored"]) == (503, False)


def lines(responder, event):
    return [n for n in responder.log().splitlines() if f"event={event}" in n]


def test_a_redis_without_room_is_not_stored_and_logged_once(stage):
    redis = stage.redis()
    url = f"redis://127.0.0.1:{redis.port}"
    only_client = redis.client()
    only_client("CONFIG", "SET", "maxclients", 1)
    responder = stage.responder("publish", {"bus.url": url}, redis=redis)
    reason = f"127.0.0.1:{redis.port}: ERR max number of clients reached"
    for _ in range(5):
        is_not_stored(publish(responder))
    until(lambda: reason in responder.log(), "the reason in the log")
    assert len(lines(responder, "redis_down")) == 1
    assert lines(responder, "redis_up") == []
    only_client("CONFIG", "SET", "maxclients", 100)
    until(lambda: publish(responder).status == 201, "a message stored")
    assert len(lines(responder, "redis_down")) == 1
    only_client.close()


def test_the_command_says_why_redis_refuses_and_where(stage):
    redis = stage.redis()
    url = f"redis://127.0.0.1:{redis.port}"
    only_client = redis.client()
    only_client("CONFIG", "SET", "maxclients", 1)
    done = stage.command(redis, {"bus.url": url}).run("news", "x")
    assert done.status == 1, f"exit status of {done!r}"
    assert (
        f"127.0.0.1:{redis.port}: ERR max number of clients reached" in done.err
    )
    only_client.close()


def test_a_password_that_is_missing_is_not_stored(stage):
    redis = stage.redis("--requirepass", "chief")
    url = f"redis://127.0.0.1:{redis.port}"
    done = stage.command(redis, {"bus.url": url}).run("news", "x")
    assert done.status == 1, f"exit status of {done!r}"
    assert f"127.0.0.1:{redis.port}: NOAUTH" in done.err


def test_a_program_starts_although_the_name_does_not_resolve(stage):
    redis = stage.redis()
    responder = stage.responder(
        "publish", {**QUICK, "bus.url": NOWHERE}, redis=redis
    )
    is_not_stored(publish(responder))
    until(lambda: "nowhere.invalid: " in responder.log(), "the name in the log")
    is_not_stored(publish(responder))


def test_the_command_says_which_name_does_not_resolve(stage):
    redis = stage.redis()
    done = stage.command(redis, {**QUICK, "bus.url": NOWHERE}).run("news", "x")
    assert done.status == 1, f"exit status of {done!r}"
    assert "nowhere.invalid: " in done.err
