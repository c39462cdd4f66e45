# SPDX-License-Identifier: MIT
"""What a program says at its start about who can attack it, and where the
shipped files put its socket."""

import os
import re
import shutil

import pytest

from harness import fastcgi, process, web
from harness.check import until
from harness.site import build

START = "event=start "
SECRET = "[access]\nsecret = 0123456789abcdef0123456789abcdef\n"
PASSWORD = "[bus]\nurl = redis://:word@127.0.0.1:1/0\n"


def said(stage, listen, text="", mode=0o600, settings=None, **options):
    """The lines of this event of a program with this settings file."""
    folder = stage.sub("exposed")
    conf = os.path.join(folder, "push.conf")
    with open(conf, "w") as out:
        out.write(text)
    os.chmod(folder, 0o755)
    os.chmod(conf, mode)
    # another user may be unable to enter the build folder
    program = shutil.copy(build("fcgi", "poll.fcgi"), folder)
    started = process.Process(
        [
            program,
            "--conf",
            conf,
            "--listen",
            listen.format(folder=folder),
        ],
        os.path.join(folder, "poll.log"),
        process.clean_environment(settings or {}),
        **options,
    )
    stage.add(Ended(started))
    until(lambda: START in started.output(), "its start")
    # written in one turn with it, before it accepts a request
    address = re.fullmatch(r"tcp:.*:(\d+)", listen)
    fastcgi.fetch(
        ("127.0.0.1", int(address[1]))
        if address
        else listen.removeprefix("unix:").format(folder=folder),
        fastcgi.environment(web.query("news"), "DELETE"),
    )
    return [
        line
        for line in started.output().splitlines()
        if "event=exposed" in line
    ]


class Ended:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.stop()


UNIX = "unix:{folder}/poll.sock"


def of(what, lines):
    assert all("level=warn " in line for line in lines)
    return [line for line in lines if f"what={what} " in line]


def test_a_program_says_that_it_runs_as_root(stage):
    lines = said(stage, UNIX)
    assert len(of("root", lines)) == (os.geteuid() == 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another")
def test_a_program_of_another_user_says_nothing(stage):
    folder = stage.sub("socket")
    os.chmod(folder, 0o777)
    assert (
        said(
            stage,
            f"unix:{folder}/poll.sock",
            mode=0o644,
            user="www-data",
            group="www-data",
            extra_groups=[],
        )
        == []
    )


def test_a_program_says_that_other_machines_may_connect(stage):
    for host, remote in (("127.0.0.1", False), ("0.0.0.0", True)):
        port = process.free_port()
        lines = of("address", said(stage, f"tcp:{host}:{port}"))
        assert len(lines) == remote, f"lines of {host}"
        assert not lines or f"address={host} " in lines[0]
    assert of("address", said(stage, UNIX)) == []


def test_a_program_says_that_everybody_can_read_its_secret(stage):
    for text, mode, open_ in (
        (SECRET, 0o644, True),
        (PASSWORD, 0o644, True),
        (PASSWORD, 0o604, True),
        (SECRET, 0o640, False),
        (SECRET, 0o600, False),
        ("[hold]\nbeat = 20\n", 0o644, False),
        ("", 0o644, False),
    ):
        lines = of("settings", said(stage, UNIX, text, mode))
        assert len(lines) == open_, f"lines of {text!r}, {mode:o}"
        assert not lines or 'push.conf" ' in lines[0]
        assert not any("word@" in line or "012345" in line for line in lines)
    # in its environment, which others cannot read
    lines = said(
        stage,
        UNIX,
        "[hold]\nbeat = 20\n",
        0o644,
        {"bus.url": "redis://:word@127.0.0.1:1/0"},
    )
    assert of("settings", lines) == []


# --- the shipped files -----------------------------------------------------


def unit(name):
    with open(build("deploy", "systemd", name), encoding="utf-8") as f:
        return [
            line.strip()
            for line in f
            if line.strip() and not line.startswith("#")
        ]


def test_sockets_are_for_the_web_server_alone():
    lines = unit("pushcgi@.socket")
    for line in (
        "SocketUser=www-data",
        "SocketGroup=www-data",
        "SocketMode=0600",
        "DirectoryMode=0755",
        "StartLimitIntervalSec=0",
        "TriggerLimitIntervalSec=0",
    ):
        assert lines.count(line) == 1, line


def test_services_are_limited_and_never_given_up():
    for name in ("pushcgi@.service", "pushcgi-flush.service"):
        lines = unit(name)
        assert lines.count("StartLimitIntervalSec=0") == 1, name
        assert any(line.startswith("MemoryMax=") for line in lines), name
        assert lines.index("StartLimitIntervalSec=0") < lines.index(
            "[Service]"
        ), f"{name} has it in the wrong section"
