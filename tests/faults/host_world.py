# SPDX-License-Identifier: MIT
"""Several web servers whose programs share one table, and two views of what
the programs hold: the table's, as a new process counts it, and that of the
programs' logs."""

import asyncio
import collections
import concurrent.futures
import dataclasses
import os
import re
import shutil
import signal
import stat
import subprocess
import time

from harness import process
from harness.apache import ApacheFcgid
from harness.lighttpd import Lighttpd, LighttpdCgi
from harness.site import HOLDING, build
from harness.stage import Stage
from kinds.processes import programs_left, start_server

USERS = [f"u{n}" for n in range(4)]
# What they are logged in as. Those of WebSocket are not: mod_proxy does not
# state it.
ADDRESSES = {f"192.0.2.{n}": USERS[n % len(USERS)] for n in range(1, 13)}
ADDRESSES |= {f"198.51.100.{n}": None for n in range(1, 5)}
NOT_LIMITED = "65535"
SETTINGS = {
    "hold.beat": 1,
    "hold.wait": 10,
    "hold.drain": 1,
    "sse.retry": 100,
    "bus.audit": 1,
    "access.proxies": "127.0.0.1",
    "access.publish": "any",
    "log.level": "debug",
    "limit.address_held": NOT_LIMITED,
    "limit.address_connects": NOT_LIMITED,
    "limit.user_held": NOT_LIMITED,
    "limit.connection_held": NOT_LIMITED,
}
H2C = 'server.feature-flags = ( "server.h2c" => "enable" )\n'
LIGHTTPD_USERS = "".join(
    f'$REQUEST_HEADER["X-User"] == "{user}" {{\n'
    f'setenv.add-environment = ( "REMOTE_USER" => "{user}" )\n}}\n'
    for user in USERS
)
APACHE_USERS = 'SetEnvIf X-User "(.+)" REMOTE_USER=$1\n'
STATE = re.compile(
    rb"event=subscriber client=(\S+) state=(\S+) was=(\S+)"
)
WRAPPER = '#!/bin/sh\nexec "{program}" "$@" 2>"{logs}/$$"\n'


def key_of_address(address):
    return f"a {address}"


def key_of_user(user):
    return f"u {user}"


def key_of_connection(address, port):
    return f"c {address} {port}"


# --- what the programs say of themselves ----------------------------------------


class OneLog:
    """Of one process. `held`: how many by client, from its lines about the
    states of subscribers; it does not use what it counts for the host."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.rest, self.held = b"", collections.Counter()

    def read(self):
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        for line in lines:
            found = STATE.search(line)
            if not found:
                continue
            client, state, was = (word.decode() for word in found.groups())
            self.held[client] += (was == "new") - (state == "ended")
        return self.held

    def close(self):
        self.file.close()


def life(pid):
    """"alive"; "ending", which may hold something or not; or "dead"."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return "dead"
    if fields[0] in "ZX":
        return "dead"
    return "alive" if process.running(pid) else "ending"


class Logs:
    """Of all processes of the programs, one file each, named by its pid."""

    def __init__(self, folder):
        self.folder, self.logs = folder, {}
        self.ports = {}  # of HTTP/2 connections, by the client's address
        os.mkdir(folder)
        os.chmod(folder, 0o1777)

    def keys(self, client):
        if client in ADDRESSES:
            yield key_of_address(client)
            if ADDRESSES[client]:
                yield key_of_user(ADDRESSES[client])
        elif client in self.ports:
            yield key_of_connection(client, self.ports[client])

    def held(self):
        """(least, most) by key; they differ by what ending processes hold."""
        least, most = collections.Counter(), collections.Counter()
        for name in os.listdir(self.folder):
            path, pid = os.path.join(self.folder, name), int(name)
            state = life(pid)  # before its log is read
            if state == "dead":
                if log := self.logs.pop(pid, None):
                    log.close()
                os.unlink(path)
                continue
            if pid not in self.logs:
                self.logs[pid] = OneLog(path)
            for client, count in self.logs[pid].read().items():
                for key in self.keys(client):
                    most[key] += count
                    least[key] += count * (state == "alive")
        return least, most

    def of(self, pid):
        """How many a process holds."""
        log = self.logs.get(pid)
        return sum(log.held.values()) if log else 0


# --- what a new process counts --------------------------------------------------


