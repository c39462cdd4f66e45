# SPDX-License-Identifier: MIT
"""push-publish --health: a message comes back through Redis, or it is said
which step failed."""

import re

import pytest

ID = re.compile(r"\d+-\d+\n")
USER = ("--user", "push", "on", ">word", "~push:*", "&push:*", "+@all")


def health(stage, redis, settings=None):
    return stage.command(redis, settings).run("--health")


def assert_fails(done, words):
    assert (done.status, done.out) == (1, ""), f"{done!r}"
    assert words in done.err, f"{done!r}"


def test_with_a_healthy_redis_it_is_status_0(stage, redis):
    done = stage.command(redis).run("--health")
    assert done.status == 0 and ID.fullmatch(done.out), f"{done!r}"
    assert done.err == ""


def test_without_history_it_is_healthy(stage):
    done = stage.command(stage.redis(), {"history.length": 0}).run("--health")
    assert done.status == 0, f"{done!r}"


def test_without_redis_it_says_so(stage):
    redis = stage.redis()
    redis.stop()
    assert_fails(
        health(stage, redis), f"Redis cannot be reached: {redis.path}: "
    )


def test_a_redis_that_does_not_answer_is_not_healthy(stage):
    redis = stage.redis()
    redis.freeze()
    done = health(stage, redis, {"bus.timeout": 1})
    redis.thaw()
    assert_fails(done, f"nothing from {redis.path}?db=0 within 1 seconds")


@pytest.mark.parametrize(
    "forbidden, words",
    (
        ("-subscribe", "did not confirm the subscription"),
        ("-xadd", "did not store the message"),
        ("-publish", "did not come back through the subscription"),
        ("-xrange", "did not return it from history"),
    ),
)
def test_it_names_the_step_that_fails(stage, forbidden, words):
    redis = stage.redis(*USER, forbidden)
    url = f"unix://push:word@{redis.path}"
    assert_fails(health(stage, redis, {"bus.url": url}), words)


def test_two_checks_at_once_do_not_disturb_each_other(stage, redis):
    command = stage.command(redis)
    many = [command.start("--health") for _ in range(5)]
    assert [one.process.wait(30) for one in many] == [0] * 5
