# SPDX-License-Identifier: MIT
"""The command push-publish."""
import os
import re
import socket
import subprocess
import time

from harness import process
from harness.site import build
from harness.tap import contains, equal, fact, true, until

ONLY_REDIS = ("redis-server",)
ID = re.compile(r"\d+-\d+\n")


def stored(redis, channel, db=0):
    client = redis.client()
    client("SELECT", db)
    entries = client("XRANGE", f"push:{{{channel}}}:log", "-", "+")
    client.close()
    return [(e[0], dict(zip(e[1][::2], e[1][1::2]))) for e in entries]


@fact()
def it_publishes_its_argument_and_prints_the_id(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    done = stage.command(site).run("news", "hello world")
    equal(done.status, 0, f"exit status of {done!r}")
    true(ID.fullmatch(done.out), f"no id: {done!r}")
    equal(reader.wait_messages(1), ["hello world"], "data")
    equal(reader.messages[0].id + "\n", done.out, "id")


@fact()
def it_publishes_what_it_reads(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    text = "one\ntwo\n\u00e9"
    stage.command(site).publish("news", stdin=text.encode())
    equal(reader.wait_messages(1), [text], "data")


@fact()
def an_event_type_and_a_key_go_with_it(stage):
    site = stage.site()
    reader = site.sse("news").ready()
    command = stage.command(site)
    first = command.publish("--event", "chat", "--key", "k1", "news", "hi")
    again = command.publish("--event", "chat", "--key", "k1", "news", "hi")
    equal(again, first, "id of the second")
    command.publish("news", "end")
    reader.wait_messages(2)
    equal([(e.type, e.data) for e in reader.messages],
          [("chat", "hi"), ("message", "end")], "messages")


@fact()
def lines_are_published_one_by_one_as_they_come(stage):
    site = stage.site()
    reader = site.sse("log").ready()
    sender = stage.command(site).start("--lines", "log")
    for n in range(5):
        sender.write(f"line {n}\n")
        equal(reader.wait_messages(n + 1)[n], f"line {n}", "data")
    sender.write("half")
    time.sleep(0.3)
    equal(len(reader.messages), 5, "messages before the line ended")
    sender.write(" and half\nlast without an end")
    equal(sender.end(), 0, "exit status")
    equal(reader.wait_messages(7)[5:],
          ["half and half", "last without an end"], "data")


@fact()
def a_followed_log_is_seen_line_by_line(stage):
    site = stage.site()
    reader = site.sse("log").ready()
    path = os.path.join(stage.folder, "some.txt")
    with open(path, "w") as log:
        command = stage.command(site)
        tail = subprocess.Popen(["tail", "-n", "+1", "-F", path],
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
        sender = subprocess.Popen(
            [build("push-publish"), "--lines", "log"], stdin=tail.stdout,
            stdout=subprocess.DEVNULL,
            env=process.clean_environment(command.settings))
        try:
            for n in range(3):
                log.write(f"entry {n}\n")
                log.flush()
                equal(reader.wait_messages(n + 1)[n], f"entry {n}", "data")
        finally:
            tail.kill()
            tail.wait()
            tail.stdout.close()
            sender.wait(20)


@fact(needs=ONLY_REDIS)
def many_lines_keep_their_order(stage):
    redis = stage.redis()
    command = stage.command(redis, {"history.length": 10000})
    ids = command.lines("news", (f"line {n}" for n in range(3000)))
    equal(len(ids), 3000, "ids printed")
    entries = stored(redis, "news")
    equal([e[0] for e in entries], ids, "ids in Redis")
    equal([e[1]["d"] for e in entries],
          [f"line {n}" for n in range(3000)], "data in Redis")


@fact()
def it_prints_where_channels_stand(stage):
    site = stage.site()
    command = stage.command(site)
    equal(command.publish("--cursor", "empty"), "0-0",
          "cursor of a channel nobody used")
    a = site.publish("a", "old")
    equal(command.publish("--cursor", "a"), a, "cursor of one")
    site.publish("b", "old")
    cursor = command.publish("--cursor", "a", "b")
    site.publish("b", "new b")
    site.publish("a", "new a")
    batch = site.longpoll(["a", "b"], since=cursor, wait=0)
    equal(sorted(m["data"] for m in batch["messages"]), ["new a", "new b"],
          "data since the cursor of two")


@fact(needs=ONLY_REDIS)
def wrong_usage_is_status_2(stage):
    redis = stage.redis()
    command = stage.command(redis)
    for arguments in ((), ("--nonsense", "a", "b"), ("a", "b", "c"),
                      ("--event",), ("--lines", "a", "b"), ("--cursor",)):
        done = command.run(*arguments)
        equal(done.status, 2, f"exit status of {arguments}")
        true(done.err, f"{arguments}: nothing on stderr")
        equal(done.out, "", f"stdout of {arguments}")


@fact(needs=ONLY_REDIS)
def what_is_refused_is_status_1_and_a_reason(stage):
    redis = stage.redis()
    command = stage.command(redis, {"message.max_bytes": 100})
    for arguments, words in (
            (("a b", "data"), "channel"), (("a", "x" * 101), "100"),
            (("--event", "gap", "a", "x"), "gap"),
            (("--key", "a b", "a", "x"), "key")):
        done = command.run(*arguments)
        equal((done.status, done.out), (1, ""), f"{arguments[:3]}")
        contains(done.err, words, "stderr")
    done = command.run("a", stdin=b"\xff\xfe")
    equal(done.status, 1, "exit status for data that is not UTF-8")
    equal(redis("KEYS", "*"), [], "keys in Redis")


@fact(needs=ONLY_REDIS)
def without_redis_it_is_status_1_and_a_reason(stage):
    redis = stage.redis()
    redis.stop()
    done = stage.command(redis).run("news", "hello")
    equal((done.status, done.out), (1, ""), f"{done!r}")
    true(len(done.err) > 10, "no reason on stderr")


@fact(needs=ONLY_REDIS)
def a_redis_that_does_not_answer_is_status_4_or_1(stage):
    """Nothing may claim that it was stored."""
    redis = stage.redis()
    command = stage.command(redis, {"bus.timeout": 1})
    redis.freeze()
    done = command.run("news", "hello")
    redis.thaw()
    true(done.status in (1, 4) and done.out == "", f"{done!r}")


@fact(needs=ONLY_REDIS)
def it_ignores_the_variables_of_a_cgi_script(stage):
    redis = stage.redis()
    done = stage.command(redis).run("news", "from cgi", env={
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
        "QUERY_STRING": "channel=other", "CONTENT_LENGTH": "77",
        "REMOTE_ADDR": "192.0.2.1", "HTTP_ORIGIN": "https://evil.example"})
    equal(done.status, 0, f"exit status of {done!r}")
    equal([e[1]["d"] for e in stored(redis, "news")], ["from cgi"],
          "stored")


@fact(needs=ONLY_REDIS)
def it_ignores_a_listening_socket_on_its_stdin(stage):
    """That of the FastCGI script it is run from."""
    redis = stage.redis()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(stage.folder, "script.sock"))
        listener.listen(5)
        done = stage.command(redis).run("news", "from fastcgi",
                                        stdin=listener.fileno())
        equal(done.status, 0, f"exit status of {done!r}")
    equal([e[1]["d"] for e in stored(redis, "news")], ["from fastcgi"],
          "stored")


@fact(needs=ONLY_REDIS)
def it_reads_the_settings_file_it_is_given(stage):
    redis = stage.redis()
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w") as out:
        out.write(f"[bus]\nurl = {redis.url(3)}\n")
    env = process.clean_environment()
    done = subprocess.run(
        [build("push-publish"), "--conf", path, "news", "hello"], env=env,
        capture_output=True, check=False, timeout=30,
        stdin=subprocess.DEVNULL)
    equal(done.returncode, 0, f"exit status: {done.stderr!r}")
    equal([e[1]["d"] for e in stored(redis, "news", 3)], ["hello"],
          "stored in db 3")


@fact(needs=ONLY_REDIS)
def lines_survive_a_restart_of_redis_or_say_which_were_lost(stage):
    redis = stage.redis()
    settings = {"bus.timeout": 2}
    sender = stage.command(redis, settings).start("--lines", "news")
    sender.write("one\n")
    until(lambda: len(stored(redis, "news")) == 1, "the first line")
    redis.stop(keep=True)
    until(lambda: process.sockets(sender.process.pid) == 0,
          "the end of its connection")
    redis.start()
    sender.write("two\n")
    sender.write("three\n")
    status = sender.end()
    data = [e[1]["d"] for e in stored(redis, "news")]
    if status == 0:
        equal(data, ["one", "two", "three"], "stored, as status 0 says")
    else:
        equal(status, 1, "exit status")
        true("two" not in data or "three" not in data,
             f"status {status}, but all is stored")
