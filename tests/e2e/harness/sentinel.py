# SPDX-License-Identifier: MIT
"""A Redis master, replicas and Sentinels, on TCP ports."""

import os
import signal

from harness.check import until
from harness.process import Process, free_port
from harness.redis import program
from harness.resp import RedisError, Resp

NAME = "mymaster"


class Server:
    """A redis-server on a TCP port."""

    def __init__(self, folder, *options):
        os.makedirs(folder)
        self.folder = folder
        self.options = options
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        words = [
            program(),
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--dir", self.folder, "--save", "", "--protected-mode", "no"),
            *("--repl-diskless-sync-delay", "0"),
            *self.options,
        ]
        self.process = Process(words, os.path.join(self.folder, "log"))
        until(self.answers, "a reply of Redis to PING")

    def answers(self):
        try:
            return self("PING")
        except (RedisError, OSError):
            return False

    def __call__(self, *words):
        client = Resp(("127.0.0.1", self.port))
        try:
            return client(*words)
        finally:
            client.close()

    def role(self):
        return self("ROLE")[0]

    def kill(self):
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def close(self):
        if self.process.alive():
            self.thaw()
        self.process.kill()

    def intact(self):
        return self.process.alive()


class Sentinel(Server):
    def __init__(self, folder, master_port, quorum, *lines):
        self.file = os.path.join(folder, "sentinel.conf")
        self.lines = [
            f"sentinel monitor {NAME} 127.0.0.1 {master_port} {quorum}",
            # A master that a busy machine stops for a moment stays.
            f"sentinel down-after-milliseconds {NAME} 60000",
            f"sentinel failover-timeout {NAME} 3000",
            *lines,
        ]
        super().__init__(folder)

    def start(self):
        with open(self.file, "w", encoding="utf-8") as out:
            print(f"port {self.port}", "bind 127.0.0.1", *self.lines,
                  sep="\n", file=out)
        words = [program(), self.file, "--sentinel"]
        self.process = Process(words, os.path.join(self.folder, "log"))
        until(self.answers, "a reply of Sentinel to PING")


class Group:
    """`replicas` replicas of a master, watched by `sentinels` Sentinels."""

    def __init__(self, folder, replicas=1, sentinels=1):
        self.folder = folder
        self.master = Server(os.path.join(folder, "redis0"))
        self.replicas = [
            Server(
                os.path.join(folder, f"redis{n + 1}"),
                *("--replicaof", f"127.0.0.1 {self.master.port}"),
            )
            for n in range(replicas)
        ]
        until(self.synced, "all replicas have synchronised")
        self.sentinels = [
            Sentinel(
                os.path.join(folder, f"sentinel{n}"),
                self.master.port,
                sentinels // 2 + 1,
            )
            for n in range(sentinels)
        ]
        until(self.watched, "the Sentinels know each other and the replicas")

    def synced(self):
        return all(r("ROLE")[3] == "connected" for r in self.replicas)

    def watched(self):
        for sentinel in self.sentinels:
            words = sentinel("SENTINEL", "MASTER", NAME)
            said = dict(zip(words[::2], words[1::2]))
            if (
                int(said["num-slaves"]) < len(self.replicas)
                or int(said["num-other-sentinels"]) < len(self.sentinels) - 1
            ):
                return False
        return True

    def addresses(self):
        return ",".join(f"127.0.0.1:{s.port}" for s in self.sentinels)

    @property
    def settings(self):
        return {
            "conf": "/dev/null",
            "bus.url": self.url(),
            "bus.sentinel": self.addresses(),
            "bus.master": NAME,
        }

    def url(self, db=0):
        """Its host and port are not used."""
        return f"redis://unused.invalid/{db}"

    def named(self):
        """The server that the first Sentinel names as the master."""
        _host, port = self.sentinels[0](
            "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME
        )
        servers = [self.master, *self.replicas]
        return next(s for s in servers if s.port == int(port))

    def kill_master(self):
        """The Sentinels notice soon."""
        for sentinel in self.sentinels:
            sentinel("SENTINEL", "SET", NAME, "down-after-milliseconds", 500)
        self.master.kill()

    def fail_over(self):
        """Returns the new master."""
        before = self.named()
        until(self.starts_failover, "a replica that can be promoted")
        until(lambda: self.named() is not before, "a failover")
        return self.named()

    def starts_failover(self):
        try:
            return self.sentinels[0]("SENTINEL", "FAILOVER", NAME)
        except RedisError as error:
            # INPROG: one that Sentinel began itself has not ended.
            if not str(error).startswith(("NOGOODSLAVE", "INPROG")):
                raise
            return False

    def all(self):
        return [self.master, *self.replicas, *self.sentinels]

    def intact(self):
        return True

    def close(self):
        for server in self.all():
            server.close()
