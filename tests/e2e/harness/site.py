# SPDX-License-Identifier: MIT
"""A site, whatever server it has."""

import os
import re
import shutil
import signal

from harness import process, web
from harness.check import Failed, until
from harness.sse import Stream
from harness.websocket import WebSocket

HOLDING = ("sse", "stream", "iframe", "longpoll", "jsonp")
PROGRAMS = (*HOLDING, "poll", "http", "publish", "status")
START = "subscriber_start"  # an event in the log
ENDED = "state=ended"  # in the log, of a subscriber
READY = "program={} event=channel_state channel={} from=syncing to=ready"
USER = "www-data"  # of Apache and nginx, when root starts them


def build(*parts):
    return os.path.join(os.environ["PUSHCGI_BUILD"], *parts)


def plainly_built():
    """Sanitizers and coverage have memory of their own."""
    with open(build("Makefile")) as f:
        return not re.search(r"(?m)^(SAN|COV)_CFLAGS = *\S", f.read())


def source(*parts):
    return os.path.join(os.environ["PUSHCGI_SRC"], *parts)


def adapt(shipped, folder, line, **variables):
    """Writes the shipped file with its variables set, otherwise unchanged.
    `line` is the format of an assignment. Returns its path."""
    if not os.path.exists(shipped):
        raise Failed(f"{shipped} was not built")
    with open(shipped) as f:
        text = f.read()
    for name, value in variables.items():
        text, times = re.subn(
            "(?m)^([ \t]*" + re.escape(line).replace("NAME", name) + ')".*"$',
            rf'\1"{value}"',
            text,
        )
        if times != 1:
            raise Failed(f"{shipped} sets {name} {times} times, want 1")
    path = os.path.join(folder, os.path.basename(shipped))
    with open(path, "w") as out:
        out.write(text)
    return path


def change(path, pattern, text):
    """Replaces what matches in a file, once."""
    with open(path) as f:
        changed, times = re.subn(pattern, text, f.read())
    if times != 1:
        raise Failed(f"{path} has {pattern} {times} times, want 1")
    with open(path, "w") as out:
        out.write(changed)


def copy_demo_site(folder):
    """Its lanes that poll do so each half a second."""
    shutil.copytree(source("demo-site"), folder)
    for name in ("http", "poll"):
        path = os.path.join(folder, "lanes", f"{name}.js")
        change(path, r"\bEVERY = \d+;", "EVERY = 0.5;")


