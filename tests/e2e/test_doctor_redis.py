# SPDX-License-Identifier: MIT
"""push-doctor and Redis: each thing that is broken is named, and the line that
it says mends it."""

import subprocess

import pytest

from harness.doctor import examine
from harness.samples import sample

USER = sample("doc/redis.md", "redis", "SETUSER push on")
PRESENCE = '[channel "*"]\npresence = list\n'  # it needs most rights
KEEPS = ("--appendonly", "yes")


def of_redis(stage, redis, url=None):
    settings = f"[bus]\nurl = {url or redis.url()}\n{PRESENCE}"
    return examine(stage.sub("etc"), settings, "--only", "redis")


def with_user(redis, *more):
    """The URL of the user of doc/redis.md."""
    redis("ACL", "SETUSER", *USER.split()[2:], *more)
    return f"unix://push:secret@{redis.path}"


def test_nothing_is_wrong_with_a_redis_as_the_manual_says(stage):
    redis = stage.redis(*KEEPS)
    found = of_redis(stage, redis, with_user(redis))
    assert found.wrong() == [], found.text()
    assert "What is published arrives" in found.text()




# What is broken: its sentence, and the words of a line that mends it.
SETTINGS = {
    "evicts": (
        ("maxmemory", "1gb", "maxmemory-policy", "allkeys-lru"),
        "deletes channels in silence",
        "maxmemory-policy noeviction",
    ),
    "buffers": (
        ("client-output-buffer-limit", "pubsub 1mb 256kb 60"),
        "client-output-buffer-limit of Redis is pubsub 1048576 262144 60",
        "client-output-buffer-limit pubsub 32mb 8mb 60",
    ),
    "open": (
        ("bind", "*"),
        "asks for no password, and other machines can connect",
        "protected-mode yes",
    ),
    "memory only": (
        ("appendonly", "no"),
        "writes nothing to disk",
        "appendonly yes",
    ),
}


@pytest.mark.parametrize("broken", SETTINGS)
def test_a_setting_of_redis_and_the_line_that_mends_it(stage, broken):
    words, sentence, line = SETTINGS[broken]
    redis = stage.redis(*KEEPS)
    redis("CONFIG", "SET", *words)
    (found,) = of_redis(stage, redis).wrong()
    assert sentence in found["sentence"]
    assert line in found["lines"] and "redis.conf" in found["file"]
    name, _, value = line.partition(" ")
    redis("CONFIG", "SET", name, value)
    assert of_redis(stage, redis).wrong() == []


@pytest.mark.parametrize(
    "change",
    [["-xadd", "-xtrim"], ["-hset", "-zadd"], ["-subscribe"], ["resetkeys"], ["resetchannels"]],
    ids=" ".join,
)
def test_a_right_that_is_missing_and_the_command_that_gives_it(stage, change):
    redis = stage.redis(*KEEPS)
    url = with_user(redis, *change)
    found = of_redis(stage, redis, url).wrong()
    assert found and all("An ACL of Redis forbids" in f["sentence"] for f in found)
    for f in found:
        for line in f["lines"]:
            command = line.replace("redis-cli", f"redis-cli -s {redis.path}", 1)
            subprocess.run(command, shell=True, check=True, timeout=60)
    mended = of_redis(stage, redis, url).wrong()
    assert mended == [], mended.text()


def test_a_redis_that_is_away_or_wants_another_password(stage):
    redis = stage.redis(*KEEPS)
    (found,) = of_redis(stage, redis, f"unix://push:wrong@{redis.path}").wrong()
    assert "WRONGPASS" in found["sentence"] and "wrong@" not in str(found)
    redis.stop()
    (found,) = of_redis(stage, redis).wrong()
    assert "Redis cannot be reached" in found["sentence"]
    assert found["lines"] == ["systemctl enable --now redis-server"]


def test_a_replica_and_sentinels(stage):
    group = stage.redis_group()
    url = f"redis://127.0.0.1:{group.replicas[0].port}"
    found = of_redis(stage, group.replicas[0], url).wrong()
    assert "is a replica" in found.text()
    settings = (
        f"[bus]\nsentinel = {group.addresses()},127.0.0.1:1\nmaster = "
    )
    only = ("--only", "sentinel")
    found = examine(stage.sub("etc"), settings + "mymaster\n", *only)
    assert "1 of 2 Sentinels name the master" in found.text()
    (away,) = found.wrong()
    assert "The Sentinel 127.0.0.1:1 names no master" in away["sentence"]
    found = examine(stage.sub("etc"), settings + "other\n", *only)
    assert len(found.wrong()) == 2, found.text()
