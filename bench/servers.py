# SPDX-License-Identifier: MIT
"""The servers a run needs, private to it and in its temporary directory."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import meter

START_S = 10
STOP_S = 15


class Missing(Exception):
    """Something a run needs is not there; the sentence says what."""


def need(program):
    """The path of a program that is installed."""
    path = shutil.which(program, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/usr/local/sbin")
    if not path:
        raise Missing(f"{program} is not installed")
    return path


def descriptors(subscribers):
    """What a web server gets: two a subscriber, and as it stops accepting at 90 %
    of it, a quarter more."""
    return (2 * subscribers + 500) * 5 // 4


def need_descriptors(subscribers, program):
    """Raises the limit of this process, or ends the program if the web server could
    not hold so many."""
    most, want = meter.most_descriptors(), descriptors(subscribers)
    if most < want:
        sys.exit(f"{program}: {subscribers} subscribers need {want} descriptors "
                 f"in the web server, but ulimit -Hn is {most}: raise it, or take "
                 "fewer --subscribers")
    meter.raise_descriptors()


def free_port():
    """A port of 127.0.0.1 nobody listens on just now, below those that outgoing
    connections get: none takes it before its server listens."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port):
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as s:
        s.settimeout(1)
        try:
            s.connect(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Server:
    """One process in the foreground, with its log in the directory."""

    def __init__(self, directory, name, argv, port, env=None):
        self.log = os.path.join(directory, name + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=directory, env=env)
        self.pid = self.process.pid
        end = time.monotonic() + START_S
        while not answers(port):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Missing(f"{name} does not start: {self.last_lines()}")
            time.sleep(0.05)

    def last_lines(self):
        """The end of what the server has said."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:].strip()

    def stop(self):
        """Ends the process and what it started."""
        below = meter.children_of(self.pid)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(sig)
                try:
                    self.process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    continue
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Redis(Server):
    """Redis, keeping nothing on disk. On TCP for everybody, as Nchan knows no
    unix socket."""

    def __init__(self, directory):
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        super().__init__(directory, "redis", [
            need("redis-server"), "--bind", "127.0.0.1", "--port", str(port),
            "--save", "", "--appendonly", "no", "--dir", directory], port)
        self.port = port


# What the load generator is told of sse.fcgi behind lighttpd (peers.d/README.md).
DESCRIPTION = """\
address=127.0.0.1:{port}
subscribe=/push/sse?channel={{channel}}
framing=sse
live=cursor
cursor=id
resume_header=Last-Event-ID: {{cursor}}
publish=/push/publish
publish_header=Content-Type: application/x-www-form-urlencoded
publish_body=channel={{channel}}&data={{data}}
"""

LIGHTTPD = """\
server.document-root = "{directory}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{directory}/lighttpd-error.log"
server.breakagelog = "{directory}/responders.log"
server.upload-dirs = ( "{directory}" )
{includes}
server.max-fds := {fds}
server.max-connections := {connections}
"""


class Ours(Server):
    """lighttpd with the files we ship, and the programs it starts."""

    def __init__(self, directory, redis, plan, way, settings=None):
        """`settings`: more variables of the environment."""
        self.port = free_port()
        fds = descriptors(plan.subscribers)
        shipped = ["pushcgi-spawn"] if way == "sse" else \
            ["pushcgi-spawn", "pushcgi-websocket-spawn"]
        includes = [f'include "{self.adapt(plan.build, directory, name)}"'
                    for name in shipped]
        conf = os.path.join(directory, "lighttpd.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(LIGHTTPD.format(
                directory=directory, port=self.port, fds=fds,
                connections=fds // 2, includes="\n".join(includes)))
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("PUSHCGI_")}
        env.update(PUSHCGI_CONF=os.devnull, PUSHCGI_BUS_URL=redis.url,
                   PUSHCGI_HOLD_BUDGET_LIGHTTPD="0",
                   PUSHCGI_ACCESS_PUBLISH="loopback", **(settings or {}))
        self.description = os.path.join(directory, "description")
        with open(self.description, "w", encoding="utf-8") as f:
            f.write(DESCRIPTION.format(port=self.port))
        super().__init__(directory, "lighttpd", [
            need("lighttpd"), "-D", "-f", conf], self.port, env)

    @staticmethod
    def adapt(build, directory, name):
        """A shipped file with its variables set: where the programs and the
        sockets are."""
        shipped = os.path.join(build, "deploy", "lighttpd", f"50-{name}.conf")
        if not os.path.exists(shipped):
            raise Missing(f"{shipped} is not built")
        with open(shipped, encoding="utf-8") as f:
            text = f.read()
        ours = name.removesuffix("-spawn").replace("-", "_")
        socket = f"{directory}/pushcgi-websocket.sock" \
            if "websocket" in name else f"{directory}/pushcgi-"
        for what, value in (("programs", os.path.join(build, "fcgi")),
                            ("sockets?", socket)):
            text, times = re.subn(f'(?m)^(var\\.{ours}_{what} := )".*"$',
                                  rf'\1"{value}"', text)
            if times != 1:
                raise Missing(f"{shipped} does not set {ours}_{what} once")
        path = os.path.join(directory, f"50-{name}.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def roles(self):
        """lighttpd; publish.fcgi; the other programs."""
        below = meter.children_of(self.pid)
        publisher = [p for p in below
                     if meter.program_of(p) == "publish.fcgi"]
        return {"server": [self.pid], "publisher": publisher,
                "responder": [p for p in below if p not in publisher]}
