# SPDX-License-Identifier: MIT
"""Reloads of lighttpd, and programs that end or begin anew, beside others who use
the site. tests/reload/measure measures the same."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from harness import fastcgi, process, web
from harness.check import until
from harness.lighttpd import Lighttpd
from harness.site import build
from harness.units import ApacheSockets, LighttpdSockets, listening

STARTED = "server started"
AFTERWARDS = 20  # requests


class Visitors(threading.Thread):
    """Requests one after the other, each in a new connection: the statuses."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask, self.over, self.statuses = ask, False, []
        self.start()

    def run(self):
        while not self.over:
            try:
                self.statuses.append(self.ask())
            except OSError as why:
                self.statuses.append(why)

    def more(self):
        """Waits for some that are asked from now on; the statuses of all."""
        so_far = len(self.statuses)
        until(
            lambda: len(self.statuses) > so_far + AFTERWARDS, "more responses"
        )
        return set(self.statuses)

    def end(self):
        self.over = True
        self.join(60)


def page(site):
    """Its status. It is asked for once more if the connection ends without an
    answer, as one of some ten thousand did while lighttpd was reloaded."""
    for _ in range(2):
        try:
            return site.request("GET", "/index.html").status
        except ConnectionResetError as why:
            last = why
    raise last


def subscribes(site):
    """The status of a subscriber, who leaves again."""
    stream = site.sse("news")
    stream.until(lambda: stream.status is not None, "head")
    stream.close()
    return stream.status


def starts(site, name="sse"):
    return site.log().count(f"program={name} event=start ")


@pytest.mark.long  # the old process ends after 8 s
def test_a_reload_of_lighttpd_refuses_no_page_and_loses_no_message(stage):
    site = stage.site(server=LighttpdSockets)
    subscriber = site.sse("news").ready()
    pages = Visitors(lambda: page(site))
    assert pages.more() == {200}
    site.process.signal(signal.SIGUSR1)
    assert subscriber.wait_end() == "cut"
    stage.command(site).publish("news", "missed")
    until(
        lambda: process.read_log(site.logs()[0]).count(STARTED) == 2,
        "lighttpd is started again",
    )
    assert pages.more() == {200}
    pages.end()
    again = site.sse("news", {"Last-Event-ID": subscriber.cursor})
    assert again.wait_messages(1) == ["missed"]
    assert site.process.alive(), "it is another process"


def begins_anew(site):
    os.kill(site.responder("sse"), signal.SIGTERM)


def follows_another(site):
    site.stop_programs(["sse"])
    site.start_program("sse")


@pytest.mark.parametrize(
    "server, end",
    [
        (Lighttpd, begins_anew),
        (LighttpdSockets, follows_another),
        pytest.param(
            ApacheSockets, follows_another, marks=pytest.mark.apache
        ),
    ],
)
def test_no_subscriber_is_refused_when_a_program_ends(stage, server, end):
    site = stage.site(server=server)
    held = site.sse("news").ready()
    arriving = [Visitors(lambda: subscribes(site)) for _ in range(4)]
    for times in (2, 3):
        assert arriving[0].more() == {200}
        end(site)
        until(lambda n=times: starts(site) == n, "another start")
    for visitors in arriving:
        assert visitors.more() == {200}
        visitors.end()
    assert held.wait_end() == "cut"
    site.publish("news", "missed")
    again = site.sse("news", {"Last-Event-ID": held.cursor})
    assert again.wait_messages(1) == ["missed"]


def test_a_slow_reader_does_not_keep_others_waiting(stage):
    """At its end a program accepts again, for a client that is behind."""
    site = stage.site({"hold.drain": 60}, server=LighttpdSockets)
    path = os.path.join(site.folder, "sse.sock")
    request = fastcgi.request(fastcgi.environment(web.query("news")))
    slow, reads = (fastcgi.Connection(path) for _ in range(2))
    for one in (slow, reads):
        one.send(request)
        one.read_until(b"event: cursor")
    stage.command(site).lines("news", [*["x" * 60000] * 12, "the last"])
    reads.read_until(b"data: the last")
    ending = site.programs["sse"]
    ending.signal(signal.SIGTERM)
    until(lambda: "event=stop " in ending.output(), "the end begins")
    late = fastcgi.Connection(path)
    late.send(request)
    late.read_until(b"retry: 1")  # hold.retry: 10 to 15 s
    assert ending.alive(), "it did not wait for the slow one"
    for one in (slow, reads, late):
        one.close()
    assert ending.wait(30) == 0


def test_programs_end_when_lighttpd_is_killed(stage):
    site = stage.site()
    pids = site.children()
    site.process.kill()
    until(
        lambda: not any(process.running(pid) for pid in pids),
        "the end of its programs",
    )
    site.start()
    assert site.get("poll", "news").status == 200


def test_the_web_server_ends_a_program_that_is_to_begin_anew(stage, redis):
    """This process is the web server. A reload of lighttpd keeps its pid."""
    folder = stage.sub("both")
    path = os.path.join(folder, "sse.sock")
    with listening(path) as socket:
        program = process.Process(
            [build("fcgi", "sse.fcgi"), "--restart"],
            os.path.join(folder, "sse.log"),
            process.clean_environment(
                stage.settings(redis, {"hold.drain": 60})
            ),
            stdin=socket,
        )
    slow, held = (fastcgi.Connection(path) for _ in range(2))
    held.send(fastcgi.request(fastcgi.environment(web.query("news"))))
    held.read_until(b"event: cursor")  # both are accepted
    subprocess.run(["sh", "-c", f"kill -TERM {program.pid}"], check=True)
    until(lambda: "restart=yes" in program.output(), "the end begins")
    program.signal(signal.SIGTERM)
    slow.close()
    assert program.wait(30) == 0
    held.close()


# Listens on the socket, as lighttpd does, and ends. What it forked runs the program
# when the other end of the pipe is closed.
SPAWNER = """
import os, socket, sys
path, pipe, program = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
if os.fork() == 0:
    os.dup2(listening.fileno(), 0)
    os.read(pipe, 1)
    os.execv(program[0], program)
"""


def test_a_program_whose_web_server_has_ended_does_not_stay(stage, redis):
    """What lighttpd forks just before it ends may miss its SIGTERM."""
    folder = stage.sub("orphan")
    path, log = os.path.join(folder, "sse.sock"), os.path.join(folder, "sse.log")
    reads, writes = os.pipe()
    with open(log, "wb") as output:
        subprocess.run(
            [
                sys.executable,
                "-c",
                SPAWNER,
                path,
                str(reads),
                build("fcgi", "sse.fcgi"),
                "--restart",
            ],
            env=process.clean_environment(stage.settings(redis, {})),
            pass_fds=[reads],
            stderr=output,
            check=True,
        )
    os.close(reads)
    assert process.accepts(path)
    os.close(writes)
    until(lambda: not process.accepts(path), "the end of the program")
    with open(log) as output:
        assert "event=start" in output.read()
