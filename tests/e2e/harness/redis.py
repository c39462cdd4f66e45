# SPDX-License-Identifier: MIT
"""A Redis on a Unix socket and a TCP port.

PUSHCGI_REDIS is the program, such as valkey-server; without it redis-server
or, if that is not installed, valkey-server."""

import os
import shutil
import signal
import subprocess

from harness.check import until
from harness.process import Process, free_port
from harness.resp import RedisError, Resp


KNOWN = ("redis-server", "valkey-server")


def program():
    chosen = os.environ.get("PUSHCGI_REDIS")
    return chosen or next(filter(shutil.which, KNOWN), KNOWN[0])


def version():
    """A line for people."""
    try:
        words = [program(), "--version"]
        said = subprocess.run(words, capture_output=True, text=True, check=True)
        return " ".join(said.stdout.split()[:3])
    except (OSError, subprocess.CalledProcessError):
        return f"{program()} is not installed"


class Redis:
    def __init__(self, folder, *options):
        self.folder = folder
        self.options = list(options)
        self.path = os.path.join(folder, "redis.sock")
        self.log = os.path.join(folder, "redis.log")
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        """Also restarts it after stop(), on the same socket and port."""
        self.process = Process(
            [
                program(),
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--unixsocket",
                self.path,
                "--unixsocketperm",
                "777",
                "--dir",
                self.folder,
                "--save",
                "",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
                "--protected-mode",
                "no",
                *self.options,
            ],
            self.log,
        )
        self.process.wait_for(self.path)
        until(self.answers, "a reply of Redis to PING")

    def answers(self):
        try:
            client = self.client()
            client("PING")
            client.close()
        except RedisError as error:  # LOADING; or it wants a password
            return "NOAUTH" in str(error)
        except OSError:
            return False
        return True

    def stop(self, keep=True):
        """Kills it; with `keep` the data is saved before."""
        dump = os.path.join(self.folder, "dump.rdb")
        if keep:
            self("SAVE")
        elif os.path.exists(dump):
            os.unlink(dump)
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)
        if os.path.exists(self.path):
            os.unlink(self.path)

    def intact(self):
        return self.process.alive()

    def freeze(self):
        """It accepts connections and does not reply."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def close(self):
        self.thaw()
        self.process.kill()

    def client(self, *login):
        return Resp(self.path, *login)

    def __call__(self, *words):
        client = self.client()
        try:
            return client(*words)
        finally:
            client.close()

    def url(self, db=0):
        return f"unix://{self.path}?db={db}"

    def subscribers(self, channel, db=0, prefix="push"):
        name = f"{prefix}:{db}:{{{channel}}}"
        return self("PUBSUB", "NUMSUB", name)[1]
