# SPDX-License-Identifier: MIT
"""Starting and configuring the programs."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

from harness import fastcgi, process, web
from harness.check import until
from harness.site import build


def start(program, settings, *arguments, **options):
    return subprocess.run(
        [build("fcgi", f"{program}.fcgi"), *arguments],
        env=process.clean_environment({"conf": "/dev/null", **settings}),
        capture_output=True,
        check=False,
        timeout=20,
        text=True,
        stdin=subprocess.DEVNULL,
        **options,
    )


def test_a_wrong_setting_ends_the_program_with_a_reason(stage):
    where = f"unix:{stage.folder}/never.sock"
    for name, value in (
        ("hold.beat", "0"),
        ("hold.beat", "soon"),
        ("bus.url", "http://x"),
        ("bus.prefix", "A B"),
        ("hold.max_backlog", "1"),
        ("no.such", "1"),
        ("access.publish", "some"),
        ("log.level", "loud"),
        ("bus.timeout", "61"),
        ("message.max_bytes", "-1"),
    ):
        done = start("sse", {name: value}, "--listen", where)
        assert done.returncode == 1, f"exit status with {name}={value}"
        variable = "PUSHCGI_" + name.upper().replace(".", "_")
        assert (
            name in done.stderr or variable in done.stderr
        ), f"{name} is not named: {done.stderr!r}"
        assert done.stdout == ""
    assert not os.path.exists(where[5:]), "it listened"


def test_a_wrong_line_in_the_file_is_reported_with_its_number(stage):
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w") as out:
        out.write("# ours\n[hold]\nbeat = 15\nwait = never\n")
    done = start(
        "sse", {"conf": path}, "--listen", f"unix:{stage.folder}/x.sock"
    )
    assert done.returncode == 1
    for words in (path, "4", "wait"):
        assert words in done.stderr
    done = start(
        "sse",
        {"conf": path + ".missing"},
        "--listen",
        f"unix:{stage.folder}/x.sock",
    )
    assert done.returncode == 1
    assert path + ".missing" in done.stderr


def settings_of(done):
    """What --print-conf printed, after where the settings are from."""
    file, redis, rest = done.stdout.split("\n", 2)
    assert file.startswith("# Settings file: ")
    assert redis.startswith("# Redis: ")
    return rest


def test_print_conf_names_the_file_and_where_redis_is(stage):
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w", encoding="ascii") as out:
        out.write("[bus]\nurl = redis://user:geheim@[::1]:7000/4\n")
    done = start("sse", {"conf": path}, "--print-conf")
    assert done.stdout.startswith(
        f"# Settings file: {path}\n# Redis: [::1]:7000/4\n"
    )
    settings = {"bus.sentinel": "u:geheim@a,b:7", "bus.master": "shop"}
    done = start("sse", {"conf": path, **settings}, "--print-conf")
    assert "\n# Redis: shop/4, known to Sentinel a:26379, b:7\n" in done.stdout


def test_print_conf_prints_settings_that_can_be_read_back(stage):
    secret = "redis://user:geheim@127.0.0.1:6379/4"
    done = start("sse", {"hold.beat": 7}, "--print-conf")
    assert done.returncode == 0, f"exit status: {done.stderr}"
    assert "beat = 7" in done.stdout
    path = os.path.join(stage.folder, "push.conf")
    with open(path, "w") as out:
        out.write(done.stdout)
    again = start("sse", {"conf": path}, "--print-conf")
    assert again.returncode == 0, f"exit status: {again.stderr}"
    assert settings_of(again) == settings_of(done)
    hidden = start("sse", {"bus.url": secret}, "--print-conf")
    assert "geheim" not in hidden.stdout, "the password is shown"


def test_the_shipped_settings_are_the_defaults_and_can_be_switched_on(stage):
    """But for the secrets, which are made on install."""
    with open(build("deploy", "push.conf"), encoding="utf-8") as shipped:
        text = shipped.read()
    path = os.path.join(stage.folder, "push.conf")
    printed = []
    for content in ("", text, re.sub(r"(?m)^#(?=[\[a-z])", "", text)):
        with open(path, "w", encoding="utf-8") as out:
            out.write(content)
        done = start("sse", {"conf": path}, "--print-conf")
        assert done.returncode == 0, done.stderr
        printed.append(settings_of(done))
    secret = re.compile(r"(?m)^secret_file = /.*/pushcgi/(handoff-)?secret(\.conf)?$")
    assert printed[0] == secret.sub("secret_file = ", printed[1])
    assert "subscribe = token" in printed[2]
    assert '[channel "user-*"]\nsubscribe = user' in printed[2]


def test_a_program_without_a_socket_reports_it():
    for arguments in (
        (),
        ("--listen",),
        ("--listen", "what"),
        ("--listen", "tcp:nowhere"),
        ("--nonsense",),
    ):
        done = start("sse", {}, *arguments)
        assert done.returncode in (1, 2), f"{arguments}: {done!r}"
        assert done.stderr, f"{arguments}: nothing on stderr"


def test_it_listens_on_tcp(stage):
    poll = stage.responder("longpoll", tcp=True)
    stage.command(poll).publish("news", "hello")
    response = fastcgi.fetch(
        poll.address, fastcgi.environment(web.query("news", since="0"))
    )
    assert response.json()["messages"][0]["data"] == "hello"


def test_a_stale_unix_socket_is_replaced(stage):
    poll = stage.responder("longpoll")
    poll.process.kill()
    assert os.path.exists(poll.address), "no socket is left"
    again = process.Process(
        [build("fcgi", "longpoll.fcgi"), "--listen", f"unix:{poll.address}"],
        poll.process.log,
        process.clean_environment(poll.settings),
    )
    stage.add(Stopped(again))
    again.wait_for(poll.address)
    response = fastcgi.fetch(
        poll.address, fastcgi.environment(web.query("news"))
    )
    assert response.status == 200


class Stopped:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.stop()


def test_a_unix_socket_in_use_is_not_replaced(shared, channel):
    poll = shared.responder("longpoll")
    done = start("longpoll", poll.settings, "--listen", f"unix:{poll.address}")
    assert done.returncode == 1
    assert poll.address in done.stderr
    response = fastcgi.fetch(
        poll.address, fastcgi.environment(web.query(channel))
    )
    assert response.status == 200


def test_a_socket_passed_by_systemd_is_served(redis, channel, stage):
    address = os.path.join(stage.sub("systemd"), "sse.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(10)
        started = activated(stage, redis, listener.fileno())
        stage.add(Stopped(started))
    connection = fastcgi.Connection(address)
    connection.send(fastcgi.request(fastcgi.environment(web.query(channel))))
    connection.read_until(b"event: cursor")
    stage.command(redis).publish(channel, "hello")
    connection.read_until(b"data: hello")
    connection.close()
    started.signal(signal.SIGTERM)
    assert started.wait(15) == 0
    assert os.path.exists(address), "it removed a socket that is systemd's"


ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


def activated(stage, redis, fd):
    """As systemd does: the socket is descriptor 3, with LISTEN_PID."""
    return process.Process(
        [sys.executable, "-c", ACTIVATE, str(fd), build("fcgi", "sse.fcgi")],
        os.path.join(stage.sub("sse"), "sse.log"),
        process.clean_environment(stage.settings(redis, None)),
        pass_fds=(fd,),
    )


def test_a_socket_on_stdin_is_served(redis, channel, stage):
    """As spawn-fcgi and a web server hand it over."""
    address = os.path.join(stage.sub("spawn"), "longpoll.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(10)
        started = process.Process(
            [build("fcgi", "longpoll.fcgi")],
            os.path.join(stage.sub("longpoll"), "longpoll.log"),
            process.clean_environment(stage.settings(redis, None)),
            stdin=listener,
        )
        stage.add(Stopped(started))
    response = fastcgi.fetch(address, fastcgi.environment(web.query(channel)))
    assert response.status == 200


def test_sigpipe_never_kills(stage):
    sse = stage.responder("sse")
    until(
        lambda: process.ignores(sse.pid, signal.SIGPIPE),
        "a program that is past its start",
    )
    sse.process.signal(signal.SIGPIPE)
    gone = fastcgi.Connection(sse.address)
    gone.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    gone.read_until(b"event: cursor")
    gone.close()
    stage.command(sse).lines("news", ["x" * 50000] * 5)
    one = fastcgi.Connection(sse.address)
    one.send(
        fastcgi.request(fastcgi.environment(web.query("news", since="0")))
    )
    one.read_until(b"data: xxx")
    assert sse.process.alive(), "the program ended"


def test_an_idle_program_uses_no_cpu(stage):
    sse = stage.responder("sse", {"log.level": "info"})
    held = fastcgi.Connection(sse.address)
    held.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    held.read_until(b"event: cursor")
    before = process.cpu_seconds(sse.pid)
    time.sleep(2)
    used = process.cpu_seconds(sse.pid) - before
    assert used < 0.3, f"{used} s of CPU in 2 s of nothing to do"


def test_two_connections_to_redis_serve_all_subscribers(stage):
    sse = stage.responder("sse")
    held = []
    for n in range(30):
        one = fastcgi.Connection(sse.address)
        one.send(
            fastcgi.request(
                fastcgi.environment(web.query([f"own-{n}", "shared"]))
            )
        )
        one.read_until(b"event: cursor")
        held.append(one)

    def connections():
        return len(sse.redis("CLIENT", "LIST").splitlines()) - 1

    # those that the test itself has ended may still be in the list
    until(lambda: connections() == 2, "two connections to Redis but ours")
    stage.command(sse).publish("shared", "hello")
    for one in held:
        one.read_until(b"data: hello")
