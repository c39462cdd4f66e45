# SPDX-License-Identifier: MIT
"""A second host: a network namespace with two links to the first, one for its
clients and one to Redis, which can be cut. Takes root."""

import asyncio
import os
import subprocess

from harness import process
from harness.check import until
from harness.lighttpd import Lighttpd

NAME = f"pushcgi-{os.getpid()}"
CLIENTS, BUS = f"pcl{os.getpid() % 10**8}", f"pbu{os.getpid() % 10**8}"


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


class Hosts:
    """`here` and `there` are the ends of the link to Redis; `address` is the
    one of the second host's web server."""

    def __init__(self):
        net = 1 + os.getpid() % 250
        self.address = f"10.213.{net}.2"
        self.here, self.there = f"10.214.{net}.1", f"10.214.{net}.2"
        run("ip", "netns", "add", NAME)
        self.join(CLIENTS, f"10.213.{net}.1", self.address)
        self.join(BUS, self.here, self.there)
        run("ip", "-n", NAME, "link", "set", "lo", "up")

    @staticmethod
    def join(link, here, there):
        far = "b" + link
        run("ip", "link", "add", link, "type", "veth", "peer", "name", far)
        run("ip", "link", "set", far, "netns", NAME)
        run("ip", "addr", "add", f"{here}/30", "dev", link)
        run("ip", "-n", NAME, "addr", "add", f"{there}/30", "dev", far)
        run("ip", "link", "set", link, "up")
        run("ip", "-n", NAME, "link", "set", far, "up")

    async def link(self, up):
        done = await asyncio.create_subprocess_exec(
            "ip", "link", "set", BUS, "up" if up else "down"
        )
        await done.wait()

    def close(self):
        """The links go with the namespace."""
        run("ip", "netns", "del", NAME)


class RemoteLighttpd(Lighttpd):
    """On the second host, whose address it gets before it starts."""

    address = None

    def start(self):
        with open(self.config) as f:
            text = f.read()
        with open(self.config, "w") as out:
            out.write(
                text.replace(
                    'server.bind = "127.0.0.1"',
                    f'server.bind = "{self.address}"',
                )
            )
        self.process = process.Process(
            ["ip", "netns", "exec", NAME, "lighttpd", "-D", "-f", self.config],
            os.path.join(self.folder, "lighttpd.log"),
            self.env,
        )
        self.process.wait_for((self.address, self.port))
        until(self.all_started, "a running program of each name")
        self.first = self.children()


def remote(address):
    """The class of a server with that address."""
    return type("RemoteLighttpd", (RemoteLighttpd,), {"address": address})
