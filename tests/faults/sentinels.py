# SPDX-License-Identifier: MIT
"""Three Sentinels that watch a master."""

import asyncio
import os
import subprocess
import time

import admin
from harness.process import Process, clean_environment, free_port
from harness.site import build

MASTER = "pushes"
COUNT = 3
CONFIG = """\
port {port}
bind 127.0.0.1
unixsocket {path}
dir {folder}
protected-mode no
user driver on >driver ~* &* +@all
sentinel monitor {master} 127.0.0.1 {redis} 2
sentinel down-after-milliseconds {master} 1500
sentinel failover-timeout {master} 4000
sentinel parallel-syncs {master} 2
"""


def missing():
    """Why pushcgi cannot use them, or None."""
    said = subprocess.run(
        [build("fcgi", "sse.fcgi"), "--print-conf"],
        env=clean_environment({"conf": "/dev/null"}),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return None if "\nsentinel" in said else "the setting bus.sentinel"


class Sentinel:
    def __init__(self, folder, redis_port):
        self.port = free_port()
        self.path = os.path.join(folder, "sentinel.sock")
        config = os.path.join(folder, "sentinel.conf")
        with open(config, "w") as out:
            out.write(
                CONFIG.format(
                    port=self.port,
                    path=self.path,
                    folder=folder,
                    master=MASTER,
                    redis=redis_port,
                )
            )
        self.process = Process(
            ["redis-server", config, "--sentinel"],
            os.path.join(folder, "sentinel.log"),
        )
        self.process.wait_for(self.path)

    def close(self):
        self.process.kill()


class Sentinels:
    """`servers`: all Redis, the first one is the master."""

    def __init__(self, stage, servers):
        self.servers = {server.port: server for server in servers}
        self.all = [
            stage.add(Sentinel(stage.sub("sentinel"), servers[0].port))
            for _ in range(COUNT)
        ]

    def settings(self):
        return {
            "bus.sentinel": ",".join(f"127.0.0.1:{s.port}" for s in self.all),
            "bus.master": MASTER,
        }

    async def ask(self, *words):
        return await admin.ask(self.all[0].path, "SENTINEL", *words)

    async def master(self):
        """The Redis that is the master, by their word."""
        _, port = await self.ask("GET-MASTER-ADDR-BY-NAME", MASTER)
        return self.servers[int(port)]

    async def until_settled(self, seconds=60.0):
        """All name the same master, and the other servers follow it. On a
        busy machine they fail over again by themselves. Returns the master."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                master = await self.agreed()
                if master and await self.is_followed(master):
                    return master
            except (OSError, admin.ReplyError):
                pass
            await asyncio.sleep(0.1)
        raise TimeoutError("the Sentinels do not settle")

    async def agreed(self):
        """The master of all, or None."""
        ports = set()
        for sentinel in self.all:
            said = await admin.ask(
                sentinel.path, "SENTINEL", "MASTER", MASTER
            )
            state = dict(zip(said[::2], said[1::2]))
            if (
                state["flags"] != "master"
                or int(state["num-slaves"]) < len(self.servers) - 1
                or int(state["num-other-sentinels"]) != COUNT - 1
            ):
                return None
            ports.add(int(state["port"]))
        return self.servers[ports.pop()] if len(ports) == 1 else None

    async def is_followed(self, master):
        for server in self.servers.values():
            role = await admin.ask(server.path, "ROLE")
            if server is master:
                settled = role[0] == "master"
            else:
                settled = (
                    role[0] == "slave"
                    and int(role[2]) == master.port
                    and role[3] == "connected"
                )
            if not settled:
                return False
        return True

    async def until_another(self, old, seconds=30.0):
        """The new master, when it says so itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            new = await self.master()
            if new is not old:
                try:
                    role = await admin.ask(new.path, "ROLE")
                    if role[0] == "master":
                        return new
                except (OSError, admin.ReplyError):
                    pass
            await asyncio.sleep(0.02)
        raise TimeoutError("no failover")
