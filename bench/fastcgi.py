# SPDX-License-Identifier: MIT
"""Programs that hold subscribers over FastCGI on unix sockets, without a web
server."""

import os
import socket
import struct
import subprocess
import time

import meter

BEGIN, PARAMS, STDIN = 1, 4, 5
START_S = 10


class Failed(Exception):
    """It could not be run to its end."""


def record(kind, content=b""):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def pair(name, value):
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def request(technique, query, user=None):
    """A GET of /push/TECHNIQUE?QUERY."""
    variables = {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1",
                 "GATEWAY_INTERFACE": "CGI/1.1",
                 "SCRIPT_NAME": f"/push/{technique}",
                 "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "push.example",
                 "QUERY_STRING": query}
    if user:
        variables["REMOTE_USER"] = user
    head = b"".join(pair(k, v) for k, v in variables.items())
    return (record(BEGIN, b"\0\1" + bytes(6)) + record(PARAMS, head) +
            record(PARAMS) + record(STDIN))


def descriptors():
    """How many sockets this process may have."""
    meter.raise_descriptors()
    return meter.most_descriptors() - 100


class Program:
    """TECHNIQUE.fcgi. `folder`: where its socket is. `settings`: more variables
    of the environment."""

    def __init__(self, build, technique, folder, redis, **settings):
        self.build, self.technique = build, technique
        self.path = os.path.join(folder, f"{technique}.sock")
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("PUSHCGI_")}
        self.env.update(PUSHCGI_CONF=os.devnull, PUSHCGI_BUS_URL=redis.url,
                        PUSHCGI_LOG_LEVEL="error", **settings)
        self.publisher = os.path.join(build, "push-publish")
        self.start()

    def start(self):
        name = f"{self.technique}.fcgi"
        self.process = subprocess.Popen(
            [os.path.join(self.build, "fcgi", name), "--listen",
             f"unix:{self.path}"], env=self.env)
        end = time.monotonic() + START_S
        while not self.accepts():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"{name} does not start")
            time.sleep(0.02)

    def accepts(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.path) == 0

    def ask(self, query, ready):
        """Returns the socket of a new subscriber, and what it has read until
        `ready`, its cursor, was in it."""
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(START_S)
        s.connect(self.path)
        s.sendall(request(self.technique, query))
        got = b""
        while ready not in got:
            piece = s.recv(65536)
            got += piece
            if not piece or b"Status: 4" in got or b"Status: 5" in got:
                raise Failed(f"refused: {got[:400]!r}")
        return s, got

    def publish(self, channel, data):
        subprocess.run([self.publisher, channel, data], env=self.env, check=True,
                       stdout=subprocess.DEVNULL)

    def cpu_ns(self):
        return meter.cpu_ns(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()
