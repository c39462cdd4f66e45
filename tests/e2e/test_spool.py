# SPDX-License-Identifier: MIT
"""Messages that are kept on disk while Redis is away: push-publish --spool and
--flush, and publish.spool."""

import glob
import os
import re
import resource
import signal
import subprocess
import time

import pytest

from harness import process
from harness.check import in_order, until
from harness.site import build

ID = re.compile(r"\d+-\d+\n")


def data(redis, channel="news"):
    entries = redis("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    return [dict(zip(e[1][::2], e[1][1::2]))["d"] for e in entries]


class Spool:
    """A folder, and push-publish with it."""

    def __init__(self, stage, redis, settings=None):
        self.path = os.path.join(stage.sub("spool"), "spool")
        self.redis = redis
        self.command = stage.command(redis, settings)

    def run(self, channel, text, **options):
        return self.command.run("--spool", self.path, channel, text, **options)

    def keep(self, channel, text):
        done = self.run(channel, text)
        assert (done.status, done.out) == (3, ""), f"{done!r}"
        assert done.err, "nothing on stderr"

    def flush(self, status=0):
        done = self.command.run("--flush", self.path, seconds=60)
        assert done.status == status, f"{done!r}"
        return done.err

    def files(self):
        return sorted(glob.glob(os.path.join(self.path, "*.msg")))

    def aside(self):
        return sorted(os.listdir(os.path.join(self.path, "aside")))

    def background(self, *arguments):
        return subprocess.Popen(
            [build("push-publish"), "--spool", self.path, *arguments],
            env=process.clean_environment(self.command.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def away(stage):
    """A spool whose Redis is away."""
    redis = stage.redis()
    redis.stop()
    return Spool(stage, redis)


def test_a_message_is_kept_and_sent_later(away):
    away.keep("news", "hello")
    assert len(away.files()) == 1
    assert "1 messages remain" in away.flush(3)
    away.redis.start()
    away.flush()
    assert data(away.redis) == ["hello"]
    assert away.files() == []


def test_flush_twice_sends_once(away):
    for n in range(3):
        away.keep("news", f"message {n}")
    away.redis.start()
    away.flush()
    away.flush()
    assert data(away.redis) == ["message 0", "message 1", "message 2"]


def test_flushes_at_once_send_once(away):
    for n in range(20):
        away.keep("news", f"message {n}")
    away.redis.start()
    many = [
        subprocess.Popen(
            [build("push-publish"), "--flush", away.path],
            env=process.clean_environment(away.command.settings),
            stderr=subprocess.DEVNULL,
        )
        for _ in range(5)
    ]
    assert {one.wait(30) for one in many} <= {0, 3}
    away.flush()
    assert data(away.redis) == [f"message {n}" for n in range(20)]


def test_a_publication_goes_behind_what_is_kept_and_sends_it(away):
    away.keep("news", "first")
    away.keep("other", "x")
    away.redis.start()
    done = away.run("news", "second")
    assert done.status == 0 and ID.fullmatch(done.out), f"{done!r}"
    assert data(away.redis) == ["first", "second"]
    assert data(away.redis, "other") == ["x"]
    assert away.files() == []


def test_with_redis_nothing_is_kept(stage, redis, channel):
    spool = Spool(stage, redis)
    done = spool.run(channel, "hello")
    assert done.status == 0 and ID.fullmatch(done.out), f"{done!r}"
    assert spool.files() == []


def test_an_unknown_message_is_kept_and_stored_once(stage):
    redis = stage.redis()
    spool = Spool(stage, redis)
    stage.command(redis).publish("news", "before")
    redis.freeze()
    spool.keep("news", "hello")
    redis.thaw()
    spool.flush()
    assert data(redis) == ["before", "hello"]


def test_each_channel_keeps_its_order(away):
    for n in range(30):
        away.keep(f"channel{n % 3}", str(n))
    away.redis.start()
    away.flush()
    for c in range(3):
        want = [str(n) for n in range(30) if n % 3 == c]
        assert data(away.redis, f"channel{c}") == want


def test_writers_at_once_lose_nothing(away):
    writers = [
        away.background("news", f"message {n}") for n in range(40)
    ]
    assert [writer.wait(60) for writer in writers] == [3] * 40
    away.redis.start()
    away.flush()
    assert sorted(data(away.redis)) == sorted(
        f"message {n}" for n in range(40)
    )


def test_a_writer_that_is_killed_leaves_no_half_message(away):
    """What was told as kept is stored once; what was not, at most once."""
    told = []
    for n in range(40):
        writer = away.background("news", f"message {n}")
        time.sleep(0.0007 * n)
        writer.send_signal(signal.SIGKILL)
        if writer.wait(30) == 3:
            told.append(f"message {n}")
    away.keep("news", "last")
    away.redis.start()
    away.flush()
    stored = data(away.redis)
    assert len(set(stored)) == len(stored), "a message twice"
    in_order([m for m in stored if m in told], told)
    assert stored[-1] == "last"
    assert away.files() == []


def test_a_flush_that_is_killed_doubles_nothing(away):
    for n in range(60):
        away.keep("news", f"message {n}")
    away.redis.start()
    for n in range(12):
        flush = subprocess.Popen(
            [build("push-publish"), "--flush", away.path],
            env=process.clean_environment(away.command.settings),
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.002 * n)
        flush.send_signal(signal.SIGKILL)
        flush.wait(30)
    away.flush()
    in_order(data(away.redis), [f"message {n}" for n in range(60)])


def test_a_torn_file_is_set_aside_with_a_line_in_the_log(away):
    away.keep("news", "torn")
    away.keep("news", "whole")
    torn = away.files()[0]
    os.truncate(torn, os.path.getsize(torn) - 9)
    away.redis.start()
    assert "event=spool_aside" in away.flush(1)
    assert data(away.redis) == ["whole"]
    assert away.aside() == [os.path.basename(torn)]
    away.flush()


def test_a_message_unknown_for_too_long_is_set_aside(away):
    """Its name says that it was sent 13 hours ago; publish.key_ttl is 24."""
    away.keep("news", "unknown")
    tried = int((time.time() - 13 * 3600) * 1000)
    file = away.files()[0]
    os.rename(file, file.replace("-0.msg", f"-{tried}.msg"))
    away.redis.start()
    assert "half of publish.key_ttl" in away.flush(1)
    assert len(away.aside()) == 1
    assert data(away.redis) == []


def test_a_full_spool_refuses_as_without_a_spool(stage):
    redis = stage.redis()
    redis.stop()
    spool = Spool(stage, redis, {"publish.spool_max": 8192})
    spool.keep("news", "one")
    spool.keep("news", "two")
    done = spool.run("news", "three")
    assert done.status == 1 and "publish.spool_max" in done.err, f"{done!r}"
    done = spool.run("other", "three")
    assert done.status == 1 and "Redis cannot be reached" in done.err
    redis.start()
    spool.flush()
    assert data(redis) == ["one", "two"]


def test_a_disk_that_is_full_is_a_refusal(away):
    """A limit of the size of files stands for the disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = away.run("news", "x" * 5000, preexec_fn=limit)
    assert done.status == 1 and "File too large" in done.err, f"{done!r}"
    assert away.files() == []
    away.keep("news", "small")
    away.redis.start()
    away.flush()
    assert data(away.redis) == ["small"]


def test_a_folder_that_cannot_be_made_is_said(stage, redis):
    done = stage.command(redis).run("--spool", "/nonexistent/a/b", "news", "x")
    assert done.status == 1 and "/nonexistent/a/b" in done.err, f"{done!r}"


# --- publish.spool ------------------------------------------------------------


@pytest.fixture
def site(stage):
    """publish.fcgi with a spool behind lighttpd."""
    path = os.path.join(stage.sub("spool"), "spool")
    site = stage.site({"publish.spool": path})
    site.spool = path
    return site


def test_http_answers_202_and_sends_it_when_redis_is_back(site):
    assert site.post("news", "one").status == 201
    site.redis.stop()
    response = until(
        lambda: (r := site.post("news", "two")).status == 202 and r,
        "202",
    )
    assert response.json() == {"channel": "news", "spooled": True}
    for n in range(20):
        assert site.post("news", f"more {n}").status == 202
    site.redis.start()
    until(
        lambda: not glob.glob(os.path.join(site.spool, "*.msg")),
        "an empty spool",
    )
    assert site.post("news", "last").status == 201
    in_order(
        data(site.redis),
        ["one", "two", *(f"more {n}" for n in range(20)), "last"],
    )


def test_http_and_the_command_share_a_folder(stage, site):
    site.redis.stop()
    command = stage.command(site)
    done = command.run("--spool", site.spool, "news", "by command")
    assert done.status == 3, f"{done!r}"
    assert site.post("news", "by http").status == 202
    site.redis.start()
    command.run("--flush", site.spool)
    until(lambda: len(data(site.redis)) == 2, "both messages")
    assert data(site.redis) == ["by command", "by http"]


def test_a_slow_disk_does_not_stop_the_responder(stage, site):
    """Somebody holds the lock of the folder: the thread waits for it."""
    assert site.post("news", "one").status == 201
    holder = subprocess.Popen(
        ["flock", os.path.join(site.spool, "lock"), "sleep", "60"]
    )
    try:
        until(
            lambda: process.children(holder.pid), "the holder of the lock"
        )
        response = site.request("GET", "/push/publish")
        assert response.status == 405
    finally:
        process.kill_all([*process.children(holder.pid), holder.pid])
        holder.wait()
    assert site.post("news", "two").status == 201
