# SPDX-License-Identifier: MIT
"""push-publish --lines and --retry while Redis is away, busy or full."""

import re
import threading
import time

import pytest

from harness import process
from harness.check import in_order, until

ENTRY = re.compile(r"line (\d+)")
TIMEOUT = 5  # s: what Redis takes longer for has failed, and that is counted
FAILED = " Retrying."
MENDED = "Redis stores messages again."


def data(redis, channel="news"):
    entries = redis("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    return [dict(zip(e[1][::2], e[1][1::2]))["d"] for e in entries]


def keys(redis):
    return redis("KEYS", "push:{*}:key:*")


def lines(first, count):
    return "".join(f"line {n}\n" for n in range(first, first + count))


class Lines:
    """--lines, with one line stored already."""

    def __init__(self, stage, redis, settings=None, arguments=()):
        self.redis = redis
        command = stage.command(
            redis, {"bus.timeout": TIMEOUT, **(settings or {})}
        )
        self.sender = command.start(*arguments, "--lines", "news")
        self.write = self.sender.write
        self.write(lines(0, 1))
        until(lambda: self.said("-0\n") == 1, "the first id")

    def said(self, words):
        return self.sender.process.output().count(words)

    def until_it_fails(self):
        until(lambda: self.said(FAILED), "the failure of a line")

    def ends_with(self, count):
        """All lines are stored once and in order, and that was told once."""
        assert self.sender.end(60) == 0
        in_order(data(self.redis), [f"line {n}" for n in range(count)])
        assert (self.said(FAILED), self.said(MENDED)) == (1, 1)


def test_lines_wait_until_redis_is_back(stage):
    redis = stage.redis()
    sender = Lines(stage, redis)
    redis.stop()
    sender.write(lines(1, 500))
    sender.until_it_fails()
    time.sleep(TIMEOUT + 1)
    redis.start()
    sender.write(lines(501, 1))
    sender.ends_with(502)


def busy(redis):
    """A client whose script does not end."""
    redis("CONFIG", "SET", "lua-time-limit", "50")
    client = redis.client()
    client.send("EVAL", "while true do end", "0")
    return client


def is_busy(redis):
    try:
        redis("PING")
    except Exception as error:
        return "BUSY" in str(error)
    return False


def test_lines_wait_while_a_script_blocks_redis(stage):
    redis = stage.redis()
    sender = Lines(stage, redis)
    client = busy(redis)
    until(lambda: is_busy(redis), "BUSY")
    sender.write(lines(1, 100))
    sender.until_it_fails()
    redis("SCRIPT", "KILL")
    client.close()
    sender.ends_with(101)


def test_lines_wait_while_redis_has_no_memory(stage):
    redis = stage.redis()
    sender = Lines(stage, redis)
    redis("CONFIG", "SET", "maxmemory", "1")
    sender.write(lines(1, 100))
    sender.until_it_fails()
    redis("CONFIG", "SET", "maxmemory", "0")
    sender.ends_with(101)


def test_lines_wait_while_redis_is_a_replica(stage):
    redis = stage.redis()
    sender = Lines(stage, redis)
    redis("REPLICAOF", "127.0.0.1", process.free_port())
    sender.write(lines(1, 100))
    sender.until_it_fails()
    redis("REPLICAOF", "NO", "ONE")
    sender.ends_with(101)


def test_lines_wait_while_redis_wants_a_password(stage):
    redis = stage.redis()
    sender = Lines(stage, redis)
    admin = redis.client()
    admin("CONFIG", "SET", "requirepass", "secret")
    admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    sender.write(lines(1, 100))
    sender.until_it_fails()
    admin("CONFIG", "SET", "requirepass", "")
    admin.close()
    sender.ends_with(101)


def test_unknown_lines_are_stored_once_and_in_order(stage):
    """Redis stores them after the command gave up waiting for the reply."""
    redis = stage.redis()
    sender = Lines(stage, redis)
    redis.freeze()
    sender.write(lines(1, 100))
    sender.until_it_fails()
    redis.thaw()
    sender.ends_with(101)


def test_a_killed_connection_loses_and_doubles_no_line(stage):
    redis = stage.redis()
    command = stage.command(redis, {"history.length": 100000})
    sender = command.start("--lines", "news")
    admin = redis.client()
    for n in range(0, 20000, 500):
        sender.write(lines(n, 500))
        admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    admin.close()
    assert sender.end(120) == 0
    in_order(data(redis), [f"line {n}" for n in range(20000)])


def test_the_keys_of_lines_are_deleted(stage):
    redis = stage.redis()
    stage.command(redis).lines("news", (f"line {n}" for n in range(1000)))
    assert len(data(redis)) == 1000
    assert keys(redis) == []


def test_lines_need_no_right_to_delete_keys(stage):
    redis = stage.redis(
        *("--user", "push", "on", ">word", "~push:*", "&push:*"),
        *("+@all", "-unlink"),
    )
    url = f"unix://push:word@{redis.path}"
    command = stage.command(redis, {"bus.url": url})
    ids = command.lines("news", (f"line {n}" for n in range(1000)))
    assert len(ids) == len(data(redis)) == 1000
    assert len(keys(redis)) == 1000


def test_large_lines_keep_their_order_while_redis_is_busy(stage):
    """A batch of lines is not larger than what Redis stores as a whole."""
    redis = stage.redis()
    command = stage.command(redis)
    sender = command.start("--lines", "news")
    want = [f"{n} ".ljust(50000, "x") for n in range(60)]
    client = busy(redis)
    until(lambda: is_busy(redis), "BUSY")
    text = "".join(f"{line}\n" for line in want)
    writing = threading.Thread(target=sender.write, args=(text,))
    writing.start()  # the command reads no more than it can publish
    until(lambda: sender.process.output().count(FAILED), "a failure")
    redis("SCRIPT", "KILL")
    client.close()
    writing.join(60)
    assert sender.end(60) == 0
    in_order(data(redis), want)


def test_a_refused_line_ends_after_the_lines_before_it(stage):
    redis = stage.redis()
    command = stage.command(redis, {"message.max_bytes": 20})
    done = command.run(
        "--lines", "news", stdin=b"one\ntwo\n" + b"x" * 21 + b"\nthree\n"
    )
    assert done.status == 1 and "line 3: " in done.err, f"{done!r}"
    assert data(redis) == ["one", "two"]


def test_lines_end_when_the_time_of_retry_is_over(stage):
    redis = stage.redis()
    sender = Lines(stage, redis, arguments=("--retry", "1"))
    redis.stop()
    pid = sender.sender.process.pid
    until(lambda: process.sockets(pid) == 0, "the end of its connection")
    sender.write(lines(1, 2))
    assert sender.sender.process.wait(30) == 1
    redis.start()
    assert data(redis) == ["line 0"]


# --- one message --------------------------------------------------------------


def test_retry_waits_until_redis_is_back(stage):
    redis = stage.redis()
    redis.stop()
    started = stage.command(redis).start("--retry", "60", "news", "hello")
    time.sleep(1)
    redis.start()
    assert started.process.wait(60) == 0
    assert data(redis) == ["hello"]


def test_retry_stores_an_unknown_message_once(stage):
    redis = stage.redis()
    command = stage.command(redis, {"bus.timeout": 1})
    redis.freeze()
    started = command.start("--retry", "60", "news", "hello")
    time.sleep(2.5)
    redis.thaw()
    assert started.process.wait(60) == 0
    assert data(redis) == ["hello"]


def test_retry_uses_the_given_key(stage):
    redis = stage.redis()
    command = stage.command(redis)
    first = command.publish("--retry", "5", "--key", "k", "news", "hello")
    assert command.publish("--key", "k", "news", "hello") == first
    assert data(redis) == ["hello"]


@pytest.mark.parametrize("stored", (1, 4))
def test_retry_gives_up_after_its_time(stage, stored):
    """1: nothing was sent; 4: it was sent and not answered."""
    redis = stage.redis()
    command = stage.command(redis, {"bus.timeout": 1})
    if stored == 1:
        redis.stop()
    else:
        redis.freeze()
    begin = time.monotonic()
    done = command.run("--retry", "2", "news", "hello")
    redis.thaw()
    assert time.monotonic() - begin >= 1.5
    # a frozen Redis accepts the connection but does not answer its first
    # command, so it may be that nothing was sent
    assert done.status == 1 or done.status == stored
    assert done.out == "" and done.err.count("\n") == 1, f"{done!r}"


def test_retry_does_not_repeat_a_refused_message(stage):
    redis = stage.redis()
    done = stage.command(redis).run("--retry", "60", "a b", "hello", seconds=30)
    assert done.status == 1