class Table:
    """`path`: the file that all share. Every few seconds a new process reads
    it; not each time, because a process that starts takes the slot of a dead
    one, and so mends what it should show."""

    RENEW = 5.0  # seconds

    def __init__(self, path):
        self.path, self.process = path, None

    def start(self):
        self.since = time.monotonic()
        self.process = subprocess.Popen(
            [build("tests", "faults", "host_numbers"), self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def held(self, keys):
        """The number of each key."""
        if self.process and time.monotonic() - self.since > self.RENEW:
            self.close()
        if not self.process:
            self.start()
        self.process.stdin.write("\n".join([*keys, "", ""]))
        self.process.stdin.flush()
        numbers = {key: int(self.process.stdout.readline()) for key in keys}
        assert self.process.stdout.readline() == "\n"
        return numbers

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
        self.process = None


# --- what runs ------------------------------------------------------------------


@dataclasses.dataclass
class Place:
    """A web server. `techniques`: what is held there."""

    name: str
    server: type
    techniques: tuple
    options: dict
    site: object = None

    def pids(self, names=(*HOLDING, "websocket", "publish")):
        return [pid for name in names for pid in self.site.responders(name)]

    def workers(self):
        """The web server's own processes, but for their parent. The first is
        the manager of mod_fcgid."""
        first, ours = self.site.process.pid, set(self.pids())
        return [p for p in process.descendants(first) if p not in ours]


def places():
    return [
        Place(
            "lighttpd",
            Lighttpd,
            ("sse", "stream", "iframe", "longpoll"),
            {
                "before": H2C,
                "after": LIGHTTPD_USERS,
                "websocket": True,
            },
        ),
        Place(
            "fcgid",
            ApacheFcgid,
            ("sse", "stream", "longpoll"),
            {"after": APACHE_USERS},
        ),
        Place(
            "cgi",
            LighttpdCgi,
            ("sse", "stream", "longpoll"),
            {"before": H2C, "after": LIGHTTPD_USERS},
        ),
    ]


class HostWorld:
    def __init__(self):
        # One thread for all of its life: processes end with the thread that
        # started them.
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        self.stage = self.redis = self.logs = self.table = None
        self.places = places()

    def place(self, name):
        return next(p for p in self.places if p.name == name)

    def blocking(self, function, *arguments):
        return asyncio.get_running_loop().run_in_executor(
            self.thread, function, *arguments
        )

    def wrap_programs(self):
        """Each program's log gets a file of its own, so that no web server has
        to live to copy it: the programs are scripts that end as them."""
        real, view = self.stage.sub("programs"), self.stage.sub("build")
        for entry in os.listdir(build()):
            if entry != "fcgi":
                os.symlink(build(entry), os.path.join(view, entry))
        os.mkdir(os.path.join(view, "fcgi"))
        for entry in os.listdir(build("fcgi")):
            if not entry.endswith(".fcgi"):
                continue
            program = os.path.join(real, entry)
            shutil.copy(build("fcgi", entry), program)
            script = os.path.join(view, "fcgi", entry)
            with open(script, "w") as out:
                out.write(
                    WRAPPER.format(program=program, logs=self.logs.folder)
                )
            os.chmod(script, stat.S_IRWXU | 0o055)
        os.environ["PUSHCGI_BUILD"] = view

    def start(self):
        self.stage = Stage()
        self.logs = Logs(os.path.join(self.stage.folder, "held"))
        self.table = Table(self.stage.table)
        self.wrap_programs()
        self.redis = self.stage.redis()
        for place in self.places:
            place.site = self.stage.site(
                SETTINGS,
                redis=self.redis,
                server=place.server,
                **place.options,
            )

    async def restart(self, place, delay):
        """SIGKILL to a web server; its programs follow after a delay, because
        another web server would find their sockets."""
        site = place.site
        pids = process.descendants(site.process.pid)
        site.process.signal(signal.SIGKILL)
        await asyncio.sleep(delay)
        site.process.popen.wait()
        process.kill_all(pids + programs_left(site))
        await self.blocking(start_server, site)

    async def restart_redis(self, delay):
        await self.blocking(self.redis.stop, False)
        await asyncio.sleep(delay)
        await self.blocking(self.redis.start)

    def stop(self):
        faults = self.stage.close() if self.stage else []
        if self.table:
            self.table.close()
        return faults
