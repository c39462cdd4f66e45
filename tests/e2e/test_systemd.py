# SPDX-License-Identifier: MIT
"""The shipped units, and programs with a socket from systemd."""

import os
import re
import socket
import subprocess
import sys

import pytest

from harness import fastcgi, process, web
from harness.check import until
from harness.site import build, source
from harness.websocket import WebSocket

HANDED_OFF = ("sse", "stream", "iframe", "longpoll", "jsonp")
UNITS = (
    "pushcgi-handoff@.service",
    *(f"pushcgi-handoff@{name}.socket" for name in HANDED_OFF),
    "pushcgi@.service",
    "pushcgi@.socket",
    "pushcgi-flush.service",
    "pushcgi-flush.timer",
)


@pytest.mark.needs("systemd-sysusers", "systemd-tmpfiles")
def test_the_table_belongs_to_root_and_the_group_of_the_programs(stage):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    root = stage.sub("root")
    os.makedirs(os.path.join(root, "etc"))
    for name in ("sysusers", "tmpfiles"):
        path = source("deploy", "systemd", f"pushcgi.{name}")
        create = ["--create"] if name == "tmpfiles" else []
        subprocess.run(
            [f"systemd-{name}", f"--root={root}", *create, path],
            check=True,
            timeout=50,
        )
    with open(os.path.join(root, "etc", "group")) as f:
        group = re.search(r"(?m)^pushcgi:[^:]*:(\d+):www-data$", f.read())
    folder = os.stat(os.path.join(root, "run", "pushcgi-host"))
    table = os.stat(os.path.join(root, "run", "pushcgi-host", "table"))
    assert (folder.st_uid, folder.st_mode & 0o777) == (0, 0o755)
    assert (table.st_uid, table.st_mode & 0o777) == (0, 0o660)
    assert table.st_gid == int(group[1])


class Ended:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.stop()


def units_of(name):
    """Those of a template."""
    programs = HANDED_OFF if "handoff" in name else ("sse", "websocket")
    return {name.replace("@.", f"@{program}.") for program in programs}


@pytest.mark.needs("systemd-analyze")
def test_systemd_analyze_accepts_the_units(stage):
    """The units run the program of the build folder."""
    folder = stage.sub("units")
    for name in UNITS:
        with open(build("deploy", "systemd", name)) as f:
            text = re.sub(
                r"(?m)^ExecStart=.*/(?=[^/ ]*fcgi)",
                f"ExecStart={build('fcgi')}/",
                f.read(),
            )
            text = re.sub(
                r"(?m)^ExecStart=\S*push-publish",
                f"ExecStart={build('push-publish')}",
                text,
            )
        with open(os.path.join(folder, name), "w") as out:
            out.write(text)
    units = [
        os.path.join(folder, unit) for name in UNITS for unit in units_of(name)
    ]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    said = [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if "pushcgi" in line
    ]
    assert (done.returncode, said) == (0, [])


def activated(stage, redis, name):
    """The program, and where its socket is."""
    settings = stage.settings(redis, {})
    folder = stage.sub("socket")
    path = os.path.join(folder, f"{name}.sock")
    names = [
        name
        for name in process.clean_environment(settings)
        if name.startswith("PUSHCGI_")
    ]
    started = process.Process(
        [
            "systemd-socket-activate",
            "-l",
            path,
            *(f"--setenv={name}" for name in names),
            build("fcgi", f"{name}.fcgi"),
        ],
        os.path.join(folder, f"{name}.log"),
        process.clean_environment(settings),
    )
    stage.add(Ended(started))
    started.wait_for(path)
    return started, path


@pytest.mark.needs("systemd-socket-activate")
def test_a_program_serves_a_socket_of_systemd(stage, redis, channel):
    started, path = activated(stage, redis, "poll")
    response = fastcgi.fetch(path, fastcgi.environment(web.query(channel)))
    assert (response.status, response.json()["messages"]) == (200, [])
    assert (
        os.path.basename(process.command_line(started.pid)[0]) == "poll.fcgi"
    )
    assert started.alive(), "the program ended"


@pytest.mark.needs("systemd-socket-activate")
def test_websocket_on_a_socket_of_systemd_speaks_http(stage, redis, channel):
    """As mod_proxy does, with the client's address in X-Forwarded-For."""
    started, path = activated(stage, redis, "websocket")
    subscriber = WebSocket(
        path,
        "/push/websocket?" + web.query(channel),
        {"X-Forwarded-For": "192.0.2.1"},
    ).ready()
    until(
        lambda: re.search(
            r"event=subscriber_start client=192\.0\.2\.1 ", started.output()
        ),
        "the client's address in the log",
    )
    subscriber.close()


class Unit:
    """Keeps the socket and passes it to the program, as systemd does."""

    HAND_OVER = (
        "import os, sys\n"
        "os.dup2(int(sys.argv[1]), 3)\n"
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
        "os.execv(sys.argv[2], sys.argv[2:])\n"
    )

    def __init__(self, stage, program, settings):
        self.folder = stage.sub("unit")
        self.path = os.path.join(self.folder, "program.sock")
        self.program, self.settings = program, settings
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        self.process = None
        stage.add(self)

    def start(self):
        fd = self.socket.fileno()
        self.process = process.Process(
            [sys.executable, "-c", self.HAND_OVER, str(fd), self.program],
            os.path.join(self.folder, "program.log"),
            process.clean_environment(self.settings),
            pass_fds=[fd],
        )

    def fetch(self):
        variables = fastcgi.environment(web.query("news"))
        return fastcgi.fetch(self.path, variables)

    def close(self):
        self.process.stop()
        self.process.check()
        self.socket.close()


def test_a_restart_with_wrong_settings_serves_until_they_are_right(stage):
    """A program that ended would be started again and again, until systemd
    gives the socket up."""
    redis = stage.redis()
    conf = os.path.join(stage.sub("conf"), "push.conf")

    def write(text):
        with open(conf + ".new", "w", encoding="ascii") as out:
            out.write(f"[bus]\nurl = unix://{redis.path}\n{text}")
        os.rename(conf + ".new", conf)

    write("")
    unit = Unit(stage, build("fcgi", "poll.fcgi"), {"conf": conf})
    unit.start()
    assert unit.fetch().status == 200
    write("[hold]\nbeet = 7\n")  # while it runs
    assert unit.fetch().status == 200
    assert unit.process.stop() == 0
    unit.start()
    response = unit.fetch()
    assert (response.status, b"settings" in response.body) == (503, True)
    assert int(response.headers["Retry-After"]) >= 10
    assert f'settings="{conf}" redis="none"' in unit.process.output()
    pid = unit.process.pid
    write("[hold]\nbeat = 7\n")
    until(lambda: unit.fetch().status == 200, "an answer", step=0.2)
    assert unit.process.alive() and unit.process.pid == pid
    assert f'redis="{redis.path}?db=0"' in unit.process.output()