class Site:
    """One server, `process`, at `port`."""

    def __init__(self, folder, settings):
        self.folder, self.settings = folder, settings
        os.makedirs(os.path.join(folder, "client"), exist_ok=True)
        for path in (
            build("client", "push.js"),
            source("client", "push.mjs"),
        ):
            shutil.copy(path, os.path.join(folder, "client"))
        self.port = process.free_port()
        self.env = process.clean_environment(settings)
        self.process, self.clients = None, []
        self.programs = {}  # those that the server does not start
        self.publisher = self.client()

    def fill_root(self):
        """The document root: the demo page, push.js, and the pages of
        clients/. Returns its path. push.js is a link to where the shipped files
        have it."""
        root = os.path.join(self.folder, "root")
        copy_demo_site(root)
        os.symlink("../client", os.path.join(root, "client"))
        shutil.copytree(
            source("tests", "e2e", "clients"), os.path.join(root, "clients")
        )
        return root

    def page(self, name, text):
        """Adds a page; returns its URL."""
        path = os.path.join(self.folder, "root", name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return self.url(name)

    def change(self, name, pattern, text):
        """Changes a file of an own server's document root."""
        change(os.path.join(self.folder, "root", name), pattern, text)

    def url(self, name=""):
        return f"http://127.0.0.1:{self.port}/{name}"

    def intact(self):
        """Do all processes still run?"""
        return self.process.alive() and all(
            started.alive() for started in self.programs.values()
        )

    def release(self):
        """Closes the connections of a test."""
        for client in self.clients:
            client.close()
        self.clients = [self.publisher]

    def close(self, number):
        """Stops clients, programs, and the server by signal `number`; the
        server's own children must end as well."""
        for client in self.clients:
            client.close()
        for started in self.programs.values():
            started.stop()
            started.check()
        pids = process.descendants(self.process.pid)
        self.process.signal(number)
        self.process.wait(25)
        self.process.check()
        for pid in pids:
            until(
                lambda p=pid: not process.running(p),
                f"the end of process {pid} after the server's",
                20,
            )

    def log(self):
        """Of the programs, since the test began."""
        return "".join(p.output() for p in self.programs.values())

    # --- programs ----------------------------------------------------------

    def start_program(self, name):
        """Starts or restarts a program on its own socket, as systemd does."""
        path = os.path.join(self.folder, f"{name}.sock")
        started = process.Process(
            [build("fcgi", f"{name}.fcgi"), "--listen", f"unix:{path}"],
            os.path.join(self.folder, f"{name}.log"),
            self.env,
        )
        started.wait_for(path)
        if os.geteuid() == 0:
            shutil.chown(path, USER, USER)
        self.programs[name] = started

    def responder(self, name):
        """The process id of `name`.fcgi."""
        found = self.responders(name)
        if len(found) != 1:
            raise Failed(f"{len(found)} processes {name}.fcgi, want 1")
        return found[0]

    def responders(self, name):
        if name in self.programs:
            return [self.programs[name].pid]
        return [
            pid
            for pid in process.descendants(self.process.pid)
            if process.running(pid)
            and os.path.basename((process.command_line(pid) or [""])[0])
            == f"{name}.fcgi"
        ]

    def kill(self, name):
        """Kills its processes, as a crash would; another starts."""
        if name in self.programs:
            self.programs[name].kill()
            self.start_program(name)
            return
        for pid in self.responders(name):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # a plain CGI that was done

    def wait_ended(self, name, count):
        """Waits until `count` subscribers of a program have ended."""
        ended = re.compile(rf"program={name} event=subscriber .*{ENDED}")
        until(
            lambda: len(ended.findall(self.log())) >= count,
            f"the end of {count} subscribers of {name}",
        )

    def wait_ready(self, name, *channels):
        """Waits until a program delivers what is published from now on."""
        for channel in channels:
            until(
                lambda c=channel: READY.format(name, c) in self.log(),
                f"{channel} ready in {name}",
            )

    # --- requests ----------------------------------------------------------

    def client(self, timeout=40):
        self.clients.append(web.Client(self.port, timeout))
        return self.clients[-1]

    def request(self, method, target, body=None, headers=None):
        return web.request(self.port, method, target, body, headers)

    def get(self, program, channels=(), headers=None, **parameters):
        target = f"/push/{program}?" + web.query(channels, **parameters)
        return self.request("GET", target, None, headers)

    def longpoll(self, channels, headers=None, **parameters):
        """The batch of the response."""
        response = self.get("longpoll", channels, headers, **parameters)
        if response.status != 200:
            raise Failed(f"longpoll: {response!r}")
        return response.json()

    def gather(self, channels, since, count):
        """Long-polls for `count` messages after a cursor. A response may lack
        messages already stored: its process gets them a moment later."""
        got = []
        while len(got) < count:
            batch = self.longpoll(channels, since=since, wait=30)
            if not batch["messages"]:
                raise Failed(f"no message number {len(got) + 1} after {got}")
            got += batch["messages"]
            since = batch["cursor"]
        return got

    def holds(self, name, channel, count):
        """Waits until `count` requests for the channel have started in
        `name`.fcgi, which must already be subscribed to it."""
        start = re.compile(
            rf"program={name} event={START} .*channel={re.escape(channel)} "
        )
        until(
            lambda: len(start.findall(self.log())) >= count,
            f"{count} requests of {name}",
        )

    def stream(self, program, channels, headers=None, receive=0, **parameters):
        """A request whose response is read as it arrives."""
        if program == "websocket":
            return self.websocket(
                channels, headers, receive=receive, **parameters
            )
        target = f"/push/{program}?" + web.query(channels, **parameters)
        stream = Stream(self.port, target, headers, receive)
        self.clients.append(stream)
        return stream

    def websocket(
        self,
        channels,
        headers=None,
        receive=0,
        deflate=False,
        pongs=True,
        protocols=None,
        **parameters,
    ):
        target = "/push/websocket?" + web.query(channels, **parameters)
        socket = WebSocket(
            self.port, target, headers, receive, deflate, pongs, protocols
        )
        self.clients.append(socket)
        return socket

    def sse(self, channels, headers=None, receive=0, **parameters):
        return self.stream("sse", channels, headers, receive, **parameters)

    def post(self, channel, data, headers=None, **fields):
        """The response to publishing by a form."""
        return self.publisher.request(
            "POST",
            "/push/publish",
            web.form(channel=channel, data=data, **fields),
            {**web.FORM, **(headers or {})},
        )

    def publish(self, channel, data, **fields):
        """Publishes, and returns the id."""
        response = self.post(channel, data, **fields)
        if response.status != 201:
            raise Failed(f"publish to {channel}: {response!r}")
        return response.json()["id"]
