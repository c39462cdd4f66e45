# SPDX-License-Identifier: MIT
"""The units we ship, and a program with a socket from systemd."""
import os
import re
import subprocess

from harness import fastcgi, process
from harness.site import build
from harness.tap import equal, fact, true
from harness.websocket import WebSocket

UNITS = ("pushcgi@.service", "pushcgi@.socket")


class Ended:
    def __init__(self, started):
        self.started = started

    def close(self):
        self.started.stop()


@fact(needs=("systemd-analyze",))
def systemd_has_no_complaint_about_the_units(stage):
    """Where `make install` would have put the program is where it was
    built."""
    folder = stage.sub("units")
    for name in UNITS:
        with open(build("deploy", "systemd", name)) as f:
            text = re.sub(r"(?m)^ExecStart=.*/", f"ExecStart={build('fcgi')}/",
                          f.read())
        with open(os.path.join(folder, name), "w") as out:
            out.write(text)
    units = [os.path.join(folder, name.replace("@", f"@{program}"))
             for name in UNITS for program in ("sse", "websocket")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False, timeout=50)
    said = [line for line in (done.stdout + done.stderr).splitlines()
            if "pushcgi" in line]
    equal((done.returncode, said), (0, []), "what systemd-analyze says")


def activated(stage, name):
    """The program, and where its socket is."""
    settings = stage.settings(stage.redis(), {})
    folder = stage.sub("socket")
    path = os.path.join(folder, f"{name}.sock")
    names = [name for name in process.clean_environment(settings)
             if name.startswith("PUSHCGI_")]
    started = process.Process(
        ["systemd-socket-activate", "-l", path,
         *(f"--setenv={name}" for name in names),
         build("fcgi", f"{name}.fcgi")],
        os.path.join(folder, f"{name}.log"),
        process.clean_environment(settings))
    stage.add(Ended(started))
    started.wait_for(path)
    return started, path


@fact(needs=("redis-server", "systemd-socket-activate"))
def a_program_takes_the_socket_systemd_gives_it(stage):
    started, path = activated(stage, "poll")
    answer = fastcgi.ask(path, fastcgi.environment("channel=news"))
    equal((answer.status, answer.json()["messages"]), (200, []), "answer")
    equal(os.path.basename(process.command_line(started.pid)[0]),
          "poll.fcgi", "the process")
    true(started.alive(), "it ended")


@fact(needs=("redis-server", "systemd-socket-activate"))
def websocket_on_such_a_socket_is_spoken_to_in_http(stage):
    """As mod_proxy does, which says by X-Forwarded-For who asks."""
    started, path = activated(stage, "websocket")
    reader = WebSocket(path, "/push/websocket?channel=news",
                       {"X-Forwarded-For": "192.0.2.1"}).ready()
    true(re.search(r"event=reader_start client=192\.0\.2\.1 ",
                   started.output()), "the log does not say who")
    reader.close()
