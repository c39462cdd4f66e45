# SPDX-License-Identifier: MIT
"""The command push-publish."""

import os
import re
import socket
import subprocess

import pytest

from harness import process
from harness.check import until
from harness.site import build
from harness.stage import Command

ID = re.compile(r"\d+-\d+\n")


def stored(redis, channel, db=0):
    client = redis.client()
    client("SELECT", db)
    entries = client("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    client.close()
    return [(e[0], dict(zip(e[1][::2], e[1][1::2]))) for e in entries]


def test_it_publishes_its_argument_and_prints_the_id(site, channel, stage):
    subscriber = site.sse(channel).ready()
    done = stage.command(site).run(channel, "hello world")
    assert done.status == 0, f"exit status of {done!r}"
    assert ID.fullmatch(done.out), f"no id: {done!r}"
    assert subscriber.wait_messages(1) == ["hello world"]
    assert subscriber.messages[0].id + "\n" == done.out


def test_it_publishes_its_stdin(site, channel, stage):
    subscriber = site.sse(channel).ready()
    text = "one\ntwo\n\u00e9"
    stage.command(site).publish(channel, stdin=text.encode())
    assert subscriber.wait_messages(1) == [text]


def test_it_publishes_an_event_type_and_a_key(site, channel, stage):
    subscriber = site.sse(channel).ready()
    command = stage.command(site)
    first = command.publish("--event", "chat", "--key", "k1", channel, "hi")
    again = command.publish("--event", "chat", "--key", "k1", channel, "hi")
    assert again == first
    command.publish(channel, "end")
    subscriber.wait_messages(2)
    assert [(e.type, e.data) for e in subscriber.messages] == [
        ("chat", "hi"),
        ("message", "end"),
    ]


def test_lines_publishes_each_line_as_it_is_read(site, channel, stage):
    subscriber = site.sse(channel).ready()
    sender = stage.command(site).start("--lines", channel)
    for n in range(5):
        sender.write(f"line {n}\n")
        assert subscriber.wait_messages(n + 1)[n] == f"line {n}"
    sender.write("half")
    site.publish(channel, "between")
    assert subscriber.wait_messages(6)[5:] == ["between"]
    sender.write(" and half\nlast without an end")
    assert sender.end() == 0
    assert subscriber.wait_messages(8)[6:] == [
        "half and half",
        "last without an end",
    ]


def test_lines_publishes_a_followed_log(site, channel, stage):
    subscriber = site.sse(channel).ready()
    path = os.path.join(stage.folder, "some.txt")
    with open(path, "w") as log:
        command = stage.command(site)
        tail = subprocess.Popen(
            ["tail", "-n", "+1", "-F", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        sender = subprocess.Popen(
            [build("push-publish"), "--lines", channel],
            stdin=tail.stdout,
            stdout=subprocess.DEVNULL,
            env=process.clean_environment(command.settings),
        )
        try:
            for n in range(3):
                log.write(f"entry {n}\n")
                log.flush()
                assert subscriber.wait_messages(n + 1)[n] == f"entry {n}"
        finally:
            tail.kill()
            tail.wait()
            tail.stdout.close()
            sender.wait(20)


def test_many_lines_keep_their_order(redis, channel, stage):
    command = stage.command(redis, {"history.length": 10000})
    ids = command.lines(channel, (f"line {n}" for n in range(3000)))
    assert len(ids) == 3000
    entries = stored(redis, channel)
    assert [e[0] for e in entries] == ids
    assert [e[1]["d"] for e in entries] == [f"line {n}" for n in range(3000)]


@pytest.mark.parametrize(
    "arguments", [("a", "hello"), ("--cursor", "a"), ("--health",)]
)
def test_it_says_which_redis_is_away_and_no_password(stage, arguments):
    port = process.free_port()
    settings = {"bus.url": f"redis://u:geheim@127.0.0.1:{port}/3"}
    done = Command(stage, settings).run(*arguments)
    assert done.status == 1, f"{done!r}"
    assert f"Redis cannot be reached: 127.0.0.1:{port}: " in done.err
    assert "geheim" not in done.err


def test_it_prints_the_cursors_of_channels(site, channel, stage):
    a, b, empty = channel.also("a", "b", "empty")
    command = stage.command(site)
    assert command.publish("--cursor", empty) == "0-0"
    old = site.publish(a, "old")
    assert command.publish("--cursor", a) == old
    site.publish(b, "old")
    cursor = command.publish("--cursor", a, b)
    site.publish(b, "new b")
    site.publish(a, "new a")
    batch = site.longpoll([a, b], since=cursor, wait=0)
    assert sorted(m["data"] for m in batch["messages"]) == ["new a", "new b"]


def test_wrong_usage_is_status_2(redis, stage):
    command = stage.command(redis)
    for arguments in (
        (),
        ("--nonsense", "a", "b"),
        ("a", "b", "c"),
        ("--event",),
        ("--lines", "a", "b"),
        ("--cursor",),
    ):
        done = command.run(*arguments)
        assert done.status == 2, f"exit status of {arguments}"
        assert done.err, f"{arguments}: nothing on stderr"
        assert done.out == "", f"stdout of {arguments}"


def test_a_refused_message_is_status_1_with_a_reason(redis, channel, stage):
    command = stage.command(redis, {"message.max_bytes": 100})
    for arguments, words in (
        (("a b", "data"), "channel"),
        ((channel, "x" * 101), "100"),
        (("--event", "gap", channel, "x"), "gap"),
        (("--key", "a b", channel, "x"), "key"),
    ):
        done = command.run(*arguments)
        assert (done.status, done.out) == (1, ""), f"{arguments[:3]}"
        assert words in done.err
    done = command.run(channel, stdin=b"\xff\xfe")
    assert done.status == 1
    assert redis("EXISTS", channel.log) == 0


def test_without_redis_it_is_status_1_with_a_reason(stage):
    redis = stage.redis()
    redis.stop()
    done = stage.command(redis).run("news", "hello")
    assert (done.status, done.out) == (1, ""), f"{done!r}"
    assert len(done.err) > 10, "no reason on stderr"


def test_a_redis_that_does_not_answer_is_status_4_or_1(stage):
    """Nothing may claim that it was stored."""
    redis = stage.redis()
    command = stage.command(redis, {"bus.timeout": 1})
    redis.freeze()
    done = command.run("news", "hello")
    redis.thaw()
    assert done.status in (1, 4) and done.out == "", f"{done!r}"


def test_it_ignores_the_variables_of_a_cgi_script(redis, channel, stage):
    done = stage.command(redis).run(
        channel,
        "from cgi",
        env={
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "channel=other",
            "CONTENT_LENGTH": "77",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_ORIGIN": "https://evil.example",
        },
    )
    assert done.status == 0, f"exit status of {done!r}"
    assert [e[1]["d"] for e in stored(redis, channel)] == ["from cgi"]


def test_it_ignores_a_listening_socket_on_its_stdin(redis, channel, stage):
    """It is that of the FastCGI script that runs it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(stage.folder, "script.sock"))
        listener.listen(5)
        done = stage.command(redis).run(
            channel, "from fastcgi", stdin=listener.fileno()
        )
        assert done.status == 0, f"exit status of {done!r}"
    assert [e[1]["d"] for e in stored(redis, channel)] == ["from fastcgi"]


def test_it_reads_the_settings_file_it_is_given(redis, channel, stage):
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w") as out:
        out.write(f"[bus]\nurl = {redis.url(3)}\n")
    env = process.clean_environment()
    done = subprocess.run(
        [build("push-publish"), "--conf", path, channel, "hello"],
        env=env,
        capture_output=True,
        check=False,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"exit status: {done.stderr!r}"
    assert [e[1]["d"] for e in stored(redis, channel, 3)] == ["hello"]
