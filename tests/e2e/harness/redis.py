# SPDX-License-Identifier: MIT
"""A Redis on a Unix socket and a TCP port."""

import os
import signal

from harness.check import until
from harness.process import Process, free_port
from harness.resp import RedisError, Resp


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
                "redis-server",
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
